package truthforge.sync.cli;

import java.util.List;
import java.util.stream.Collectors;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;

/**
 * One conflict, whole.
 *
 * @param holds what the field of the contact holds now; empty also where the contact is gone
 * @param together other conflicts about the field that wait too, or were settled with this one
 */
public record ConflictReport(Conflict conflict, Value holds, List<Long> together)
    implements Report {

  public ConflictReport {
    together = List.copyOf(together);
  }

  /** The same, after others were settled with it. */
  public ConflictReport settledWith(List<Long> others) {
    return new ConflictReport(conflict, holds, others);
  }

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
    if (!together.isEmpty()) {
      table.row(
          "settled with it",
          together.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
