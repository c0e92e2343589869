package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What happened to one record.
 *
 * @param action created, updated, deleted, restored or destroyed
 * @param before null for a creation
 * @param after the record as it is now; as it last was, for one that is destroyed
 * @param updatedFields the fields that changed, without {@code updatedAt}; empty for a creation and
 *     for a destruction
 * @param micros when, in microseconds since 1970
 */
record Event(
    ObjectType object,
    String action,
    ObjectNode before,
    ObjectNode after,
    List<String> updatedFields,
    Caller caller,
    long micros) {

  String name() {
    return object.nameSingular() + "." + action;
  }
}
