package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/** {@code /rest/metadata}: the objects, their fields, and adding one. */
final class Metadata {
  /** What the service's {@code setup} adds to people. */
  static final List<FieldSpec> FIELDS_OF_SETUP = fieldsOfSetup();

  /** The fields that no user edits. */
  private static final List<String> STAMPED =
      List.of("id", "createdAt", "updatedAt", "deletedAt", "createdBy", "updatedBy");

  private static final List<String> HIDDEN =
      List.of("avatarUrl", "avatarFile", "position", "searchVector");
  private static final List<String> REQUIRED =
      List.of("id", "createdAt", "updatedAt", "createdBy", "updatedBy", "position");

  private static final int DEFAULT_PAGE = 60;
  private static final int LARGEST_PAGE = 200;

  private static final String TYPES =
      "ACTOR, ADDRESS, ARRAY, BOOLEAN, CURRENCY, DATE, DATE_TIME, EMAILS, FILES, FULL_NAME, LINKS,"
          + " MORPH_RELATION, MULTI_SELECT, NUMBER, NUMERIC, PHONES, POSITION, RATING, RAW_JSON,"
          + " RELATION, RICH_TEXT, SELECT, TEXT, TS_VECTOR, UUID";

  private final Workspace workspace;
  private final int otherObjects;
  private final Clock clock;
  private final String workspaceId = UUID.randomUUID().toString();
  private final String applicationId = UUID.randomUUID().toString();
  private final String began;

  /** When each field was added, and its id. */
  private final Map<String, ObjectNode> origins = new ConcurrentHashMap<>();

  Metadata(Workspace workspace, Clock clock, int otherObjects) {
    this.workspace = workspace;
    this.otherObjects = otherObjects;
    this.clock = clock;
    began = now();
  }

  private static List<FieldSpec> fieldsOfSetup() {
    List<FieldSpec> fields = new ArrayList<>();
    fields.add(FieldSpec.uniqueText("contactId"));
    for (String text : List.of("middleName", "nickname", "nameSuffix", "honorific")) {
      fields.add(FieldSpec.custom(text, FieldType.TEXT));
    }
    fields.add(FieldSpec.custom("canonicalName", FieldType.TEXT));
    fields.add(FieldSpec.custom("nameNormalized", FieldType.TEXT));
    fields.add(FieldSpec.custom("department", FieldType.TEXT));
    fields.add(FieldSpec.custom("isBusiness", FieldType.BOOLEAN));
    fields.add(FieldSpec.custom("socialProfiles", FieldType.RAW_JSON));
    for (String text :
        List.of("categoryCode", "subcategoryCode", "relationshipCategory", "contactNotes")) {
      fields.add(FieldSpec.custom(text, FieldType.TEXT));
    }
    fields.add(FieldSpec.custom("birthday", FieldType.DATE));
    fields.add(FieldSpec.custom("isMe", FieldType.BOOLEAN));
    for (String document :
        List.of(
            "llmContext",
            "communicationStats",
            "socialNetwork",
            "aiInsights",
            "recommendations",
            "syncMetadata")) {
      fields.add(FieldSpec.custom(document, FieldType.RAW_JSON));
    }
    return List.copyOf(fields);
  }

  String workspaceId() {
    return workspaceId;
  }

  String applicationId() {
    return applicationId;
  }

  StandInAnswer answer(StandInRequest request, List<String> path) {
    String what = path.isEmpty() ? "" : path.get(0);
    if (what.equals("objects") && request.method().equals("GET")) {
      return path.size() == 1 ? objects(request) : object(path.get(1));
    }
    if (what.equals("fields") && request.method().equals("POST")) {
      return createField(TwentyStandIn.body(request));
    }
    return StandInAnswer.text(501, "the stand-in knows no metadata of this kind");
  }

  private StandInAnswer objects(StandInRequest request) {
    String limit = request.query("limit");
    int most = limit == null ? DEFAULT_PAGE : Math.min(Integer.parseInt(limit), LARGEST_PAGE);
    String after = request.query("starting_after");
    if (after != null && !Uuids.valid(after)) {
      throw Refusal.badRequest("Invalid cursor: " + after);
    }
    return workspace.reading(
        () -> {
          Map<String, ObjectNode> all = new TreeMap<>();
          for (int i = 0; i < otherObjects; i++) {
            ObjectNode other = otherObject(i);
            all.put(other.get("id").textValue(), other);
          }
          workspace.tables().forEach(table -> all.put(table.type().id(), object(table.type())));
          List<ObjectNode> behind =
              all.entrySet().stream()
                  .filter(object -> after == null || object.getKey().compareTo(after) > 0)
                  .map(Map.Entry::getValue)
                  .toList();
          ObjectNode answer = Json.object();
          ArrayNode data = answer.putArray("data");
          behind.stream().limit(most).forEach(data::add);
          JsonNode first = data.path(0).path("id");
          JsonNode last = data.path(data.size() - 1).path("id");
          answer
              .putObject("pageInfo")
              .put("hasNextPage", behind.size() > most)
              .put("startCursor", first.asText(null))
              .put("endCursor", last.asText(null));
          answer.put("totalCount", all.size());
          return TwentyStandIn.json(200, answer);
        });
  }

  private static ObjectNode otherObject(int number) {
    ObjectNode object =
        Json.object()
            .put("id", "00000000-0000-4000-8000-%012d".formatted(number))
            .put("nameSingular", "other" + number)
            .put("namePlural", "others" + number)
            .put("isActive", true);
    object.putArray("fields");
    return object;
  }

  private StandInAnswer object(String id) {
    return workspace.reading(
        () -> {
          ObjectType type = byId(id);
          if (type == null) {
            throw Refusal.notFound();
          }
          return TwentyStandIn.json(200, object(type));
        });
  }

  private ObjectType byId(String id) {
    return workspace.tables().stream()
        .map(Table::type)
        .filter(type -> type.id().equals(id))
        .findFirst()
        .orElse(null);
  }

  private ObjectNode object(ObjectType type) {
    boolean system = type == workspace.timeline().type();
    ObjectNode object =
        Json.object()
            .put("id", type.id())
            .put("universalIdentifier", universal(type.nameSingular()))
            .put("applicationId", applicationId)
            .put("nameSingular", type.nameSingular())
            .put("namePlural", type.namePlural())
            .put("labelSingular", type.title())
            .put("labelPlural", type.titlePlural())
            .put("description", "A " + type.nameSingular())
            .put("icon", "Icon" + type.title())
            .put("isRemote", false)
            .put("isActive", true)
            .put("isSystem", system)
            .put("isUIEditable", true)
            .put("isUICreatable", !system)
            .put("isUIReadOnly", false)
            .put("isSearchable", !system)
            .put("isLabelSyncedWithName", false)
            .put("workspaceId", workspaceId)
            .put("labelIdentifierFieldMetadataId", universal(type.nameSingular() + ".name"))
            .put("createdAt", began)
            .put("updatedAt", began);
    ArrayNode fields = object.putArray("fields");
    for (FieldSpec field : type.fields()) {
      fields.add(field(type, field));
    }
    return object;
  }

  private ObjectNode field(ObjectType type, FieldSpec field) {
    boolean stamped = STAMPED.contains(field.name());
    boolean computed = stamped || HIDDEN.contains(field.name());
    boolean required = REQUIRED.contains(field.name());
    boolean relation = field.type() == FieldType.RELATION;
    String name = relation ? field.name().replaceAll("Id$", "") : field.name();
    ObjectNode shown =
        Json.object()
            .put("id", universal(type.nameSingular() + "." + field.name()))
            .put("universalIdentifier", universal(field.name()))
            .put("applicationId", applicationId)
            .put("type", field.type().name())
            .put("name", name)
            .put("label", field.label())
            .put("description", field.label())
            .put("icon", "IconTag")
            .put("isActive", true)
            .put("isSystem", computed)
            .put("isUIEditable", !stamped)
            .put("isUIReadOnly", stamped)
            .put("isNullable", !required)
            .put("isUnique", field.unique())
            .put("workspaceId", workspaceId)
            .put("objectMetadataId", type.id())
            .put("isLabelSyncedWithName", false)
            .put("createdAt", began)
            .put("updatedAt", began);
    if (relation) {
      shown
          .putObject("settings")
          .put("onDelete", "SET_NULL")
          .put("relationType", "MANY_TO_ONE")
          .put("joinColumnName", field.name());
    }
    if (field.type() == FieldType.SELECT) {
      shown.set("options", options(field));
    }
    ObjectNode origin = origins.get(type.nameSingular() + "." + field.name());
    if (origin != null) {
      shown.setAll(origin);
    }
    return shown;
  }

  private static ArrayNode options(FieldSpec field) {
    ArrayNode options = Json.MAPPER.createArrayNode();
    for (String option : field.options()) {
      options
          .addObject()
          .put("id", universal(field.name() + "." + option))
          .put("color", "blue")
          .put("label", option)
          .put("value", option)
          .put("position", options.size() - 1);
    }
    return options;
  }

  private StandInAnswer createField(JsonNode body) {
    FieldType type = type(body.path("type").asText());
    String name = body.path("name").asText();
    Table table =
        workspace.tables().stream()
            .filter(t -> t.type().id().equals(body.path("objectMetadataId").asText()))
            .findFirst()
            .orElseThrow(() -> Refusal.badRequest("Object metadata does not exist"));
    ObjectType object = table.type();
    if (!name.matches("[a-z][a-zA-Z0-9]*")) {
      throw invalid(object, name, "INVALID_FIELD_INPUT", "Name \"" + name + "\" is not valid");
    }
    if (object.field(name) != null || object.field(name + "Id") != null) {
      throw invalid(
          object,
          name,
          "NOT_AVAILABLE",
          "Name \"" + name + "\" is not available as it is already used by another field");
    }
    List<String> options = new ArrayList<>();
    body.path("options").forEach(option -> options.add(option.path("value").asText()));
    FieldSpec field =
        new FieldSpec(
            name,
            body.path("label").asText(name),
            type,
            body.path("isUnique").asBoolean(),
            true,
            options,
            defaultValue(body.path("defaultValue")));
    String time = now();
    ObjectNode origin =
        Json.object()
            .put("id", UUID.randomUUID().toString())
            .put("createdAt", time)
            .put("updatedAt", time);
    if (body.has("description")) {
      origin.set("description", body.get("description"));
    }
    origins.put(object.nameSingular() + "." + name, origin);
    workspace.addField(table, field);
    ObjectNode answer =
        Json.object()
            .put("id", origin.get("id").textValue())
            .put("universalIdentifier", UUID.randomUUID().toString())
            .put("label", field.label())
            .put("name", name)
            .put("objectMetadataId", object.id())
            .put("type", type.name())
            .put("workspaceId", workspaceId);
    answer.set("defaultValue", body.get("defaultValue"));
    answer
        .put("isActive", true)
        .put("isLabelSyncedWithName", false)
        .put("isSystem", false)
        .put("isUIEditable", true)
        .put("isUIReadOnly", false);
    answer.set("options", type == FieldType.SELECT ? shownOptions(body) : null);
    answer.put("createdAt", time).put("updatedAt", time);
    if (body.has("description")) {
      answer.set("description", body.get("description"));
    }
    answer
        .put("isNullable", true)
        .put("isUnique", field.unique())
        .put("applicationId", applicationId);
    return TwentyStandIn.json(201, answer);
  }

  /** A default as records show it: texts come in quotes of their own; null for none. */
  private static JsonNode defaultValue(JsonNode given) {
    if (given.isMissingNode() || given.isNull()) {
      return null;
    }
    return given.isTextual() ? TextNode.valueOf(given.textValue().replaceAll("^'|'$", "")) : given;
  }

  private static ArrayNode shownOptions(JsonNode body) {
    ArrayNode options = Json.MAPPER.createArrayNode();
    for (JsonNode option : body.path("options")) {
      ObjectNode shown = options.addObject().put("id", UUID.randomUUID().toString());
      shown.setAll((ObjectNode) option);
    }
    return options;
  }

  private static FieldType type(String name) {
    for (FieldType type : FieldType.values()) {
      if (type.name().equals(name) && type.creatable()) {
        return type;
      }
    }
    if (List.of(TYPES.split(", ")).contains(name)) {
      throw Refusal.badRequest("The stand-in holds no custom field of type " + name);
    }
    ObjectNode answer = Json.object();
    answer.putArray("message").add("type must be one of the following values: " + TYPES);
    throw Refusal.with(400, answer.put("error", "Bad Request").put("statusCode", 400));
  }

  private static Refusal invalid(ObjectType object, String name, String code, String message) {
    ObjectNode answer =
        Json.object()
            .put("statusCode", 400)
            .put("error", "METADATA_VALIDATION_ERROR")
            .put("message", "Multiple validation errors occurred while creating fields");
    ObjectNode errors = answer.putObject("errors");
    String field = UUID.randomUUID().toString();
    ObjectNode failure = errors.putArray("fieldMetadata").addObject().put("status", "fail");
    failure
        .putArray("errors")
        .addObject()
        .put("code", code)
        .put("value", name)
        .put("message", message)
        .put("userFriendlyMessage", message);
    failure
        .putObject("flatEntityMinimalInformation")
        .put("universalIdentifier", field)
        .put("name", name)
        .put("objectMetadataUniversalIdentifier", universal(object.nameSingular()));
    failure.put("metadataName", "fieldMetadata").put("type", "create");
    ArrayNode views = errors.putArray("viewField");
    for (int i = 0; i < 2; i++) {
      ObjectNode view = views.addObject().put("status", "fail");
      view.putArray("errors")
          .addObject()
          .put("code", "INVALID_VIEW_DATA")
          .put("message", "Field metadata not found")
          .put("userFriendlyMessage", "Field metadata not found");
      view.putObject("flatEntityMinimalInformation")
          .put("universalIdentifier", UUID.randomUUID().toString())
          .put("viewUniversalIdentifier", universal("view" + i))
          .put("fieldMetadataUniversalIdentifier", field);
      view.put("metadataName", "viewField").put("type", "create");
    }
    answer.putObject("summary").put("totalErrors", 3).put("fieldMetadata", 1).put("viewField", 2);
    return Refusal.with(400, answer.put("userFriendlyMessage", "Many validation errors"));
  }

  /** An id that is the same in every workspace. */
  private static String universal(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private String now() {
    return Instants.api(Instants.micros(clock.instant()));
  }
}
