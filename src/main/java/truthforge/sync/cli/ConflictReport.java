package truthforge.sync.cli;

import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;

/**
 * One conflict, whole.
 *
 * @param holds what the field of the contact holds now; empty also where the contact is gone
 */
public record ConflictReport(Conflict conflict, Value holds) implements Report {

  @Override
  public String text() {
    Table table = new Table("conflict", String.valueOf(conflict.id()));
    table.row("contact", conflict.contactId());
    table.row("field", conflict.field());
    table.row("kind", Words.of(conflict.kind()));
    table.row("status", Words.of(conflict.status()));
    table.row("found", conflict.foundAt());
    table.row("kept", conflict.kept().toJson());
    table.row("  by", conflict.keptBy());
    table.row("  at", conflict.keptAt());
    table.row("lost", conflict.lost().toJson());
    table.row("  by", conflict.lostBy());
    table.row("  at", conflict.lostAt());
    table.row("holds now", holds.toJson());
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
