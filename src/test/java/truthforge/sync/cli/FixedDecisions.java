package truthforge.sync.cli;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;

/** Decisions that note what they were asked, and know nothing. */
final class FixedDecisions implements Decisions {

  static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

  final TreeSet<Long> replayed = new TreeSet<>();
  final TreeSet<Long> discarded = new TreeSet<>();
  Choice choice;
  boolean openOnly;

  @Override
  public ConflictsReport conflicts(boolean open, long after, int limit) {
    openOnly = open;
    return new ConflictsReport(List.of());
  }

  @Override
  public ConflictReport conflict(long id) {
    Conflict conflict =
        new Conflict(
            id,
            "c-1",
            "notes",
            Conflict.Kind.EDIT,
            new Value.Text("one"),
            "twenty",
            AT,
            new Value.Text("two"),
            "local",
            AT,
            AT,
            Conflict.Status.SETTLED);
    return new ConflictReport(conflict, new Value.Text("one"), List.of());
  }

  @Override
  public ConflictReport resolve(long id, Choice given) {
    choice = given;
    return conflict(id);
  }

  @Override
  public DeadLettersReport deadLetters(long after, int limit) {
    return new DeadLettersReport(List.of());
  }

  @Override
  public DeadLetterReport deadLetter(long id) {
    return new DeadLetterReport(
        new DeadLetter(
            id, DeadLetter.Direction.DELIVER, "twenty", "c-1", "p-1", "{}", "refused", 5, AT, AT));
  }

  @Override
  public long replay(Collection<Long> ids) {
    replayed.addAll(ids);
    return ids.size();
  }

  @Override
  public long replayAll() {
    return 9;
  }

  @Override
  public void discard(long id) {
    discarded.add(id);
  }

  @Override
  public HeldReport held(long after, int limit) {
    return new HeldReport(List.of());
  }

  @Override
  public HeldOneReport heldOne(long id) {
    return new HeldOneReport(
        new Held(
            id,
            Held.Reason.AMBIGUOUS,
            "local",
            "17",
            null,
            List.of("c-1", "c-2"),
            "{}",
            "two of them",
            AT));
  }

  @Override
  public void approve(long id, String contactId) {
    throw Problem.usage("nothing is held under the id " + id, "See held list");
  }

  @Override
  public void refuse(long id) {}

  @Override
  public HistoryReport history(String contactId, int limit) {
    return new HistoryReport(contactId, 3, List.of());
  }

  @Override
  public RevertReport revert(String contactId, long version) {
    return new RevertReport(contactId, version, version + 2, List.of("notes"));
  }

  @Override
  public DuplicatesReport duplicates() {
    return new DuplicatesReport(
        List.of(new DuplicatesReport.Group("email", List.of("c-1", "c-2"), List.of("twenty"))));
  }

  @Override
  public MergeReport merge(String stays, String goes) {
    return new MergeReport(stays, goes, 4, List.of(), List.of("twenty"), 1);
  }

  @Override
  public ForgetReport forget(String contactId) {
    return new ForgetReport(
        List.of(new ForgetReport.Erasure(contactId, List.of("twenty"), AT, null)));
  }

  @Override
  public ForgetReport forgetting() {
    return new ForgetReport(List.of());
  }
}
