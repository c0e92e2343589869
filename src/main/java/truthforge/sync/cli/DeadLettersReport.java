package truthforge.sync.cli;

import java.util.List;
import truthforge.sync.ledger.DeadLetter;

/** Messages that were parked, with what is needed to judge and replay them. */
public record DeadLettersReport(List<DeadLetter> deadLetters) implements Report {

  public DeadLettersReport {
    deadLetters = List.copyOf(deadLetters);
  }

  @Override
  public String text() {
    if (deadLetters.isEmpty()) {
      return "No dead letters" + System.lineSeparator();
    }
    Table table =
        new Table("id", "direction", "system", "contact", "record", "attempts", "last", "reason");
    for (DeadLetter d : deadLetters) {
      table.row(
          d.id(),
          Words.of(d.direction()),
          d.target(),
          d.contactId(),
          d.externalId(),
          d.attempts(),
          d.lastAt(),
          d.reason());
    }
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
