package truthforge.sync.flow;

import truthforge.sync.ledger.Held;

/**
 * What a reading found out about its source as a whole, and that a person must look at before
 * anything of it is believed (promise 8).
 *
 * @param why {@code SOURCE_RESTORED} or {@code EMPTY_SOURCE}
 * @param reason in plain words, without personal data
 */
public record SourceAlarm(Held.Reason why, String reason) {

  /**
   * The source is not the one that was read before, or it is as it was at an earlier time.
   *
   * @param reason what tells so: for example that its change feed is another one
   */
  public static SourceAlarm restored(String reason) {
    return new SourceAlarm(Held.Reason.SOURCE_RESTORED, reason);
  }

  /** A reading of everything told nothing. */
  public static SourceAlarm empty() {
    return new SourceAlarm(Held.Reason.EMPTY_SOURCE, "all that was there is gone at once");
  }
}
