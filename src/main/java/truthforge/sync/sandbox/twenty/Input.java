package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a client's body changes in a record: checked, and rewritten as Twenty does before anything
 * is stored.
 *
 * @param values by field; of a composite only the parts that change
 */
record Input(Map<String, JsonNode> values) {

  /** What every record has: a null is taken for nothing sent. */
  private static final Set<String> STAMPED = Set.of("id", "createdAt", "updatedAt");

  /** Reads a body, an array being an object with numbers for keys as in JavaScript. */
  static Input of(ObjectType object, JsonNode body) {
    Map<String, JsonNode> values = new LinkedHashMap<>();
    if (body.isArray() && !body.isEmpty()) {
      throw Refusal.unknownField(object, "0");
    }
    for (Map.Entry<String, JsonNode> entry : body.properties()) {
      FieldSpec field = object.field(entry.getKey());
      if (field == null) {
        throw Refusal.unknownField(object, entry.getKey());
      }
      JsonNode value = value(field, entry.getValue());
      if (value != null) {
        values.put(field.name(), value);
      }
    }
    values.values().forEach(Input::refuseNul);
    return new Input(values);
  }

  JsonNode get(String field) {
    return values.get(field);
  }

  /** The text at a path, or null where it is absent or empty. */
  String text(String path) {
    int dot = path.indexOf('.');
    JsonNode value =
        dot < 0
            ? values.get(path)
            : values
                .getOrDefault(path.substring(0, dot), NullNode.instance)
                .path(path.substring(dot + 1));
    return value == null || !value.isTextual() || value.textValue().isEmpty()
        ? null
        : value.textValue();
  }

  /** Writes these values into a record of this object that has every field already. */
  void applyTo(ObjectType object, ObjectNode record) {
    values.forEach(
        (name, value) -> {
          FieldSpec field = object.field(name);
          if (field.type().composite() && record.get(name) instanceof ObjectNode parts) {
            ObjectNode merged = parts.deepCopy();
            merged.setAll((ObjectNode) value);
            record.set(name, merged);
          } else {
            record.set(name, value);
          }
        });
  }

  /** The value as stored, or null where the field is left as it is. */
  private static JsonNode value(FieldSpec field, JsonNode value) {
    String name = field.name();
    if (value.isNull() && STAMPED.contains(name)) {
      return null;
    }
    if (field.type().composite()) {
      if (value.isNull()) {
        return null;
      }
      if (!value.isObject()) {
        throw invalid("object", value, name);
      }
      refuseUnknownParts(field, value);
    }
    return switch (field.type()) {
      case UUID, RELATION -> uuid(name, value);
      case TEXT -> text(name, value);
      case BOOLEAN -> {
        if (!value.isNull() && !value.isBoolean()) {
          throw invalid("boolean", value, name);
        }
        yield value;
      }
      case NUMBER -> {
        if (!value.isNull() && !value.isNumber()) {
          throw invalid("number", value, name);
        }
        yield value.isNull() ? value : Json.number(value.doubleValue());
      }
      case DATE -> date(name, value);
      case DATE_TIME -> time(name, value);
      case SELECT -> select(field, value);
      case RAW_JSON -> json(name, value);
      case POSITION -> {
        if (value.isNumber()) {
          yield Json.number(value.doubleValue());
        }
        if (value.asText().equals("first") || value.asText().equals("last")) {
          yield value;
        }
        throw Refusal.badRequest(
            "Invalid position value " + Json.inspect(value) + " for field \"" + name + "\"");
      }
      case EMAILS -> Emails.changes(name, value);
      case PHONES -> Phones.changes(value);
      case LINKS -> Links.changes(value);
      case FULL_NAME -> texts(name, value);
      case ADDRESS, CURRENCY, ACTOR -> value;
      case FILES -> value;
      // Computed by the database: what is sent is not looked at.
      case TS_VECTOR -> null;
    };
  }

  private static void refuseUnknownParts(FieldSpec field, JsonNode value) {
    JsonNode parts = field.empty();
    for (Map.Entry<String, JsonNode> part : value.properties()) {
      if (parts.isObject() && !parts.has(part.getKey())) {
        throw Refusal.badRequest(
            "Invalid subfield " + part.getKey() + " for field \"" + field.name() + "\"");
      }
    }
  }

  private static JsonNode texts(String name, JsonNode value) {
    ObjectNode texts = Json.object();
    value
        .properties()
        .forEach(
            part -> texts.set(part.getKey(), text(name + "." + part.getKey(), part.getValue())));
    return texts;
  }

  private static JsonNode text(String name, JsonNode value) {
    if (value.isNull()) {
      return TextNode.valueOf("");
    }
    if (!value.isTextual()) {
      throw Refusal.badRequest(
          "Invalid string value " + Json.inspect(value) + " for text field \"" + name + "\"");
    }
    return value;
  }

  private static JsonNode uuid(String name, JsonNode value) {
    if (value.isNull()) {
      return value;
    }
    if (!value.isTextual() || !Uuids.valid(value.textValue())) {
      throw invalid("UUID", value, name);
    }
    return TextNode.valueOf(UUID.fromString(value.textValue()).toString());
  }

  private static JsonNode date(String name, JsonNode value) {
    if (value.isNull()) {
      return value;
    }
    if (value.isTextual()) {
      try {
        return TextNode.valueOf(LocalDate.parse(value.textValue()).toString());
      } catch (DateTimeException e) {
        Long micros = Instants.parse(value.textValue());
        if (micros != null) {
          return TextNode.valueOf(Instants.api(micros).substring(0, 10));
        }
      }
    }
    throw Refusal.badRequest(
        "Invalid value "
            + Json.inspect(value)
            + " for date field \""
            + name
            + "\". Expected format: 'YYYY-MM-DD'");
  }

  private static JsonNode time(String name, JsonNode value) {
    if (value.isNull()) {
      return value;
    }
    return TextNode.valueOf(Instants.api(micros(name, value)));
  }

  /** The time in a value, or the refusal that names its field. */
  static long micros(String name, JsonNode value) {
    Long micros = value.isTextual() ? Instants.parse(value.textValue()) : null;
    if (micros == null) {
      throw Refusal.badRequest(
          "Invalid value "
              + Json.inspect(value)
              + " for date-time field \""
              + name
              + "\". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'");
    }
    return micros;
  }

  private static JsonNode select(FieldSpec field, JsonNode value) {
    if (value.isNull()) {
      return value;
    }
    if (!value.isTextual() || !field.options().contains(value.textValue())) {
      throw Refusal.badRequest(
          "Invalid value \""
              + value.asText()
              + "\" for field \""
              + field.name()
              + "\". Valid values are: "
              + String.join(", ", field.options()));
    }
    return value;
  }

  private static JsonNode json(String name, JsonNode value) {
    JsonNode json = value;
    if (value.isTextual()) {
      try {
        json = Json.MAPPER.readTree(value.textValue());
      } catch (JsonProcessingException e) {
        throw invalid("object", value, name);
      }
    } else if (!value.isNull() && !value.isContainerNode()) {
      throw invalid("object", value, name);
    }
    return json == null || json.isContainerNode() && json.isEmpty() ? NullNode.instance : json;
  }

  private static Refusal invalid(String kind, JsonNode value, String field) {
    return Refusal.badRequest(
        "Invalid " + kind + " value " + Json.inspect(value) + " for field \"" + field + "\"");
  }

  /** PostgreSQL holds no NUL character in a text. */
  private static void refuseNul(JsonNode value) {
    if (value.isTextual() && value.textValue().indexOf('\0') >= 0) {
      throw Refusal.of(500, "InternalServerErrorException", "Data validation error.", null);
    }
    value.forEach(Input::refuseNul);
  }
}
