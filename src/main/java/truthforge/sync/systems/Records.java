package truthforge.sync.systems;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import truthforge.sync.contact.Contact;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting.Observation;

/** What all adapters do alike with a record: reading it by the mapping, and stamping it. */
public final class Records {

  private Records() {}

  /**
   * A record as an observation.
   *
   * @param revision null where the system has none
   * @param clock what the record's time of change is corrected by; times in the future count as the
   *     time of reading
   */
  public static Observation observation(
      Mapping mapping, String externalId, String revision, JsonNode record, AgreedClock clock) {
    return observation(
        mapping,
        externalId,
        revision,
        record,
        isSet(record, mapping.deletedAtPath()),
        instant(record, mapping.updatedAtPath()),
        clock);
  }

  /**
   * The same, where the adapter knows better whether the record is deleted, and when it changed.
   *
   * @param updatedAt as the system told it; null where it did not
   */
  public static Observation observation(
      Mapping mapping,
      String externalId,
      String revision,
      JsonNode record,
      boolean deleted,
      Instant updatedAt,
      AgreedClock clock) {
    return new Observation(
        mapping.system(),
        externalId,
        revision,
        contactId(mapping, record),
        mapping.readAll(record),
        deleted,
        modified(mapping.system(), updatedAt, clock),
        notAfter(instant(record, mapping.createdAtPath()), clock.instant()));
  }

  private static String contactId(Mapping mapping, JsonNode record) {
    JsonNode id = at(record, mapping.contactIdPath());
    return id == null ? null : id.isNull() ? "" : id.asText().strip();
  }

  private static boolean isSet(JsonNode record, String path) {
    JsonNode node = at(record, path);
    return node != null && !node.isNull() && !node.asText().isBlank();
  }

  /** The time in a property; null where it is absent, empty or no time. */
  public static Instant instant(JsonNode record, String path) {
    JsonNode node = at(record, path);
    return node == null || node.isNull() ? null : instant(node.asText());
  }

  /** Null where the text is no time with an offset. */
  public static Instant instant(String text) {
    Instant usual = PlainTime.read(text);
    if (usual != null) {
      return usual;
    }
    try {
      return OffsetDateTime.parse(text.strip().replace(' ', 'T')).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** The record's own time of change by the agreed clock; null where it has none. */
  public static Instant modified(String system, Instant told, AgreedClock clock) {
    return notAfter(clock.corrected(system, told), clock.instant());
  }

  private static Instant notAfter(Instant time, Instant now) {
    return time != null && time.isAfter(now) ? now : time;
  }

  private static JsonNode at(JsonNode record, String path) {
    return path == null ? null : record.get(path);
  }

  /** What is written along with other fields for people to see: version, last change, origin. */
  public static ObjectNode syncMetadata(Contact contact, long version) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("version", version);
    json.put("last_updated", String.valueOf(contact.updatedAt()));
    json.put("last_updated_by", contact.updatedBy());
    var sources = json.putArray("source_systems");
    contact.fields().values().stream()
        .map(state -> state.by())
        .distinct()
        .sorted()
        .forEach(sources::add);
    return json;
  }
}
