package truthforge.sync.systems;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import truthforge.sync.ledger.Cursor;

/**
 * One walk through a source, page by page. Where it stands is kept as JSON, in the words of the
 * adapter, so that it goes on after a restart.
 *
 * @param position where the next walk starts once this one has ended; null until the source's own
 *     clock has been read
 * @param token where this walk goes on; null at its first page
 */
public record Walk(String system, ObjectNode position, ObjectNode token) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The walk that the cursor left, or a new one from where the last one ended. */
  public static Walk from(Cursor cursor) {
    if (cursor.walk() != null) {
      ObjectNode walk = parse(cursor.walk());
      return new Walk(
          cursor.system(),
          walk.get("position") instanceof ObjectNode position ? position : null,
          walk.get("token") instanceof ObjectNode token ? token : null);
    }
    return new Walk(cursor.system(), null, null);
  }

  /** What the last complete walk left in the cursor; null before the first. */
  public static ObjectNode lastPosition(Cursor cursor) {
    return cursor.position() == null ? null : parse(cursor.position());
  }

  public Walk at(ObjectNode newPosition, ObjectNode newToken) {
    return new Walk(system, newPosition, newToken);
  }

  /** The cursor while the walk goes on. */
  public Cursor underWay(Cursor before, Instant now) {
    ObjectNode walk = JSON.createObjectNode();
    walk.set("position", position);
    walk.set("token", token);
    return new Cursor(system, before.position(), walk.toString(), now);
  }

  /** The cursor once the walk has ended. */
  public Cursor ended(Instant now) {
    return new Cursor(system, position.toString(), null, now);
  }

  public static ObjectNode json() {
    return JSON.createObjectNode();
  }

  private static ObjectNode parse(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      return (ObjectNode) json;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A cursor in the ledger is no JSON", e);
    }
  }
}
