package truthforge.sync.flow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import truthforge.sync.contact.Value;
import truthforge.sync.merge.Sighting.Observation;

/** An observation as text, for the time that it is held. */
final class ObservationJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private ObservationJson() {}

  static String write(Observation record) {
    ObjectNode json = JSON.createObjectNode();
    json.put("system", record.system());
    json.put("externalId", record.externalId());
    json.put("revision", record.revision());
    json.put("contactId", record.contactId());
    json.put("deleted", record.deleted());
    json.put("modifiedAt", text(record.modifiedAt()));
    json.put("createdAt", text(record.createdAt()));
    ObjectNode values = json.putObject("values");
    record.values().forEach((field, value) -> values.set(field, value.toJson()));
    return json.toString();
  }

  static Observation read(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      Map<String, Value> values = new HashMap<>();
      json.get("values")
          .properties()
          .forEach(entry -> values.put(entry.getKey(), Value.fromJson(entry.getValue())));
      return new Observation(
          json.get("system").textValue(),
          json.get("externalId").textValue(),
          json.get("revision").textValue(),
          json.get("contactId").textValue(),
          values,
          json.get("deleted").booleanValue(),
          instant(json.get("modifiedAt")),
          instant(json.get("createdAt")));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A held observation in the ledger is no JSON", e);
    }
  }

  private static String text(Instant instant) {
    return instant == null ? null : instant.toString();
  }

  private static Instant instant(JsonNode json) {
    return json.isNull() ? null : Instant.parse(json.textValue());
  }
}
