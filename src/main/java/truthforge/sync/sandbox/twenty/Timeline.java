package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.UUID;

/** What the timeline of a person says of an event. */
final class Timeline {
  private Timeline() {}

  /**
   * The entry, without the fields that are empty, or none: an update that changed nothing but
   * composites leaves no trace, and neither does what happens to companies.
   */
  static Optional<ObjectNode> entry(Event event) {
    if (!event.object().nameSingular().equals("person") || event.action().equals("destroyed")) {
      return Optional.empty();
    }
    ObjectNode properties = Json.object();
    if (event.before() != null) {
      ObjectNode diff = diff(event);
      if (diff.isEmpty()) {
        return Optional.empty();
      }
      properties.set("diff", diff);
    }
    String time = Instants.api(event.micros());
    ObjectNode entry =
        Json.object()
            .put("id", UUID.randomUUID().toString())
            .put("createdAt", time)
            .put("updatedAt", time)
            .put("happensAt", time)
            .put("name", event.name())
            .put("position", 0)
            .put("targetPersonId", event.after().get("id").textValue())
            .put("workspaceMemberId", event.caller().workspaceMemberId());
    entry.set("properties", properties);
    return Optional.of(entry);
  }

  private static ObjectNode diff(Event event) {
    ObjectNode diff = Json.object();
    for (String name : event.updatedFields()) {
      FieldSpec field = event.object().field(name);
      if (field == null || field.type().composite() || field.type() == FieldType.POSITION) {
        continue;
      }
      JsonNode before = event.before().get(name);
      JsonNode after = event.after().get(name);
      if (name.equals("companyId")) {
        ObjectNode company = diff.putObject("company");
        company.putObject("after").set("id", after);
        company.putObject("before").set("id", before);
      } else {
        ObjectNode change = diff.putObject(name);
        change.set("after", after);
        change.set("before", before);
      }
    }
    return diff;
  }
}
