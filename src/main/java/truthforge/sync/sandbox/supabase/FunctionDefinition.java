package truthforge.sync.sandbox.supabase;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A function that is called at {@code /rpc/NAME}, written in Java. */
final class FunctionDefinition {

  record Parameter(String name, SqlType type, boolean optional, Object byDefault) {}

  /** What the call gives back. */
  sealed interface Returns {}

  record Scalar(SqlType type) implements Returns {}

  /** A set of single values, shown as one JSON array. */
  record SetOf(SqlType type) implements Returns {}

  /** Rows, of which the caller may select columns. */
  record Rows(Relation relation) implements Returns {}

  record Nothing() implements Returns {}

  /** What of the database the function may touch while it runs. */
  enum Access {
    NONE,
    READ,
    WRITE
  }

  /** The running call. */
  interface Call {

    /** Null where the argument is null. */
    Object argument(String name);

    Database database();

    /** Null unless the function writes. */
    Transaction transaction();

    /** Waits so long, or fails as a statement does that exceeds the role's time. */
    void sleep(Duration time);
  }

  interface Body {
    /** A value, a list of values, or a list of rows, as the function is declared to return. */
    Object run(Call call);
  }

  private final String name;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Returns returns;
  private final Access access;
  private final Body body;
  private Set<String> roles = Set.of("anon", "authenticated", "service_role");

  FunctionDefinition(String name, Returns returns, Access access, Body body) {
    this.name = name;
    this.returns = returns;
    this.access = access;
    this.body = body;
  }

  FunctionDefinition parameter(String parameter, SqlType type) {
    parameters.add(new Parameter(parameter, type, false, null));
    return this;
  }

  FunctionDefinition optional(String parameter, SqlType type, Object byDefault) {
    parameters.add(new Parameter(parameter, type, true, byDefault));
    return this;
  }

  FunctionDefinition onlyFor(String... allowed) {
    roles = Set.of(allowed);
    return this;
  }

  String name() {
    return name;
  }

  List<Parameter> parameters() {
    return parameters;
  }

  Returns returns() {
    return returns;
  }

  Access access() {
    return access;
  }

  Body body() {
    return body;
  }

  boolean permits(String role) {
    return roles.contains(role);
  }

  /** Whether a call with arguments of these names means this function. */
  boolean takes(Set<String> names) {
    for (Parameter parameter : parameters) {
      if (!parameter.optional() && !names.contains(parameter.name())) {
        return false;
      }
    }
    return parameters.stream().map(Parameter::name).toList().containsAll(names);
  }
}
