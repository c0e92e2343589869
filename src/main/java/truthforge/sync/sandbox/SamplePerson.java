package truthforge.sync.sandbox;

import java.util.List;

/**
 * A sample person, with the records of them that the systems hold.
 *
 * @param number from 0, distinct within the samples
 * @param records at most one a system, in the order of {@link SampleSystem}
 */
public record SamplePerson(int number, Fate fate, List<SampleRecord> records) {

  public SamplePerson {
    records = List.copyOf(records);
  }

  /** What the sync must make of a person. */
  public enum Fate {
    /** One live contact in all systems. */
    LIVE,
    /** One deleted contact, or none where the only record was deleted. */
    DELETED,
    /** No contact: a record without id whose emails belong to two others, which must be held. */
    AMBIGUOUS
  }
}
