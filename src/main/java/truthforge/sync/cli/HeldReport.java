package truthforge.sync.cli;

import java.util.List;
import truthforge.sync.ledger.Held;

/** Observations that wait for a person. */
public record HeldReport(List<Held> held) implements Report {

  public HeldReport {
    held = List.copyOf(held);
  }

  @Override
  public String text() {
    if (held.isEmpty()) {
      return "Nothing is held" + System.lineSeparator();
    }
    Table table = new Table("id", "why", "system", "record", "contact", "candidates", "reason");
    for (Held h : held) {
      table.row(
          h.id(),
          Words.of(h.why()),
          h.system(),
          h.externalId(),
          h.contactId(),
          String.join(" ", h.candidates()),
          h.reason());
    }
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
