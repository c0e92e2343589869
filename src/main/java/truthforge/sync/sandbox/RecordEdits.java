package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import truthforge.sync.sandbox.LiveEditor.Found;

/** Edits that somebody asks for: a field of a record, in the system and by its own means. */
public final class RecordEdits {

  /** What can be edited so, in every system. */
  public static final List<String> FIELDS =
      List.of(
          "last_name",
          "nickname",
          "title",
          "job_title",
          "department",
          "relationship_category",
          "notes",
          "birthday",
          "linkedin_url");

  private final Map<SampleSystem, LiveEditor> editors = new EnumMap<>(SampleSystem.class);

  /**
   * @param clock by which people date what they must date themselves
   */
  public RecordEdits(SampleSystems systems, Clock clock) {
    Random random = new Random(0);
    editors.put(SampleSystem.BIGQUERY, new BigQueryEditor(systems, random, 0));
    editors.put(SampleSystem.TWENTY, new TwentyEditor(systems, random));
    editors.put(SampleSystem.SUPABASE, new SupabaseEditor(systems, random, clock));
    editors.put(SampleSystem.LOCAL, new LocalEditor(systems, random));
  }

  /**
   * @param id of the record in that system
   * @param value JSON null clears the field
   * @throws IllegalArgumentException when the field is none of {@link #FIELDS}
   * @throws IllegalStateException when the system refuses it
   */
  public void edit(SampleSystem system, String id, String field, JsonNode value) {
    if (!FIELDS.contains(field)) {
      throw new IllegalArgumentException("The field " + field + " is not edited here");
    }
    ObjectNode nothing = JsonNodeFactory.instance.objectNode();
    editors.get(system).set(new Found(id, nothing, nothing), field, value);
  }
}
