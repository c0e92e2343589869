package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One stored record; a change replaces it. Kept as bytes, so that a hundred thousand of them fit in
 * memory and a page is written without building a tree.
 */
final class Row {
  static final long LIVE = Long.MIN_VALUE;

  private final String id;
  private final long sequence;
  private final long created;
  private final long updated;
  private final long deleted;
  private final long touched;
  private final String[] keys;
  private final byte[] json;

  /**
   * @param sequence the place in the order of insertion; a change keeps it
   * @param created microseconds since 1970, as the next two
   * @param deleted {@link #LIVE} for a record that is not in the trash
   * @param touched when the last transaction wrote it, whatever {@code updated} was set to
   * @param keys the values of the object's indexed paths, null where empty
   * @param json as an answer shows it at depth 0
   */
  Row(
      String id,
      long sequence,
      long created,
      long updated,
      long deleted,
      long touched,
      String[] keys,
      byte[] json) {
    this.id = id;
    this.sequence = sequence;
    this.created = created;
    this.updated = updated;
    this.deleted = deleted;
    this.touched = touched;
    this.keys = keys;
    this.json = json;
  }

  String id() {
    return id;
  }

  long sequence() {
    return sequence;
  }

  long created() {
    return created;
  }

  long updated() {
    return updated;
  }

  boolean inTrash() {
    return deleted != LIVE;
  }

  long deleted() {
    return deleted;
  }

  long touched() {
    return touched;
  }

  String key(int index) {
    return keys[index];
  }

  byte[] json() {
    return json;
  }

  ObjectNode record() {
    return Json.parseObject(json);
  }
}
