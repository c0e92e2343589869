package truthforge.sync.recordings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Compares an answer of the stand-in with the recorded one. Everything must be equal but what no
 * two runs share: the ids and times that the server gives, positions of new records, and search
 * vectors.
 */
final class TwentyComparison {
  private static final Pattern METADATA_IDS =
      Pattern.compile(
          ".*(?i:\\.id|universalIdentifier|applicationId|workspaceId|objectMetadataId"
              + "|FieldMetadataId|createdAt|updatedAt|secret)$");

  private final String name;
  private final String method;
  private final JsonNode request;
  private final Set<String> known;
  private final List<String> differences = new ArrayList<>();

  /**
   * @param request the body that was sent
   * @param known the ids of the records that were there before
   */
  TwentyComparison(String name, String method, JsonNode request, Set<String> known) {
    this.name = name;
    this.method = method;
    this.request = request;
    this.known = known;
  }

  List<String> of(JsonNode recorded, int status, JsonNode body) {
    if (recorded.get("status").asInt() != status) {
      differences.add("status " + status + " instead of " + recorded.get("status"));
    }
    JsonNode theirs = recorded.get("body");
    if (name.startsWith("metadata-object")) {
      object(theirs, body);
    } else if (name.startsWith("rate-limit-metadata")) {
      // Which object comes first is the workspace's affair, so only the form is compared.
      form("", theirs, body);
      form("data[0]", theirs.get("data").get(0), body.path("data").path(0));
      form("pageInfo", theirs.get("pageInfo"), body.path("pageInfo"));
    } else if (name.startsWith("metadata")
        || name.startsWith("webhook-create")
        || name.startsWith("webhook-list")
        || name.startsWith("webhook-patch")) {
      values("", theirs, body, path -> METADATA_IDS.matcher("." + path).matches());
    } else if (name.startsWith("timeline")) {
      // The recording's workspace had an object more, to which an entry can point.
      ((ObjectNode) theirs.get("data").get("timelineActivities").get(0)).remove("targetSyncRunId");
      values(
          "",
          theirs,
          body,
          path -> path.matches(".*\\.(id|createdAt|updatedAt|happensAt|startCursor|endCursor)"));
    } else if (theirs.path("data").isObject()) {
      data(theirs, body);
    } else {
      values("", theirs, body, path -> false);
    }
    return differences;
  }

  private void data(JsonNode theirs, JsonNode body) {
    for (Map.Entry<String, JsonNode> entry : theirs.get("data").properties()) {
      JsonNode recorded = entry.getValue();
      JsonNode answered = body.path("data").path(entry.getKey());
      if (recorded.isArray()) {
        boolean ordered = method.equals("GET") || method.equals("POST");
        JsonNode left = ordered ? recorded : TwentyReplay.sortedById(recorded);
        JsonNode right = ordered ? answered : TwentyReplay.sortedById(answered);
        if (left.size() != right.size()) {
          differences.add(entry.getKey() + ": " + right.size() + " records, not " + left.size());
        }
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
          record(entry.getKey() + "[" + i + "]", left.get(i), right.get(i));
        }
      } else {
        record(entry.getKey(), recorded, answered);
      }
    }
    ObjectNode left = theirs.deepCopy();
    ObjectNode right = body.deepCopy();
    left.remove("data");
    right.remove("data");
    values("", left, right, path -> false);
  }

  private void record(String path, JsonNode recorded, JsonNode answered) {
    boolean fresh = method.equals("POST") && !known.contains(TwentyReplay.id(recorded));
    Set<String> volatileFields = new TreeSet<>();
    if (!method.equals("GET")) {
      volatileFields.addAll(Set.of("updatedAt", "searchVector"));
    }
    if (fresh) {
      volatileFields.addAll(Set.of("id", "createdAt", "position"));
    }
    if (!method.equals("GET")) {
      request.fieldNames().forEachRemaining(volatileFields::remove);
    }
    boolean deletedNow = method.equals("DELETE") && recorded.path("deletedAt").isTextual();
    if (deletedNow) {
      volatileFields.add("deletedAt");
      if (!answered.path("deletedAt").equals(answered.path("updatedAt"))) {
        differences.add(path + ".deletedAt is not the time of the change");
      }
    }
    // The entries of a timeline are written by a worker afterwards.
    volatileFields.add("timelineActivities");
    // A company's record was loaded, its search vector is what Twenty had computed.
    values(
        path,
        recorded,
        answered,
        at ->
            at.startsWith(path + ".") && volatileFields.contains(at.substring(path.length() + 1)));
  }

  /** The object's metadata: the fields that are no relations to objects which are not held. */
  private void object(JsonNode recorded, JsonNode answered) {
    for (String key : List.of("nameSingular", "namePlural", "labelSingular", "isActive")) {
      values(key, recorded.get(key), answered.path(key), path -> false);
    }
    Map<String, JsonNode> theirs = byName(recorded);
    Map<String, JsonNode> ours = byName(answered);
    theirs
        .values()
        .removeIf(
            field -> field.path("settings").path("relationType").asText().equals("ONE_TO_MANY"));
    if (!theirs.keySet().equals(ours.keySet())) {
      differences.add("fields " + ours.keySet() + " instead of " + theirs.keySet());
      return;
    }
    theirs.forEach(
        (field, theirField) -> {
          for (String key :
              List.of("type", "label", "isSystem", "isNullable", "isUnique", "isUIReadOnly")) {
            values(
                field + "." + key, theirField.get(key), ours.get(field).path(key), path -> false);
          }
        });
  }

  private static Map<String, JsonNode> byName(JsonNode object) {
    Map<String, JsonNode> fields = new TreeMap<>();
    object.path("fields").forEach(field -> fields.put(field.get("name").asText(), field));
    return fields;
  }

  private void form(String path, JsonNode recorded, JsonNode answered) {
    Set<String> theirs = new TreeSet<>();
    Set<String> ours = new TreeSet<>();
    recorded.fieldNames().forEachRemaining(theirs::add);
    answered.fieldNames().forEachRemaining(ours::add);
    if (!theirs.equals(ours)) {
      differences.add(path + " has " + ours + " instead of " + theirs);
    }
  }

  private void values(
      String path,
      JsonNode recorded,
      JsonNode answered,
      java.util.function.Predicate<String> isVolatile) {
    if (isVolatile.test(path)) {
      if (recorded.getNodeType() != answered.getNodeType()) {
        differences.add(path + " is " + answered.getNodeType() + " in kind");
      }
      return;
    }
    if (recorded.isObject() && answered.isObject()) {
      form(path, recorded, answered);
      for (Map.Entry<String, JsonNode> entry : recorded.properties()) {
        if (answered.has(entry.getKey())) {
          String inner = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
          values(inner, entry.getValue(), answered.get(entry.getKey()), isVolatile);
        }
      }
    } else if (recorded.isArray() && answered.isArray()) {
      if (recorded.size() != answered.size()) {
        differences.add(path + " has " + answered.size() + " items, not " + recorded.size());
      }
      for (int i = 0; i < Math.min(recorded.size(), answered.size()); i++) {
        values(path + "[" + i + "]", recorded.get(i), answered.get(i), isVolatile);
      }
    } else if (recorded.isNumber() && answered.isNumber()) {
      if (recorded.doubleValue() != answered.doubleValue()) {
        differences.add(path + " is " + answered + " instead of " + recorded);
      }
    } else if (!recorded.equals(answered)) {
      differences.add(path + " is " + answered + " instead of " + recorded);
    }
  }
}
