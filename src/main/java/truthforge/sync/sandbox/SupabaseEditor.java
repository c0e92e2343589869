package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Random;
import java.util.UUID;

/** A person in Supabase's table editor, which moves {@code updated_at} by the table's trigger. */
final class SupabaseEditor implements LiveEditor {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final SampleSystems systems;
  private final SampleHttp http;
  private final Random random;
  private final Clock clock;

  SupabaseEditor(SampleSystems systems, Random random, Clock clock) {
    this.clock = clock;
    this.systems = systems;
    this.random = random;
    http = new SampleHttp(systems.supabase().url(), "apikey", systems.supabase().secretKey());
  }

  @Override
  public Found find(boolean deleted) {
    Found found = from(new UUID(random.nextLong(), random.nextLong()), deleted);
    return found != null ? found : from(new UUID(0, 0), deleted);
  }

  private Found from(UUID id, boolean deleted) {
    JsonNode rows =
        http.call(
            "GET",
            "/rest/v1/"
                + SampleSystems.TABLE
                + "?order=id.asc&limit=1&id=gte."
                + id
                + "&deleted_at="
                + (deleted ? "not.is.null" : "is.null"),
            null);
    return rows.path(0) instanceof ObjectNode row
        ? new Found(row.get("id").textValue(), row, row)
        : null;
  }

  @Override
  public boolean set(Found found, String field, JsonNode value) {
    ObjectNode set = JSON.objectNode();
    set.set(field, value);
    if (systems.supabase().row(SampleSystems.TABLE, found.id()) == null) {
      throw new IllegalStateException("A live edit met a row that is gone");
    }
    systems.supabase().update(SampleSystems.TABLE, found.id(), set);
    return true;
  }

  @Override
  public boolean append(Found found, String list, String item) {
    ArrayNode items =
        found.record().get(list) instanceof ArrayNode present
            ? present.deepCopy()
            : JSON.arrayNode();
    return set(found, list, items.add(item));
  }

  @Override
  public boolean delete(Found found, boolean deleted) {
    return set(
        found, "deleted_at", deleted ? JSON.textNode(clock.instant().toString()) : JSON.nullNode());
  }

  @Override
  public String organization(SampleFirms firms) {
    return firms.pick(random);
  }

  @Override
  public String add(ObjectNode fields) {
    ObjectNode row = fields.deepCopy();
    row.put(
        "id",
        new UUID(random.nextLong() & ~0xF000L | 0x4000L, random.nextLong() & ~(3L << 62) | 1L << 63)
            .toString());
    return systems.supabase().insert(SampleSystems.TABLE, row).get("id").textValue();
  }
}
