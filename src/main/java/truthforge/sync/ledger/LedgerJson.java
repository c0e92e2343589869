package truthforge.sync.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Value;

/**
 * The JSON texts in the ledger's columns. They are compact, since there are several for each
 * contact: a standard field is one letter, other fields are their name behind {@code =}; who
 * changed a contact when is told once for all fields that changed together; digests are one text.
 *
 * <p>Times are microseconds since 1970; what is finer is cut off. Every text reads back as what was
 * written, a number as the same number, lone surrogates included.
 */
final class LedgerJson {

  /** Letters are stored: one that was given once is never given to another field. */
  private static final Map<String, String> LETTERS =
      Map.ofEntries(
          Map.entry("first_name", "a"),
          Map.entry("middle_name", "b"),
          Map.entry("last_name", "c"),
          Map.entry("nickname", "d"),
          Map.entry("name_suffix", "e"),
          Map.entry("title", "f"),
          Map.entry("canonical_name", "g"),
          Map.entry("name_normalized", "h"),
          Map.entry("organization", "i"),
          Map.entry("job_title", "j"),
          Map.entry("department", "k"),
          Map.entry("is_business", "l"),
          Map.entry("emails", "m"),
          Map.entry("phones", "n"),
          Map.entry("linkedin_url", "o"),
          Map.entry("social_profiles", "p"),
          Map.entry("category_code", "q"),
          Map.entry("subcategory_code", "r"),
          Map.entry("relationship_category", "s"),
          Map.entry("notes", "t"),
          Map.entry("birthday", "u"),
          Map.entry("is_me", "v"),
          Map.entry("llm_context", "w"),
          Map.entry("communication_stats", "x"),
          Map.entry("social_network", "y"),
          Map.entry("ai_insights", "z"),
          Map.entry("recommendations", "A"),
          Map.entry("deleted", "B"),
          Map.entry("contact_id", "C"));

  private static final Map<String, String> FIELDS = new HashMap<>();

  static {
    LETTERS.forEach((field, letter) -> FIELDS.put(letter, field));
  }

  private static final String STAMPS = "s";
  private static final String STATES = "f";
  private static final String DIGESTS = "+";
  private static final String EMPTIES = "-";
  private static final int DIGEST_LENGTH = 12;

  /** Characters above are escaped: surrogates without a partner would not survive UTF-8. */
  private static final int LAST_PLAIN_CHARACTER = 0xD7FF;

  /** What could be read from a system can be stored: our own nesting comes on top of its. */
  private static final int DEPTH = 2 * StreamReadConstraints.DEFAULT_MAX_DEPTH;

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH)
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNameLength(Integer.MAX_VALUE)
                          .maxNumberLength(Integer.MAX_VALUE)
                          .build())
                  .streamWriteConstraints(
                      StreamWriteConstraints.builder().maxNestingDepth(DEPTH).build())
                  .build())
          .setNodeFactory(new PlainNumbers())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private LedgerJson() {}

  // Times

  static long micros(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }

  static Long microsOrNull(Instant time) {
    return time == null ? null : micros(time);
  }

  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
  }

  // Contacts

  private record Stamp(long version, Instant at, String by) {}

  static String ofFields(Map<String, FieldState> fields) {
    Map<Stamp, Integer> stamps = new LinkedHashMap<>();
    for (FieldState state : fields.values()) {
      stamps.putIfAbsent(new Stamp(state.version(), state.at(), state.by()), stamps.size());
    }
    return write(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart(STAMPS);
          for (Stamp stamp : stamps.keySet()) {
            json.writeStartArray();
            json.writeNumber(stamp.version());
            writeTime(json, stamp.at());
            json.writeString(stamp.by());
            json.writeEndArray();
          }
          json.writeEndArray();
          json.writeObjectFieldStart(STATES);
          for (Map.Entry<String, FieldState> entry : fields.entrySet()) {
            FieldState state = entry.getValue();
            json.writeArrayFieldStart(key(entry.getKey()));
            json.writeNumber(
                stamps.get(new Stamp(state.version(), state.at(), state.by())).intValue());
            writeValue(json, state.value());
            json.writeEndArray();
          }
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  static Map<String, FieldState> toFields(String text) {
    JsonNode json = read(text);
    List<Stamp> stamps = new ArrayList<>();
    for (JsonNode stamp : json.get(STAMPS)) {
      stamps.add(
          new Stamp(stamp.get(0).longValue(), toTime(stamp.get(1)), stamp.get(2).textValue()));
    }
    Map<String, FieldState> fields = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : json.get(STATES).properties()) {
      Stamp stamp = stamps.get(entry.getValue().get(0).intValue());
      fields.put(
          field(entry.getKey()),
          new FieldState(
              Value.fromJson(entry.getValue().get(1)), stamp.version(), stamp.at(), stamp.by()));
    }
    return fields;
  }

  // Replicas

  static String ofSeen(Map<String, Seen> seen) {
    StringBuilder digests = new StringBuilder();
    StringBuilder empties = new StringBuilder();
    Map<String, Seen> others = new LinkedHashMap<>();
    for (Map.Entry<String, Seen> entry : seen.entrySet()) {
      String letter = LETTERS.get(entry.getKey());
      Seen what = entry.getValue();
      if (letter != null
          && what instanceof Seen.Digest digest
          && digest.base64().length() == DIGEST_LENGTH) {
        digests.append(letter).append(digest.base64());
      } else if (letter != null && what instanceof Seen.Whole whole && whole.value().isEmpty()) {
        empties.append(letter);
      } else {
        others.put(key(entry.getKey()), what);
      }
    }
    return write(
        json -> {
          json.writeStartObject();
          if (digests.length() > 0) {
            json.writeStringField(DIGESTS, digests.toString());
          }
          if (empties.length() > 0) {
            json.writeStringField(EMPTIES, empties.toString());
          }
          for (Map.Entry<String, Seen> entry : others.entrySet()) {
            json.writeFieldName(entry.getKey());
            json.writeTree(entry.getValue().toJson());
          }
          json.writeEndObject();
        });
  }

  static Map<String, Seen> toSeen(String text) {
    Map<String, Seen> seen = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : read(text).properties()) {
      switch (entry.getKey()) {
        case DIGESTS -> {
          String digests = entry.getValue().textValue();
          for (int i = 0; i < digests.length(); i += 1 + DIGEST_LENGTH) {
            seen.put(
                field(digests.substring(i, i + 1)),
                new Seen.Digest(digests.substring(i + 1, i + 1 + DIGEST_LENGTH)));
          }
        }
        case EMPTIES -> {
          for (char letter : entry.getValue().textValue().toCharArray()) {
            seen.put(field(String.valueOf(letter)), Seen.of(Value.EMPTY));
          }
        }
        default -> seen.put(field(entry.getKey()), Seen.fromJson(entry.getValue()));
      }
    }
    return seen;
  }

  /** Null for none. */
  static String ofUnanswered(List<UnansweredWrite> writes) {
    if (writes.isEmpty()) {
      return null;
    }
    return write(
        json -> {
          json.writeStartArray();
          for (UnansweredWrite unanswered : writes) {
            json.writeStartArray();
            json.writeString(unanswered.id());
            json.writeNumber(unanswered.bound());
            json.writeString(unanswered.onRevision());
            writeTime(json, unanswered.begun());
            json.writeStartObject();
            for (Map.Entry<String, Value> entry : unanswered.values().entrySet()) {
              json.writeFieldName(key(entry.getKey()));
              writeValue(json, entry.getValue());
            }
            json.writeEndObject();
            if (unanswered.arrived()) {
              json.writeBoolean(true);
            }
            json.writeEndArray();
          }
          json.writeEndArray();
        });
  }

  static List<UnansweredWrite> toUnanswered(String text) {
    if (text == null) {
      return List.of();
    }
    List<UnansweredWrite> writes = new ArrayList<>();
    for (JsonNode json : read(text)) {
      Map<String, Value> values = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : json.get(4).properties()) {
        values.put(field(entry.getKey()), Value.fromJson(entry.getValue()));
      }
      writes.add(
          new UnansweredWrite(
              json.get(0).textValue(),
              json.get(1).longValue(),
              json.get(2).textValue(),
              values,
              toTime(json.get(3)),
              json.path(5).asBoolean(false)));
    }
    return writes;
  }

  // Others

  static String ofValue(Value value) {
    return write(json -> writeValue(json, value));
  }

  static Value toValue(String text) {
    return Value.fromJson(read(text));
  }

  static String ofTexts(Collection<String> texts) {
    return write(
        json -> {
          json.writeStartArray();
          for (String text : texts) {
            json.writeString(text);
          }
          json.writeEndArray();
        });
  }

  static List<String> toTexts(String text) {
    List<String> texts = new ArrayList<>();
    read(text).forEach(item -> texts.add(item.textValue()));
    return texts;
  }

  static String ofCounters(Map<String, CycleReport.Counters> systems) {
    return write(
        json -> {
          json.writeStartObject();
          for (Map.Entry<String, CycleReport.Counters> entry : systems.entrySet()) {
            CycleReport.Counters counters = entry.getValue();
            json.writeArrayFieldStart(entry.getKey());
            json.writeNumber(counters.read());
            json.writeNumber(counters.changed());
            json.writeNumber(counters.sent());
            json.writeNumber(counters.held());
            json.writeNumber(counters.parked());
            json.writeNumber(counters.calls());
            json.writeString(counters.failure());
            json.writeEndArray();
          }
          json.writeEndObject();
        });
  }

  static Map<String, CycleReport.Counters> toCounters(String text) {
    Map<String, CycleReport.Counters> systems = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : read(text).properties()) {
      ArrayNode json = (ArrayNode) entry.getValue();
      systems.put(
          entry.getKey(),
          new CycleReport.Counters(
              json.get(0).longValue(),
              json.get(1).longValue(),
              json.get(2).longValue(),
              json.get(3).longValue(),
              json.get(4).longValue(),
              json.get(5).longValue(),
              json.get(6).textValue()));
    }
    return systems;
  }

  private static String key(String field) {
    String letter = LETTERS.get(field);
    return letter == null ? "=" + field : letter;
  }

  private static String field(String key) {
    if (key.startsWith("=")) {
      return key.substring(1);
    }
    String field = FIELDS.get(key);
    if (field == null) {
      throw new IllegalArgumentException(
          "The ledger holds a field that this version does not know: " + key);
    }
    return field;
  }

  private static void writeTime(JsonGenerator json, Instant time) throws IOException {
    if (time == null) {
      json.writeNull();
    } else {
      json.writeNumber(micros(time));
    }
  }

  private static Instant toTime(JsonNode json) {
    return json.isNull() ? null : instant(json.longValue());
  }

  private static void writeValue(JsonGenerator json, Value value) throws IOException {
    if (value instanceof Value.Text text) {
      json.writeString(text.text());
    } else {
      json.writeTree(value.toJson());
    }
  }

  private interface Body {
    void writeTo(JsonGenerator json) throws IOException;
  }

  private static String write(Body body) {
    StringWriter text = new StringWriter(256);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.setHighestNonEscapedChar(LAST_PLAIN_CHARACTER);
      body.writeTo(json);
      json.flush();
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException("A value cannot be written as JSON", e);
    }
  }

  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      e.clearLocation();
      throw new IllegalStateException("The ledger holds a text that is no JSON", e);
    }
  }

  /** One node class for one number, the same as normal forms use. */
  private static final class PlainNumbers extends JsonNodeFactory {
    @Override
    public NumericNode numberNode(int number) {
      return LongNode.valueOf(number);
    }

    @Override
    public ValueNode numberNode(BigInteger number) {
      return DecimalNode.valueOf(new BigDecimal(number));
    }

    @Override
    public ValueNode numberNode(BigDecimal number) {
      return DecimalNode.valueOf(number);
    }

    @Override
    public ObjectNode objectNode() {
      return new ObjectNode(JsonNodeFactory.instance);
    }

    @Override
    public ArrayNode arrayNode() {
      return new ArrayNode(JsonNodeFactory.instance);
    }
  }
}
