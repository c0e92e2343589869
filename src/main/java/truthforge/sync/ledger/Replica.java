package truthforge.sync.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import truthforge.sync.contact.ByField;

/**
 * What is known of one contact's record in one system. Every contact has one replica for each
 * configured system, also where there is no record yet.
 *
 * @param externalId the record's own id in the system; null while there is no record
 * @param revision the state in which the record was last seen, as the system can compare it: a
 *     write is conditional on it; null while unknown
 * @param seen per field what the system was last known to hold; a field that is not in it was never
 *     seen there
 * @param sentVersion the contact's version up to which this system holds everything
 * @param recordTime the record's own time of change as last read; null while unknown
 * @param readAt when the reading began that told this; null before the first
 * @param unanswered writes that were begun and of which no answer is known, oldest first
 * @param rereadDue the record must be read before anything is written to it
 * @param attempts how often the system refused this very record since it last took it
 * @param nextTry not to be tried before; null for at once
 * @param lastError in plain words, without personal data; null where there is none
 * @param failingSince when the system first refused the record since it last took it; null where it
 *     did not
 */
public record Replica(
    String contactId,
    String system,
    String externalId,
    String revision,
    Map<String, Seen> seen,
    long sentVersion,
    Instant recordTime,
    Instant readAt,
    List<UnansweredWrite> unanswered,
    boolean rereadDue,
    int attempts,
    Instant nextTry,
    String lastError,
    Instant failingSince,
    State state) {

  public enum State {
    /** Nothing is in the way. */
    FREE,
    /** The record was there and is gone; the contact may be created anew. */
    GONE,
    /** An observation waits for a person; nothing is delivered. */
    HELD,
    /** Refused too often; tried again when the contact changes or on replay. */
    PARKED
  }

  public Replica {
    seen = ByField.copyOf(seen);
    unanswered = List.copyOf(unanswered);
  }

  /** A replica without a record. */
  public static Replica absent(String contactId, String system) {
    return new Replica(
        contactId,
        system,
        null,
        null,
        Map.of(),
        0,
        null,
        null,
        List.of(),
        false,
        0,
        null,
        null,
        null,
        State.FREE);
  }

  public boolean hasRecord() {
    return externalId != null;
  }

  /** The same record as one of another contact, to which nothing was sent yet. */
  public Replica ofContact(String otherId) {
    return new Replica(
        otherId,
        system,
        externalId,
        revision,
        seen,
        0,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        0,
        null,
        null,
        null,
        State.FREE);
  }

  public Replica withExternalId(String id) {
    return new Replica(
        contactId,
        system,
        id,
        revision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withRevision(String newRevision) {
    return new Replica(
        contactId,
        system,
        externalId,
        newRevision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withSeen(Map<String, Seen> newSeen) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        newSeen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withSentVersion(long version) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        version,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withReading(Instant newRecordTime, Instant newReadAt) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        sentVersion,
        newRecordTime,
        newReadAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withUnanswered(List<UnansweredWrite> writes) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        writes,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withRereadDue(boolean due) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        due,
        attempts,
        nextTry,
        lastError,
        failingSince,
        state);
  }

  public Replica withFailure(int newAttempts, Instant newNextTry, String error) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        newAttempts,
        newNextTry,
        error,
        newAttempts == 0 && newNextTry == null ? null : failingSince,
        state);
  }

  /** The system refused the record; the first time since it last took it is remembered. */
  public Replica withRefusalAt(Instant now) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince == null ? now : failingSince,
        state);
  }

  public Replica withState(State newState) {
    return new Replica(
        contactId,
        system,
        externalId,
        revision,
        seen,
        sentVersion,
        recordTime,
        readAt,
        unanswered,
        rereadDue,
        attempts,
        nextTry,
        lastError,
        failingSince,
        newState);
  }

  /**
   * The record is not there any more: all that was known of it is dropped, the link stays. What may
   * have made another record stays noted: that one is our own when it is read (promise 5).
   */
  public Replica gone() {
    return new Replica(
        contactId,
        system,
        null,
        null,
        Map.of(),
        0,
        null,
        readAt,
        unanswered.stream()
            .filter(UnansweredWrite::ofAnother)
            .map(write -> write.ofAnother(false))
            .toList(),
        false,
        0,
        null,
        null,
        null,
        State.GONE);
  }
}
