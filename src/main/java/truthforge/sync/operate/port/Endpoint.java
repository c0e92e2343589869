package truthforge.sync.operate.port;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * One thing that the HTTP interface does.
 *
 * @param method GET, POST or DELETE
 * @param path with parameters in braces
 * @param name for clients that are made from the OpenAPI document
 * @param summary one line
 * @param query the query parameters that it takes
 * @param body the properties of its JSON body; empty where it takes none
 * @param work gives what is answered as JSON, null for nothing of that id; null where another class
 *     does the work
 */
record Endpoint(
    String method,
    String path,
    String name,
    String summary,
    List<Parameter> query,
    List<Parameter> body,
    Work work) {

  /**
   * @param type of JSON schema; empty for any
   */
  record Parameter(String name, String type, boolean required, String description) {}

  /** What a request asks. */
  interface Call {

    /** A parameter of the path. */
    String path(String name);

    /** A parameter of the query; null where it was not given. */
    String query(String name);

    /** The body; an empty object where there was none. */
    JsonNode body();
  }

  @FunctionalInterface
  interface Work {
    Object answer(Call call);
  }

  static Endpoint get(String path, String name, String summary, Work work) {
    return new Endpoint("GET", path, name, summary, List.of(), List.of(), work);
  }

  static Endpoint post(String path, String name, String summary, Work work) {
    return new Endpoint("POST", path, name, summary, List.of(), List.of(), work);
  }

  Endpoint taking(Parameter... parameters) {
    return new Endpoint(method, path, name, summary, List.of(parameters), body, work);
  }

  Endpoint with(Parameter... properties) {
    return new Endpoint(method, path, name, summary, query, List.of(properties), work);
  }
}
