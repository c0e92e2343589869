package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Clock;
import java.time.LocalDate;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import truthforge.sync.sandbox.LiveEdit.Kind;
import truthforge.sync.sandbox.LiveEditor.Found;

/**
 * Edits as people make them, one at a time, each in a random system by that system's own means.
 *
 * <p>Emails and phone numbers that it gives are nobody else's. Not thread-safe; one for each
 * loading of samples.
 */
public final class LiveEdits {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** What people edit, each in every system. */
  static final List<String> FIELDS =
      List.of(
          "last_name",
          "nickname",
          "title",
          "job_title",
          "department",
          "organization",
          "relationship_category",
          "subcategory_code",
          "birthday",
          "notes",
          "linkedin_url",
          "is_business",
          "social_profiles");

  private static final Set<String> CLEARED =
      Set.of("nickname", "title", "department", "birthday", "notes", "linkedin_url");
  private static final double CLEARED_SHARE = 0.15;

  /** In percent. Deletions and restorations are few, so that the limits on them are not met. */
  private static final Map<Kind, Integer> SHARES =
      new EnumMap<>(
          Map.of(
              Kind.CHANGE_FIELD, 60,
              Kind.ADD_EMAIL, 10,
              Kind.ADD_PHONE, 10,
              Kind.ADD_PERSON, 12,
              Kind.DELETE, 4,
              Kind.RESTORE, 4));

  private final SampleMaker maker;
  private final Random random;
  private final Map<SampleSystem, LiveEditor> editors = new EnumMap<>(SampleSystem.class);
  private int nextNumber;

  /**
   * @param samples those that were loaded into the systems
   * @param clock by which people date what they must date themselves
   */
  public LiveEdits(SampleSystems systems, Samples samples, long seed, Clock clock) {
    maker = samples.maker();
    nextNumber = samples.size();
    random = new Random(SampleMaker.mix(seed, -4));
    editors.put(SampleSystem.BIGQUERY, new BigQueryEditor(systems, random));
    editors.put(SampleSystem.TWENTY, new TwentyEditor(systems, random));
    editors.put(SampleSystem.SUPABASE, new SupabaseEditor(systems, random, clock));
    editors.put(SampleSystem.LOCAL, new LocalEditor(systems, random));
  }

  /**
   * Makes one edit. Where there is nobody to be edited, somebody is added.
   *
   * @throws IllegalStateException when the system refuses it or is not reached; nothing was changed
   *     then, as far as the system tells
   */
  public LiveEdit next() {
    SampleSystem system = SampleSystem.values()[random.nextInt(editors.size())];
    int point = random.nextInt(100);
    for (Map.Entry<Kind, Integer> share : SHARES.entrySet()) {
      point -= share.getValue();
      if (point < 0) {
        LiveEdit edit = make(system, share.getKey());
        return edit != null ? edit : make(system, Kind.ADD_PERSON);
      }
    }
    throw new IllegalStateException("The shares of the kinds of edits do not add up to 100");
  }

  /**
   * @return null where there is no record that this can be done to
   */
  LiveEdit make(SampleSystem system, Kind kind) {
    return switch (kind) {
      case ADD_PERSON -> add(system);
      case CHANGE_FIELD -> change(system, SampleMaker.pick(random, FIELDS));
      case ADD_EMAIL -> append(system, kind, "emails");
      case ADD_PHONE -> append(system, kind, "phones");
      case DELETE -> delete(system, kind, true);
      case RESTORE -> delete(system, kind, false);
    };
  }

  /**
   * @return null where there is no record that this can be done to
   */
  LiveEdit change(SampleSystem system, String wanted) {
    LiveEditor editor = editors.get(system);
    Found found = editor.find(false);
    if (found == null) {
      return null;
    }
    String field = wanted;
    JsonNode after = newValue(editor, found.fields(), field);
    if (after == null) {
      field = "title";
      after = newValue(editor, found.fields(), field);
    }
    JsonNode before = current(found.fields(), field);
    boolean touched = editor.set(found, field, after);
    return new LiveEdit(
        system, Kind.CHANGE_FIELD, found.id(), found.person(), field, before, after, touched);
  }

  private LiveEdit append(SampleSystem system, Kind kind, String list) {
    LiveEditor editor = editors.get(system);
    Found found = editor.find(false);
    if (found == null) {
      return null;
    }
    int number = nextNumber++;
    String item =
        kind == Kind.ADD_EMAIL ? SampleMaker.email("new", number, 0) : maker.phone(number, 0);
    boolean touched = editor.append(found, list, item);
    return new LiveEdit(
        system,
        kind,
        found.id(),
        found.person(),
        list,
        NullNode.instance,
        TextNode.valueOf(item),
        touched);
  }

  private LiveEdit delete(SampleSystem system, Kind kind, boolean deleted) {
    LiveEditor editor = editors.get(system);
    Found found = editor.find(!deleted);
    if (found == null) {
      return null;
    }
    boolean touched = editor.delete(found, deleted);
    return new LiveEdit(
        system,
        kind,
        found.id(),
        found.person(),
        "deleted_at",
        BooleanNode.valueOf(!deleted),
        BooleanNode.valueOf(deleted),
        touched);
  }

  private LiveEdit add(SampleSystem system) {
    LiveEditor editor = editors.get(system);
    ObjectNode fields = maker.fields(nextNumber++);
    String organization = editor.organization(maker.firms());
    if (organization == null) {
      fields.remove("organization");
    } else if (fields.has("organization")) {
      fields.put("organization", organization);
    }
    String id = editor.add(fields);
    return new LiveEdit(
        system, Kind.ADD_PERSON, id, Found.person(fields), null, NullNode.instance, fields, true);
  }

  private static JsonNode current(ObjectNode fields, String field) {
    JsonNode value = fields.path(field);
    boolean empty =
        value.isMissingNode()
            || value.isTextual() && value.textValue().isEmpty()
            || value.isContainerNode() && value.isEmpty();
    return empty ? NullNode.instance : value;
  }

  /** Something else than it holds; null where nothing else can be thought of. */
  private JsonNode newValue(LiveEditor editor, ObjectNode fields, String field) {
    JsonNode current = current(fields, field);
    if (!current.isNull() && CLEARED.contains(field) && random.nextDouble() < CLEARED_SHARE) {
      return NullNode.instance;
    }
    int number = nextNumber++;
    return switch (field) {
      case "is_business" -> BooleanNode.valueOf(!current.asBoolean());
      case "notes" ->
          TextNode.valueOf(
              (current.isNull() ? "" : current.textValue() + "\n") + "Called, no. " + number);
      case "birthday" ->
          TextNode.valueOf(LocalDate.of(1940, 1, 1).plusDays(number % 25_000).toString());
      case "linkedin_url" -> TextNode.valueOf("https://www.linkedin.com/in/somebody" + number);
      case "social_profiles" -> {
        ObjectNode profiles =
            current instanceof ObjectNode object ? object.deepCopy() : JSON.objectNode();
        yield profiles.put("matrix", "@person" + number + ":example.org");
      }
      case "subcategory_code" -> {
        String category = fields.path("category_code").asText();
        yield category.isEmpty()
            ? null
            : other(current, () -> category.toUpperCase(Locale.ROOT) + digit());
      }
      case "organization" -> other(current, () -> editor.organization(maker.firms()));
      default -> other(current, () -> maker.text(field, number, random));
    };
  }

  private int digit() {
    return 1 + random.nextInt(9);
  }

  private static JsonNode other(JsonNode current, Supplier<String> source) {
    for (int tries = 0; tries < 100; tries++) {
      String text = source.get();
      if (text == null) {
        return null;
      }
      if (!text.equals(current.asText())) {
        return TextNode.valueOf(text);
      }
    }
    return null;
  }
}
