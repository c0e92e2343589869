package truthforge.sync.cli;

import java.util.List;
import truthforge.sync.ledger.Change;

/**
 * What happened to a contact.
 *
 * @param version the contact's version now; 0 where there is no such contact any more
 * @param changes newest first
 */
public record HistoryReport(String contactId, long version, List<Change> changes)
    implements Report {

  public HistoryReport {
    changes = List.copyOf(changes);
  }

  @Override
  public String text() {
    Table table = new Table("version", "recorded", "by", "at", "field", "before", "after");
    for (Change c : changes) {
      table.row(
          c.version(),
          c.recordedAt(),
          c.by(),
          c.at(),
          c.field(),
          Words.shortened(c.before().toJson().toString()),
          Words.shortened(c.after().toJson().toString()));
    }
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
