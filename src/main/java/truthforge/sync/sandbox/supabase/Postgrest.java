package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Access;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Parameter;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;
import truthforge.sync.sandbox.supabase.TableDefinition.Privilege;

/** PostgREST 14's answers, over a {@link Database}. */
final class Postgrest {

  private static final String OBJECT = "application/vnd.pgrst.object+json";

  private final Database database;
  private final long maxRows;
  private final Duration statementTimeout;

  Postgrest(Database database, long maxRows, Duration statementTimeout) {
    this.database = database;
    this.maxRows = maxRows;
    this.statementTimeout = statementTimeout;
  }

  /**
   * @param path from the first slash after the gateway's prefix, percent-encoded
   */
  StandInAnswer answer(Session session, StandInRequest request, String path) {
    Preferences preferences = Preferences.of(request.headers());
    String profile = request.header(reads(request) ? "Accept-Profile" : "Content-Profile");
    if (profile != null && !profile.equals("public")) {
      throw PgException.postgrest(
          406,
          "PGRST106",
          "Invalid schema: " + profile,
          null,
          "Only the following schemas are exposed: public");
    }
    String name = URLDecoder.decode(path.substring(1), StandardCharsets.UTF_8);
    if (name.startsWith("rpc/")) {
      return call(session, request, preferences, name.substring(4));
    }
    if (name.isEmpty()) {
      return OpenApi.answer(database, session);
    }
    Table table = database.tables().get(name);
    if (table == null) {
      throw PgException.postgrest(
          404,
          "PGRST205",
          "Could not find the table 'public." + name + "' in the schema cache",
          null,
          Similar.to(name, database.tables().keySet())
              .map(near -> "Perhaps you meant the table 'public." + near + "'")
              .orElse(null));
    }
    return switch (request.method()) {
      case "GET", "HEAD" -> read(session, request, preferences, table);
      case "POST" -> insert(session, request, preferences, table);
      case "PATCH" -> update(session, request, preferences, table);
      case "DELETE" -> delete(session, request, preferences, table);
      default ->
          throw PgException.postgrest(
              405, "PGRST117", "Unsupported HTTP method: " + request.method(), null, null);
    };
  }

  private static boolean reads(StandInRequest request) {
    return request.method().equals("GET") || request.method().equals("HEAD");
  }

  private StandInAnswer read(
      Session session, StandInRequest request, Preferences preferences, Table table) {
    Relation relation = Relation.of(table.definition());
    Query query = ranged(request, Query.parse(request.query(), relation, Set.of()));
    permit(session, table, Privilege.SELECT);
    Planner.Found found =
        database.read(
            () ->
                table.definition().showsRowsTo(session.role())
                    ? Planner.page(table, query, limit(query), preferences.count() != null)
                    : new Planner.Found(List.of(), preferences.count() != null ? 0 : -1, 0));
    return page(request, preferences, query, found, true);
  }

  private Query ranged(StandInRequest request, Query query) {
    String range = request.header("Range");
    if (range == null || query.limit() != null || query.offset() != 0 || !reads(request)) {
      return query;
    }
    String[] ends = range.replaceFirst("^items=", "").split("-", -1);
    long from = Long.parseLong(ends[0]);
    Long limit = ends.length < 2 || ends[1].isEmpty() ? null : Long.parseLong(ends[1]) - from + 1;
    return new Query(
        query.select(), query.filter(), query.conditions(), query.order(), limit, from);
  }

  private long limit(Query query) {
    return query.limit() == null ? maxRows : Math.min(maxRows, query.limit());
  }

  private StandInAnswer page(
      StandInRequest request,
      Preferences preferences,
      Query query,
      Planner.Found found,
      boolean located) {
    int count = found.rows().size();
    String total = found.total() < 0 ? "*" : Long.toString(found.total());
    if (found.total() >= 0 && query.offset() > found.total()) {
      PgException unsatisfiable =
          PgException.postgrest(
              416,
              "PGRST103",
              "Requested range not satisfiable",
              "An offset of "
                  + query.offset()
                  + " was requested, but there are only "
                  + found.total()
                  + " rows.",
              null);
      return withLocation(
          request,
          located,
          applied(preferences.applied(false, false), json(416, unsatisfiable.body()))
              .with("Content-Range", "*/" + total));
    }
    int status = found.total() >= 0 && count > 0 && count < found.total() ? 206 : 200;
    String range = count == 0 ? "*" : query.offset() + "-" + (query.offset() + count - 1);
    StandInAnswer answer =
        applied(
                preferences.applied(false, false),
                rows(request, status, found.rows(), query.select()))
            .with("Content-Range", range + "/" + total);
    return withLocation(request, located, answer);
  }

  private static StandInAnswer withLocation(
      StandInRequest request, boolean located, StandInAnswer answer) {
    if (!located) {
      return answer;
    }
    List<String> parts = new ArrayList<>();
    new TreeMap<>(request.query())
        .forEach((name, values) -> values.forEach(v -> parts.add(encode(name) + "=" + encode(v))));
    String path = request.path().replaceFirst("^/rest/v1", "");
    return answer.with(
        "Content-Location", parts.isEmpty() ? path : path + "?" + String.join("&", parts));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private StandInAnswer insert(
      Session session, StandInRequest request, Preferences preferences, Table table) {
    JsonNode body = PgJson.parse(request.bodyText());
    if (body == null || !body.isContainerNode()) {
      throw PgException.postgrest(400, "PGRST102", "Empty or invalid json", null, null);
    }
    List<JsonNode> objects = new ArrayList<>();
    if (body.isArray()) {
      body.forEach(objects::add);
    } else {
      objects.add(body);
    }
    String named = request.query("columns");
    Set<String> columns = named == null ? sameKeys(objects) : split(named);
    List<Integer> positions = positions(table, columns);
    Relation relation = Relation.of(table.definition());
    Query query = Query.parse(Map.of("select", selected(request)), relation, Set.of());
    Table.UniqueIndex conflict = conflictTarget(request, preferences, table);
    permit(session, table, Privilege.INSERT);
    if (!objects.isEmpty() && !table.definition().takesRowsFrom(session.role())) {
      throw PgException.sql(
          "42501",
          "new row violates row-level security policy for table \""
              + table.definition().name()
              + "\"");
    }
    Upsert upsert =
        new Upsert(
            table,
            List.copyOf(columns),
            positions,
            conflict,
            "merge-duplicates".equals(preferences.resolution()),
            "default".equals(preferences.missing()));
    Upsert.Result result =
        database.write(
            session.origin(),
            transaction -> {
              Upsert.Result done = upsert.apply(transaction, objects);
              refuseOtherThanOne(request, done.rows().size());
              return done;
            });
    int status =
        result.inserted() == 0 && "merge-duplicates".equals(preferences.resolution()) ? 200 : 201;
    StandInAnswer answer;
    if (preferences.representation()) {
      answer = rows(request, status, result.rows(), query.select());
    } else {
      answer = StandInAnswer.empty(status);
      if ("headers-only".equals(preferences.returns()) && result.rows().size() == 1) {
        Column key = table.definition().columns().get(0);
        String value = key.type().text(result.rows().get(0).at(0));
        answer =
            answer.with(
                "Location",
                "/" + table.definition().name() + "?" + key.name() + "=eq." + encode(value));
      }
    }
    return applied(preferences.applied(true, true), answer)
        .with("Content-Range", "*/" + counted(preferences, result.rows()));
  }

  private static Set<String> sameKeys(List<JsonNode> objects) {
    Set<String> keys = null;
    for (JsonNode object : objects) {
      Set<String> own = new LinkedHashSet<>();
      object.fieldNames().forEachRemaining(own::add);
      if (keys != null && !keys.equals(own)) {
        throw PgException.postgrest(400, "PGRST102", "All object keys must match", null, null);
      }
      keys = own;
    }
    return keys == null ? Set.of() : keys;
  }

  private static Set<String> split(String names) {
    Set<String> split = new LinkedHashSet<>();
    for (String name : names.split(",")) {
      split.add(name.trim().replaceAll("^\"|\"$", ""));
    }
    return split;
  }

  private static List<Integer> positions(Table table, Collection<String> columns) {
    List<Integer> positions = new ArrayList<>();
    for (String column : columns) {
      int position = table.definition().position(column);
      if (position < 0 || !table.definition().columns().get(position).cached()) {
        throw PgException.postgrest(
            400,
            "PGRST204",
            "Could not find the '"
                + column
                + "' column of '"
                + table.definition().name()
                + "' in the schema cache",
            null,
            null);
      }
      positions.add(position);
    }
    return positions;
  }

  private static Table.UniqueIndex conflictTarget(
      StandInRequest request, Preferences preferences, Table table) {
    if (preferences.resolution() == null) {
      return null;
    }
    String named = request.query("on_conflict");
    List<Integer> columns = new ArrayList<>();
    if (named == null) {
      columns.add(0);
    } else {
      for (String column : split(named)) {
        int position = table.definition().position(column);
        if (position < 0) {
          throw PgException.sql("42703", "column \"" + column + "\" does not exist");
        }
        columns.add(position);
      }
    }
    Table.UniqueIndex index = table.uniqueOn(columns);
    if (index == null) {
      throw PgException.sql(
          "42P10",
          "there is no unique or exclusion constraint matching the ON CONFLICT specification");
    }
    return index;
  }

  private StandInAnswer update(
      Session session, StandInRequest request, Preferences preferences, Table table) {
    JsonNode body = PgJson.parse(request.bodyText());
    if (body == null || !body.isObject()) {
      throw PgException.postgrest(400, "PGRST102", "Empty or invalid json", null, null);
    }
    String named = request.query("columns");
    Set<String> columns = named == null ? sameKeys(List.of(body)) : split(named);
    List<Integer> positions = positions(table, columns);
    Query query = Query.parse(request.query(), Relation.of(table.definition()), Set.of());
    permit(session, table, Privilege.UPDATE);
    refuseWithoutConditions(query, "UPDATE");
    Map<Integer, Object> set = new LinkedHashMap<>();
    int i = 0;
    for (String column : columns) {
      int position = positions.get(i++);
      set.put(
          position, table.definition().columns().get(position).type().fromJson(body.get(column)));
    }
    List<Row> updated =
        database.write(
            session.origin(),
            transaction -> {
              List<Row> rows = new ArrayList<>();
              if (!set.isEmpty() && table.definition().takesRowsFrom(session.role())) {
                for (Row row : Planner.matching(table, query.filter())) {
                  rows.add(transaction.update(table, row, set));
                }
              }
              preferences.refuseMore(rows.size());
              refuseOtherThanOne(request, rows.size());
              return rows;
            });
    String range = updated.isEmpty() ? "*" : "0-" + (updated.size() - 1);
    return changed(request, preferences, query, updated)
        .with("Content-Range", range + "/" + counted(preferences, updated));
  }

  private StandInAnswer delete(
      Session session, StandInRequest request, Preferences preferences, Table table) {
    Query query = Query.parse(request.query(), Relation.of(table.definition()), Set.of());
    permit(session, table, Privilege.DELETE);
    refuseWithoutConditions(query, "DELETE");
    List<Row> deleted =
        database.write(
            session.origin(),
            transaction -> {
              List<Row> rows =
                  table.definition().takesRowsFrom(session.role())
                      ? Planner.matching(table, query.filter())
                      : List.of();
              rows.forEach(row -> transaction.delete(table, row));
              preferences.refuseMore(rows.size());
              refuseOtherThanOne(request, rows.size());
              return rows;
            });
    return changed(request, preferences, query, deleted)
        .with("Content-Range", "*/" + counted(preferences, deleted));
  }

  private static StandInAnswer changed(
      StandInRequest request, Preferences preferences, Query query, List<Row> rows) {
    StandInAnswer answer =
        preferences.representation()
            ? rows(request, 200, rows, query.select())
            : StandInAnswer.empty(204);
    return applied(preferences.applied(true, false), answer);
  }

  /** The extension safeupdate, which Supabase turns on for the API. */
  private static void refuseWithoutConditions(Query query, String statement) {
    if (!query.conditions()) {
      throw PgException.sql("21000", statement + " requires a WHERE clause");
    }
  }

  private static String counted(Preferences preferences, List<Row> rows) {
    return preferences.count() == null ? "*" : Integer.toString(rows.size());
  }

  private static List<String> selected(StandInRequest request) {
    List<String> values = request.query().get("select");
    return values == null ? List.of("*") : values;
  }

  private static void permit(Session session, Table table, Privilege privilege) {
    if (!table.definition().permits(session.role(), privilege)) {
      throw PgException.sql("42501", "permission denied for table " + table.definition().name());
    }
  }

  private StandInAnswer call(
      Session session, StandInRequest request, Preferences preferences, String name) {
    boolean get = reads(request);
    FunctionDefinition function = database.functions().get(name);
    Map<String, JsonNode> body = new LinkedHashMap<>();
    Set<String> names = new LinkedHashSet<>();
    if (get) {
      names.addAll(request.query().keySet());
      names.removeAll(Set.of("select", "order", "limit", "offset"));
      if (function != null) {
        names.removeIf(n -> function.parameters().stream().noneMatch(p -> p.name().equals(n)));
      }
    } else {
      JsonNode json =
          request.body().length == 0 ? PgJson.parse("{}") : PgJson.parse(request.bodyText());
      if (json == null || !json.isObject()) {
        throw PgException.postgrest(400, "PGRST102", "Empty or invalid json", null, null);
      }
      json.properties().forEach(entry -> body.put(entry.getKey(), entry.getValue()));
      names.addAll(body.keySet());
    }
    if (function == null || !function.takes(names)) {
      throw unknownFunction(name, names, get);
    }
    if (!function.permits(session.role())) {
      throw PgException.sql("42501", "permission denied for function " + name);
    }
    if (get && function.access() == Access.WRITE) {
      throw PgException.sql("25006", "cannot execute UPDATE in a read-only transaction");
    }
    Map<String, Object> arguments = new LinkedHashMap<>();
    for (Parameter parameter : function.parameters()) {
      Object value =
          !names.contains(parameter.name())
              ? parameter.byDefault()
              : get
                  ? parameter.type().fromText(request.query(parameter.name()))
                  : parameter.type().fromJson(body.get(parameter.name()));
      arguments.put(parameter.name(), value);
    }
    Relation relation =
        function.returns() instanceof FunctionDefinition.Rows rows
            ? rows.relation()
            : new Relation(name, List.of());
    Query query = Query.parse(request.query(), relation, get ? names : Set.of());
    Object result =
        switch (function.access()) {
          case NONE -> function.body().run(new Running(arguments, null));
          case READ -> database.read(() -> function.body().run(new Running(arguments, null)));
          case WRITE ->
              database.write(
                  session.origin(), tx -> function.body().run(new Running(arguments, tx)));
        };
    return returned(request, preferences, function, query, result);
  }

  private StandInAnswer returned(
      StandInRequest request,
      Preferences preferences,
      FunctionDefinition function,
      Query query,
      Object result) {
    if (function.returns() instanceof FunctionDefinition.Scalar scalar) {
      StringBuilder out = new StringBuilder();
      scalar.type().writeJson(result, out);
      return json(200, out.toString()).with("Content-Range", "0-0/*");
    }
    if (function.returns() instanceof FunctionDefinition.SetOf set) {
      List<?> values = (List<?>) result;
      int count = (int) Math.min(values.size(), limit(query));
      StringBuilder out = new StringBuilder("[");
      for (int i = 0; i < count; i++) {
        out.append(i == 0 ? "" : ", \n ");
        set.type().writeJson(values.get(i), out);
      }
      return json(200, out.append(']').toString())
          .with("Content-Range", count == 0 ? "*/*" : "0-" + (count - 1) + "/*");
    }
    if (function.returns() instanceof FunctionDefinition.Rows) {
      List<Row> rows = new ArrayList<>();
      for (Object row : (List<?>) result) {
        rows.add((Row) row);
      }
      Planner.Found found = Planner.page(rows, query, limit(query), preferences.count() != null);
      return page(request, preferences, query, found, false);
    }
    return StandInAnswer.empty(204);
  }

  private PgException unknownFunction(String name, Set<String> names, boolean get) {
    String list = String.join(", ", names);
    String searched =
        names.isEmpty()
            ? "public." + name + " without parameters"
            : "public." + name + " with parameter" + (names.size() == 1 ? " " : "s ") + list;
    String message =
        names.isEmpty()
            ? "public." + name + " without parameters"
            : "public." + name + "(" + list + ")";
    FunctionDefinition near =
        Similar.to(name, database.functions().keySet()).map(database.functions()::get).orElse(null);
    return PgException.postgrest(
        404,
        "PGRST202",
        "Could not find the function " + message + " in the schema cache",
        "Searched for the function "
            + searched
            + (get ? ", but" : " or with a single unnamed json/jsonb parameter, but")
            + " no matches were found in the schema cache.",
        near == null
            ? null
            : "Perhaps you meant to call the function public."
                + near.name()
                + "("
                + String.join(", ", near.parameters().stream().map(Parameter::name).toList())
                + ")");
  }

  private final class Running implements FunctionDefinition.Call {

    private final Map<String, Object> arguments;
    private final Transaction transaction;

    Running(Map<String, Object> arguments, Transaction transaction) {
      this.arguments = arguments;
      this.transaction = transaction;
    }

    @Override
    public Object argument(String name) {
      return arguments.get(name);
    }

    @Override
    public Database database() {
      return database;
    }

    @Override
    public Transaction transaction() {
      return transaction;
    }

    @Override
    public void sleep(Duration time) {
      boolean tooLong = time.compareTo(statementTimeout) > 0;
      try {
        Thread.sleep((tooLong ? statementTimeout : time).toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw PgException.sql("57P01", "terminating connection due to administrator command");
      }
      if (tooLong) {
        throw PgException.sql("57014", "canceling statement due to statement timeout");
      }
    }
  }

  private static void refuseOtherThanOne(StandInRequest request, int rows) {
    if (wantsObject(request) && rows != 1) {
      throw PgException.postgrest(
          406,
          "PGRST116",
          "Cannot coerce the result to a single JSON object",
          "The result contains " + rows + " rows",
          null);
    }
  }

  private static boolean wantsObject(StandInRequest request) {
    String accept = request.header("Accept");
    return accept != null && accept.startsWith(OBJECT);
  }

  private static StandInAnswer rows(
      StandInRequest request, int status, List<Row> rows, List<Query.Selected> select) {
    refuseOtherThanOne(request, rows.size());
    boolean object = wantsObject(request);
    StringBuilder out = new StringBuilder(64 * rows.size() + 2);
    out.append(object ? "" : "[");
    String between = "";
    for (Row row : rows) {
      out.append(between);
      between = ", \n ";
      char comma = '{';
      for (Query.Selected one : select) {
        out.append(comma);
        comma = ',';
        PgJson.writeString(one.label(), out);
        out.append(':');
        one.field().type().writeJson(one.field().of(row), out);
      }
      out.append('}');
    }
    out.append(object ? "" : "]");
    StandInAnswer answer = json(status, out.toString());
    return object ? answer.with("Content-Type", OBJECT + "; charset=utf-8") : answer;
  }

  private static StandInAnswer applied(String applied, StandInAnswer answer) {
    return applied == null ? answer : answer.with("Preference-Applied", applied);
  }

  private static StandInAnswer json(int status, String body) {
    return StandInAnswer.json(status, body);
  }

  /** The answer to what went wrong. */
  static StandInAnswer failed(PgException e, boolean anonymous) {
    if (e.code().equals(Keys.GATEWAY)) {
      StringBuilder out = new StringBuilder("{\"message\":");
      PgJson.writeString(e.getMessage(), out);
      out.append(",\"hint\":");
      PgJson.writeString(e.hint(), out);
      return json(401, out.append('}').toString());
    }
    int status = e.status(anonymous);
    StandInAnswer answer =
        json(status, e.body()).with("Proxy-Status", "PostgREST; error=" + e.code());
    if (status == 503) {
      answer = answer.with("Retry-After", "0");
    }
    if (status == 401) {
      String cause =
          e.code().startsWith("PGRST")
              ? "Bearer error=\"invalid_token\", error_description=\"" + e.getMessage() + "\""
              : "Bearer";
      answer = answer.with("WWW-Authenticate", cause);
    }
    return answer;
  }
}
