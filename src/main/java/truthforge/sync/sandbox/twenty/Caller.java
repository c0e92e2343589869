package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Who makes a request.
 *
 * @param source API for a key, MANUAL for a person
 * @param name the name of the key, or of the person
 * @param workspaceMemberId null for a key
 * @param userId null for a key
 */
record Caller(String source, String name, String workspaceMemberId, String userId) {

  static Caller apiKey(String name) {
    return new Caller("API", name, null, null);
  }

  boolean person() {
    return workspaceMemberId != null;
  }

  /** As records show it in {@code createdBy} and {@code updatedBy}. */
  ObjectNode actor() {
    ObjectNode actor =
        Json.object().put("source", source).put("workspaceMemberId", workspaceMemberId);
    actor.put("name", name).putObject("context");
    return actor;
  }
}
