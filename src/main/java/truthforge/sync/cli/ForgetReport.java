package truthforge.sync.cli;

import java.time.Instant;
import java.util.List;

/** What is being erased. */
public record ForgetReport(List<Erasure> erasures) implements Report {

  /**
   * @param contactId of the contact, until all systems have answered
   * @param pending systems that have not answered yet
   * @param since when it was asked for
   * @param notBefore when BigQuery can delete what was just streamed into the history; null where
   *     nothing was
   */
  public record Erasure(String contactId, List<String> pending, Instant since, Instant notBefore) {
    public Erasure {
      pending = List.copyOf(pending);
    }
  }

  public ForgetReport {
    erasures = List.copyOf(erasures);
  }

  @Override
  public String text() {
    if (erasures.isEmpty()) {
      return "Nothing is left to erase" + System.lineSeparator();
    }
    Table table = new Table("contact", "still to be erased in", "since");
    for (Erasure e : erasures) {
      table.row(e.contactId(), String.join(", ", e.pending()), e.since());
    }
    return table.toString();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
