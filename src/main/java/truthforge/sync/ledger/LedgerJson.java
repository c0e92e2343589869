package truthforge.sync.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
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
import java.util.Objects;
import java.util.TreeMap;
import truthforge.sync.contact.ByField;
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
  private static final String[] ONE_LETTER = new String[128];

  /** Stored: a letter keeps its place. */
  private static final String ALL_LETTERS = "abcdefghijklmnopqrstuvwxyzABC";

  /** Letters are stored, as those of fields are. */
  private static final Map<String, String> SYSTEMS =
      Map.of("bigquery", "b", "twenty", "t", "supabase", "s", "local", "l");

  private static final Map<String, String> SYSTEM_LETTERS = new HashMap<>();

  static {
    LETTERS.forEach((field, letter) -> FIELDS.put(letter, field));
    SYSTEMS.forEach((system, letter) -> SYSTEM_LETTERS.put(letter, system));
    for (char letter = 0; letter < ONE_LETTER.length; letter++) {
      ONE_LETTER[letter] = String.valueOf(letter);
    }
  }

  private static final String STAMPS = "s";
  private static final String STATES = "f";
  private static final String SAME = "=";
  private static final String SAME_MEMBER = "\"=\":\"";
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

  // Systems

  /** A letter for each of the usual systems, other texts behind {@code =}. */
  static String ofSystem(String system) {
    String letter = SYSTEMS.get(system);
    return letter == null ? "=" + system : letter;
  }

  static String toSystem(String text) {
    if (text.startsWith("=")) {
      return text.substring(1);
    }
    String system = SYSTEM_LETTERS.get(text);
    if (system == null) {
      throw new IllegalStateException("The ledger holds a system that is unknown: " + text);
    }
    return system;
  }

  // Letters

  /**
   * A bit for each letter; 0 where there is none, one that is unknown, or they are not in order.
   */
  static int bits(String text, int from, int to) {
    int bits = 0;
    int last = -1;
    for (int i = from; i < to; i++) {
      int place = ALL_LETTERS.indexOf(text.charAt(i));
      if (place <= last) {
        return 0;
      }
      bits |= 1 << place;
      last = place;
    }
    return bits;
  }

  private static int bit(String letter) {
    return 1 << ALL_LETTERS.indexOf(letter.charAt(0));
  }

  static StringBuilder appendLetters(StringBuilder text, int bits) {
    for (int place = 0; place < ALL_LETTERS.length(); place++) {
      if ((bits & 1 << place) != 0) {
        text.append(ALL_LETTERS.charAt(place));
      }
    }
    return text;
  }

  private static String letters(int bits) {
    return appendLetters(new StringBuilder(ALL_LETTERS.length()), bits).toString();
  }

  // Contacts

  private record Stamp(long version, Instant at, String by) {}

  static String ofFields(Map<String, FieldState> fields) {
    List<FieldState> stamps = new ArrayList<>();
    fields
        .values()
        .forEach(
            state -> {
              if (place(state, stamps) < 0) {
                stamps.add(state);
              }
            });
    return write(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart(STAMPS);
          for (FieldState stamp : stamps) {
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
            json.writeNumber(place(state, stamps));
            writeValue(json, state.value());
            json.writeEndArray();
          }
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  /** Of the one that changed at the same version and time, by the same system; below 0 if none. */
  private static int place(FieldState state, List<FieldState> stamps) {
    for (int i = 0; i < stamps.size(); i++) {
      FieldState stamp = stamps.get(i);
      if (stamp.version() == state.version()
          && Objects.equals(stamp.at(), state.at())
          && Objects.equals(stamp.by(), state.by())) {
        return i;
      }
    }
    return -1;
  }

  static Map<String, FieldState> toFields(String text) {
    return parse(
        text,
        json -> {
          List<Stamp> stamps = new ArrayList<>();
          ByField.Builder<FieldState> fields = ByField.builder(FIELDS.size());
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean areStamps = json.currentName().equals(STAMPS);
            json.nextToken();
            if (areStamps) {
              while (json.nextToken() == JsonToken.START_ARRAY) {
                json.nextToken();
                long version = json.getLongValue();
                Instant at = json.nextToken() == JsonToken.VALUE_NULL ? null : time(json);
                stamps.add(new Stamp(version, at, json.nextTextValue()));
                json.nextToken();
              }
            } else {
              while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = field(json.currentName());
                json.nextToken();
                Stamp stamp = stamps.get(json.nextIntValue(0));
                json.nextToken();
                fields.put(
                    field, new FieldState(value(json), stamp.version(), stamp.at(), stamp.by()));
                json.nextToken();
              }
            }
          }
          return fields.build();
        });
  }

  // Replicas

  /**
   * @param contact the fields of the contact as stored: what is seen in a system and is the very
   *     value of the contact is not stored again
   */
  static String ofSeen(Map<String, Seen> seen, Map<String, FieldState> contact) {
    if (seen instanceof StoredSeen stored) {
      String text = stored.textBeside(contact);
      if (text != null) {
        return text;
      }
    }
    int same = 0;
    int empties = 0;
    StringBuilder digests = new StringBuilder();
    Map<String, Seen> others = new LinkedHashMap<>();
    for (Map.Entry<String, Seen> entry : seen.entrySet()) {
      String letter = LETTERS.get(entry.getKey());
      Seen what = entry.getValue();
      if (letter == null) {
        others.put(key(entry.getKey()), what);
      } else if (what instanceof Seen.Whole whole && whole.value().isEmpty()) {
        empties |= bit(letter);
      } else if (isOf(contact.get(entry.getKey()), what)) {
        same |= bit(letter);
      } else if (what instanceof Seen.Digest digest && digest.base64().length() == DIGEST_LENGTH) {
        digests.append(letter).append(digest.base64());
      } else {
        others.put(letter, what);
      }
    }
    StringBuilder text = new StringBuilder(64);
    text.append('{');
    member(text, SAME, letters(same));
    member(text, EMPTIES, letters(empties));
    member(text, DIGESTS, digests);
    if (others.isEmpty()) {
      return text.append('}').toString();
    }
    String more =
        write(
            json -> {
              json.writeStartObject();
              for (Map.Entry<String, Seen> entry : others.entrySet()) {
                json.writeFieldName(entry.getKey());
                json.writeTree(entry.getValue().toJson());
              }
              json.writeEndObject();
            });
    return text.append(text.length() > 1 ? "," : "").append(more, 1, more.length()).toString();
  }

  private static boolean isOf(FieldState state, Seen what) {
    return state != null && what.matches(state.value());
  }

  /** Of letters, digits and signs that JSON writes as they are. */
  private static void member(StringBuilder text, String name, CharSequence value) {
    if (value.length() > 0) {
      text.append(text.length() > 1 ? "," : "");
      text.append('"').append(name).append("\":\"").append(value).append('"');
    }
  }

  /** Whether the text leans on this field of the contact. */
  static boolean leansOn(String seen, String field) {
    String letter = LETTERS.get(field);
    int from = seen.indexOf(SAME_MEMBER);
    if (letter == null || from != 1) {
      return false;
    }
    int at = seen.indexOf(letter, from + SAME_MEMBER.length());
    return at > 0 && at < seen.indexOf('"', from + SAME_MEMBER.length());
  }

  /**
   * @param contact the fields of the contact that were stored beside it
   */
  static Map<String, Seen> toSeen(String text, Map<String, FieldState> contact) {
    return parse(
        text,
        json -> {
          ByField.Builder<Seen> seen = ByField.builder(FIELDS.size());
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
              case SAME -> {
                String letters = json.getText();
                for (int i = 0; i < letters.length(); i++) {
                  String field = field(letters.charAt(i));
                  seen.put(field, Seen.of(contact.get(field).value()));
                }
              }
              case DIGESTS -> {
                String digests = json.getText();
                for (int i = 0; i < digests.length(); i += 1 + DIGEST_LENGTH) {
                  seen.put(
                      field(digests.charAt(i)),
                      new Seen.Digest(digests.substring(i + 1, i + 1 + DIGEST_LENGTH)));
                }
              }
              case EMPTIES -> {
                String letters = json.getText();
                for (int i = 0; i < letters.length(); i++) {
                  seen.put(field(letters.charAt(i)), Seen.of(Value.EMPTY));
                }
              }
              default -> seen.put(field(name), seen(json));
            }
          }
          return seen.build();
        });
  }

  /** A text is a digest here, whatever it looks like. */
  private static Seen seen(JsonParser json) throws IOException {
    return json.currentToken() == JsonToken.VALUE_STRING
        ? new Seen.Digest(json.getText())
        : Seen.of(value(json));
  }

  // History

  /** What a contact was created with; what it still holds is not stored again. */
  static String ofCreation(Map<String, Value> values, Map<String, FieldState> contact) {
    int same = 0;
    Map<String, Value> others = new LinkedHashMap<>();
    for (Map.Entry<String, Value> entry : values.entrySet()) {
      FieldState state = contact.get(entry.getKey());
      String letter = LETTERS.get(entry.getKey());
      if (letter != null && state != null && state.value().equals(entry.getValue())) {
        same |= bit(letter);
      } else {
        others.put(key(entry.getKey()), entry.getValue());
      }
    }
    String letters = letters(same);
    if (others.isEmpty()) {
      StringBuilder text = new StringBuilder("{");
      member(text, SAME, letters);
      return text.append('}').toString();
    }
    return write(
        json -> {
          json.writeStartObject();
          if (!letters.isEmpty()) {
            json.writeStringField(SAME, letters);
          }
          for (Map.Entry<String, Value> entry : others.entrySet()) {
            json.writeFieldName(entry.getKey());
            writeValue(json, entry.getValue());
          }
          json.writeEndObject();
        });
  }

  /** In an order that stays as it is when the contact changes. */
  static Map<String, Value> toCreation(String text, Map<String, FieldState> contact) {
    return parse(
        text,
        json -> {
          Map<String, Value> values = new TreeMap<>();
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            if (name.equals(SAME)) {
              String letters = json.getText();
              for (int i = 0; i < letters.length(); i++) {
                String field = field(letters.charAt(i));
                values.put(field, contact.get(field).value());
              }
            } else {
              values.put(field(name), value(json));
            }
          }
          return values;
        });
  }

  // Writes

  /**
   * Null for none.
   *
   * @param contact the fields of the contact as stored: a value that is its very own is not stored
   *     again
   */
  static String ofUnanswered(List<UnansweredWrite> writes, Map<String, FieldState> contact) {
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
            writeValues(json, unanswered.values(), contact);
            if (unanswered.arrived() || unanswered.ofAnother()) {
              json.writeBoolean(unanswered.arrived());
            }
            if (unanswered.ofAnother()) {
              json.writeBoolean(true);
            }
            json.writeEndArray();
          }
          json.writeEndArray();
        });
  }

  private static void writeValues(
      JsonGenerator json, Map<String, Value> values, Map<String, FieldState> contact)
      throws IOException {
    StringBuilder same = new StringBuilder();
    json.writeStartObject();
    for (Map.Entry<String, Value> entry : values.entrySet()) {
      String letter = LETTERS.get(entry.getKey());
      FieldState state = contact.get(entry.getKey());
      if (letter != null && state != null && state.value().equals(entry.getValue())) {
        same.append(letter);
      } else {
        json.writeFieldName(key(entry.getKey()));
        writeValue(json, entry.getValue());
      }
    }
    if (same.length() > 0) {
      json.writeStringField(SAME, same.toString());
    }
    json.writeEndObject();
  }

  /**
   * @param contact the fields of the contact that were stored beside it
   */
  static List<UnansweredWrite> toUnanswered(String text, Map<String, FieldState> contact) {
    if (text == null) {
      return List.of();
    }
    List<UnansweredWrite> writes = new ArrayList<>();
    for (JsonNode json : read(text)) {
      Map<String, Value> values = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : json.get(4).properties()) {
        if (entry.getKey().equals(SAME)) {
          String letters = entry.getValue().textValue();
          for (int i = 0; i < letters.length(); i++) {
            String field = field(letters.charAt(i));
            values.put(field, contact.get(field).value());
          }
        } else {
          values.put(field(entry.getKey()), Value.fromJson(entry.getValue()));
        }
      }
      writes.add(
          new UnansweredWrite(
              json.get(0).textValue(),
              json.get(1).longValue(),
              json.get(2).textValue(),
              values,
              toTime(json.get(3)),
              json.path(5).asBoolean(false),
              json.path(6).asBoolean(false)));
    }
    return writes;
  }

  // Others

  static String ofValue(Value value) {
    return write(json -> writeValue(json, value));
  }

  static Value toValue(String text) {
    return parse(text, LedgerJson::value);
  }

  /** What stands at the token, which was written from a normal form and is one still. */
  private static Value value(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case VALUE_NULL -> Value.EMPTY;
      case VALUE_STRING -> Value.ofText(json.getText());
      case VALUE_TRUE -> new Value.Flag(true);
      case VALUE_FALSE -> new Value.Flag(false);
      case START_ARRAY -> {
        List<String> items = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          items.add(json.getText());
        }
        yield Value.ofItems(items);
      }
      case START_OBJECT -> Value.ofDocument(json.<ObjectNode>readValueAsTree());
      default ->
          throw new IllegalStateException(
              "The ledger holds a value of type " + json.currentToken());
    };
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

  private static String field(char letter) {
    return field(letter < ONE_LETTER.length ? ONE_LETTER[letter] : String.valueOf(letter));
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
    } else if (value instanceof Value.Flag flag) {
      json.writeBoolean(flag.on());
    } else if (value instanceof Value.Items items) {
      json.writeStartArray();
      for (String item : items.items()) {
        json.writeString(item);
      }
      json.writeEndArray();
    } else if (value.isEmpty()) {
      json.writeNull();
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

  private interface Reader<T> {
    /** Begins at the first token, of which only an object's is passed. */
    T read(JsonParser json) throws IOException;
  }

  private static <T> T parse(String text, Reader<T> reader) {
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      return reader.read(json);
    } catch (JsonProcessingException e) {
      e.clearLocation();
      throw new IllegalStateException("The ledger holds a text that is no JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException("A text in memory cannot be read", e);
    }
  }

  private static Instant time(JsonParser json) throws IOException {
    return instant(json.getLongValue());
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
