package truthforge.sync.cli;

import java.util.List;
import truthforge.sync.ledger.Conflict;

/** Values that gave way to others, or that wait for a person. */
public record ConflictsReport(List<Conflict> conflicts) implements Report {

  public ConflictsReport {
    conflicts = List.copyOf(conflicts);
  }

  @Override
  public String text() {
    if (conflicts.isEmpty()) {
      return "No conflicts" + System.lineSeparator();
    }
    Table table = new Table("id", "contact", "field", "kind", "kept", "by", "lost", "by", "status");
    for (Conflict c : conflicts) {
      table.row(
          c.id(),
          c.contactId(),
          c.field(),
          Words.of(c.kind()),
          Words.shortened(c.kept().toJson().toString()),
          c.keptBy(),
          Words.shortened(c.lost().toJson().toString()),
          c.lostBy(),
          Words.of(c.status()));
    }
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
