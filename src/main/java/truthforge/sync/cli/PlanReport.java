package truthforge.sync.cli;

import java.util.Map;

/**
 * What would be done next, while nothing was written.
 *
 * @param next {@code init} or {@code cycle}
 * @param systems in the order of a cycle
 * @param held records that would wait for a person
 */
public record PlanReport(String next, Map<String, Counts> systems, long held) implements Report {

  /**
   * @param create records that would be created there
   * @param change records that would be changed there
   * @param delete records that would be deleted there
   * @param link records there that would be linked with a contact
   */
  public record Counts(long create, long change, long delete, long link) {}

  @Override
  public String text() {
    Table table = new Table("system", "create", "change", "delete", "link");
    systems.forEach((system, c) -> table.row(system, c.create(), c.change(), c.delete(), c.link()));
    return "The next "
        + (next.equals("init") ? "init" : "cycle")
        + " would do, nothing of it has been done:"
        + System.lineSeparator()
        + table
        + held
        + " records would wait for a person"
        + System.lineSeparator();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
