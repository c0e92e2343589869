package truthforge.sync.cli;

import truthforge.sync.ledger.DeadLetter;

/** One dead letter, with its payload. */
public record DeadLetterReport(DeadLetter deadLetter) implements Report {

  @Override
  public String text() {
    Table table = new Table("dead letter", String.valueOf(deadLetter.id()));
    table.row("direction", Words.of(deadLetter.direction()));
    table.row("system", deadLetter.target());
    table.row("contact", deadLetter.contactId());
    table.row("record", deadLetter.externalId());
    table.row("reason", deadLetter.reason());
    table.row("attempts", deadLetter.attempts());
    table.row("first", deadLetter.firstAt());
    table.row("last", deadLetter.lastAt());
    table.row("payload", deadLetter.payload());
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
