package truthforge.sync.operate.port;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;

/**
 * A contact, and what each system was last known to hold of it.
 *
 * @param records by system; every configured system is there
 * @param history newest first
 * @param conflicts of this contact that wait for a person
 * @param traces by version, the trace of the change in OpenTelemetry; none where there are no
 *     traces
 */
public record ContactView(
    String id,
    String name,
    long version,
    boolean deleted,
    Instant createdAt,
    List<FieldView> fields,
    Map<String, RecordView> records,
    List<Change> history,
    List<Conflict> conflicts,
    Map<Long, String> traces) {

  /**
   * @param at when it last changed, by the clock of the system that it changed in
   * @param by that system
   * @param systems by system
   */
  public record FieldView(
      String name,
      String type,
      Value value,
      long version,
      Instant at,
      String by,
      Map<String, Cell> systems) {}

  /** How a system's field compares with the contact's. */
  public enum Holds {
    /** What it can hold of the contact's value. */
    SAME,
    /** Another value; the contact's is on its way there. */
    DUE,
    /** Another value, and nothing is on its way: held, parked, paused or waiting for a person. */
    DIFFERENT,
    /** It has no place for the field, or for this value. */
    CANNOT,
    /** It was not read yet. */
    UNKNOWN
  }

  /**
   * @param value what it holds; empty also where that is not kept in clear
   * @param known whether {@code value} is what it holds
   * @param note why it is so; null where that is plain
   */
  public record Cell(Holds holds, Value value, boolean known, String note) {}

  /**
   * @param externalId the record's id there; null where there is no record
   * @param state free, gone, held or parked
   * @param sentVersion the version up to which it holds everything
   * @param error why it was last refused; null where it was not
   */
  public record RecordView(
      String externalId, String state, long sentVersion, Instant readAt, String error) {}
}
