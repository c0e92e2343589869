package truthforge.sync.cli;

import java.util.List;

/**
 * What became of two contacts.
 *
 * @param version of the contact that stays
 * @param moved systems whose record of the other is now a record of the one that stays
 * @param surplus systems whose record of the other is deleted softly
 * @param conflicts how many values gave way and are listed
 */
public record MergeReport(
    String stays,
    String goes,
    long version,
    List<String> moved,
    List<String> surplus,
    int conflicts)
    implements Report {

  public MergeReport {
    moved = List.copyOf(moved);
    surplus = List.copyOf(surplus);
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(goes + " is part of " + stays + " now");
    if (!surplus.isEmpty()) {
      text.append("; its surplus records are deleted in ").append(String.join(", ", surplus));
    }
    if (conflicts > 0) {
      text.append("; ").append(conflicts).append(" values gave way, see 'conflicts list'");
    }
    return text + System.lineSeparator();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
