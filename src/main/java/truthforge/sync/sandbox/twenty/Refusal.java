package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.node.ObjectNode;
import truthforge.sync.sandbox.StandInAnswer;

/** A request that Twenty answers with an error; nothing of it has been applied. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient StandInAnswer answer;

  private Refusal(StandInAnswer answer) {
    super("refused with " + answer.status(), null, false, false);
    this.answer = answer;
  }

  StandInAnswer answer() {
    return answer;
  }

  /** The shape of most refusals: {@code BadRequestException} and one message. */
  static Refusal badRequest(String message) {
    return of(400, "BadRequestException", message, null);
  }

  /** A 400 that carries a code, such as {@code INVALID_URL}. */
  static Refusal coded(String code, String message) {
    return of(400, "Error", message, code);
  }

  static Refusal notFound() {
    return of(404, "NotFoundException", "Record not found", null);
  }

  static Refusal duplicate() {
    return badRequest("A duplicate entry was detected");
  }

  static Refusal unknownField(ObjectType object, String field) {
    return badRequest(
        "Object " + object.nameSingular() + " doesn't have any \"" + field + "\" field.");
  }

  /**
   * @param code null where the answer has none
   */
  static Refusal of(int status, String error, String message, String code) {
    ObjectNode body = Json.object().put("statusCode", status).put("error", error);
    body.putArray("messages").add(message);
    if (code != null) {
      body.put("code", code);
    }
    return new Refusal(StandInAnswer.json(status, body.toString()));
  }

  static Refusal with(int status, ObjectNode body) {
    return new Refusal(StandInAnswer.json(status, body.toString()));
  }
}
