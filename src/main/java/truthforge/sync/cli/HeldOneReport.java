package truthforge.sync.cli;

import truthforge.sync.ledger.Held;

/** One held observation, with what was observed. */
public record HeldOneReport(Held held) implements Report {

  @Override
  public String text() {
    Table table = new Table("held", String.valueOf(held.id()));
    table.row("why", Words.of(held.why()));
    table.row("reason", held.reason());
    table.row("system", held.system());
    table.row("record", held.externalId());
    table.row("contact", held.contactId());
    table.row("candidates", String.join(" ", held.candidates()));
    table.row("since", held.at());
    table.row("observed", held.observation());
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
