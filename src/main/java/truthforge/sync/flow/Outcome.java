package truthforge.sync.flow;

import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;

/** What became of one write. */
public sealed interface Outcome {

  Write write();

  /**
   * It arrived.
   *
   * @param answer the record as it is after the write; null where the system does not tell
   * @param externalId the record's id; for creations
   * @param revision the state that the next write may be conditional on; null where unknown
   * @param transaction by which the system's change feed tells of it; 0 where unknown
   */
  record Applied(
      Write write, String externalId, String revision, Observation answer, long transaction)
      implements Outcome {

    public Applied(Write write, String externalId, String revision, Observation answer) {
      this(write, externalId, revision, answer, 0);
    }
  }

  /**
   * The record had been destroyed since it was read, and the write made another one of its id, with
   * nothing in it but what was written.
   */
  record Recreated(Write write, String revision, Observation answer) implements Outcome {}

  /** The record was not as last seen, or one was there already: nothing was written. */
  record ConditionFailed(Write write) implements Outcome {}

  /**
   * The system refused this very record.
   *
   * @param reason in plain words, without personal data
   * @param forGood whether trying the same again cannot help
   */
  record Rejected(Write write, String reason, boolean forGood) implements Outcome {}

  /**
   * Another record has what only one may have there, and may give it up.
   *
   * @param reason in plain words, without personal data
   */
  record Taken(Write write, String reason) implements Outcome {}
}
