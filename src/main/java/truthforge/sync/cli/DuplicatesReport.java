package truthforge.sync.cli;

import java.util.List;

/** Contacts that may be one person. */
public record DuplicatesReport(List<Group> groups) implements Report {

  /**
   * @param shared what they share: {@code email} or {@code phone}
   * @param contacts ids, in order
   * @param systems in which more than one of them has a record
   */
  public record Group(String shared, List<String> contacts, List<String> systems) {
    public Group {
      contacts = List.copyOf(contacts);
      systems = List.copyOf(systems);
    }
  }

  public DuplicatesReport {
    groups = List.copyOf(groups);
  }

  @Override
  public String text() {
    if (groups.isEmpty()) {
      return "No duplicates" + System.lineSeparator();
    }
    Table table = new Table("shared", "contacts", "twice in");
    for (Group group : groups) {
      table.row(
          group.shared(), String.join(" ", group.contacts()), String.join(", ", group.systems()));
    }
    return table + "'merge ID ID' makes two of them one" + System.lineSeparator();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
