package truthforge.sync.merge;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import truthforge.sync.contact.ByField;
import truthforge.sync.contact.Value;

/** What one reading of a system told about one of its records. */
public sealed interface Sighting {

  String system();

  /** The record's own id in that system. */
  String externalId();

  /**
   * A record that was read.
   *
   * @param revision the state it was read in, as the system can compare it; null where it has none
   * @param contactId the contact's id that the record carries; empty where it carries none; null
   *     where the system does not tell
   * @param values fields that were told; a field that is absent was not observed
   * @param deleted soft-deleted
   * @param modifiedAt the record's own time of change, never in the future; null where unknown
   * @param createdAt null where unknown
   */
  record Observation(
      String system,
      String externalId,
      String revision,
      String contactId,
      Map<String, Value> values,
      boolean deleted,
      Instant modifiedAt,
      Instant createdAt)
      implements Sighting {
    public Observation {
      values = ByField.copyOf(values);
    }

    /** What the field holds; empty also where it was not told. */
    public Value value(String field) {
      return values.getOrDefault(field, Value.EMPTY);
    }

    /** The same, with what an earlier reading told of fields of which this one tells nothing. */
    public Observation after(Observation earlier) {
      Map<String, Value> all = new HashMap<>(earlier.values);
      all.putAll(values);
      return new Observation(
          system, externalId, revision, contactId, all, deleted, modifiedAt, createdAt);
    }
  }

  /** A record that was there and is gone. */
  record Gone(String system, String externalId) implements Sighting {}

  /**
   * A record that makes no sense.
   *
   * @param record as it came
   * @param reason in plain words, without personal data
   * @param holds whether nothing is to be delivered to the record before it was read anew
   */
  record Unreadable(String system, String externalId, JsonNode record, String reason, boolean holds)
      implements Sighting {

    public Unreadable(String system, String externalId, JsonNode record, String reason) {
      this(system, externalId, record, reason, false);
    }

    /** One that must not be written either, because nobody can tell which record it is. */
    public static Unreadable holding(
        String system, String externalId, JsonNode record, String reason) {
      return new Unreadable(system, externalId, record, reason, true);
    }
  }
}
