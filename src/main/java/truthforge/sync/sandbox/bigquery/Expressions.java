package truthforge.sync.sandbox.bigquery;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Resolves expressions against the names in scope, with BigQuery's typing. */
final class Expressions {

  private static final Set<String> AGGREGATES =
      Set.of("COUNT", "COUNTIF", "SUM", "MIN", "MAX", "ANY_VALUE", "ARRAY_AGG", "AVG");

  private static final Map<String, Long> MICROS =
      Map.of(
          "MICROSECOND",
          1L,
          "MILLISECOND",
          1_000L,
          "SECOND",
          1_000_000L,
          "MINUTE",
          60_000_000L,
          "HOUR",
          3_600_000_000L,
          "DAY",
          86_400_000_000L);

  private final Map<String, Code> parameters;
  private final Functions functions;
  private final Queries queries;

  /**
   * @param parameters by name in small letters
   */
  Expressions(Map<String, Code> parameters, Functions functions, Queries queries) {
    this.parameters = parameters;
    this.functions = functions;
    this.queries = queries;
  }

  Code compile(Ast.Expr expr, Scope scope) {
    return compile(expr, scope, null);
  }

  Code condition(Ast.Expr expr, Scope scope, Grouping grouping, String clause) {
    Code code = compile(expr, scope, grouping);
    if (!code.type().is(SqlType.Kind.BOOL) && !code.type().is(SqlType.Kind.NULL)) {
      throw Refusal.invalidQuery(clause + " should return type BOOL, but returns " + code.type());
    }
    return code;
  }

  /**
   * @param grouping where the query is grouped, else null
   */
  Code compile(Ast.Expr expr, Scope scope, Grouping grouping) {
    if (grouping != null) {
      Code key = grouping.key(expr);
      if (key != null) {
        return key;
      }
    }
    if (expr instanceof Ast.Literal literal) {
      return Code.literal(literal.type(), literal.value());
    }
    if (expr instanceof Ast.Param param) {
      Code value = parameters.get(param.name().toLowerCase(Locale.ROOT));
      if (value == null) {
        throw Refusal.invalidQuery("Query parameter '" + param.name() + "' not found");
      }
      return value;
    }
    if (expr instanceof Ast.Name name) {
      return name(name.path().get(0), scope, grouping);
    }
    if (expr instanceof Ast.Member member) {
      return member(member, scope, grouping);
    }
    if (expr instanceof Ast.Call call) {
      return call(call, scope, grouping);
    }
    if (expr instanceof Ast.Cast cast) {
      return cast(cast, scope, grouping);
    }
    if (expr instanceof Ast.Case choice) {
      return choice(choice, scope, grouping);
    }
    if (expr instanceof Ast.InList in) {
      Code any = Code.literal(SqlType.BOOL, false);
      for (Ast.Expr item : in.items()) {
        any =
            or(
                any,
                compare(
                    "$=", compile(in.value(), scope, grouping), compile(item, scope, grouping)));
      }
      return any;
    }
    if (expr instanceof Ast.InArray in) {
      return inArray(compile(in.value(), scope, grouping), compile(in.array(), scope, grouping));
    }
    if (expr instanceof Ast.InQuery in) {
      Code value = compile(in.value(), scope, grouping);
      Code once = alone(in.query());
      return inArray(value, once != null ? once : asArray(queries.plan(in.query(), scope)));
    }
    if (expr instanceof Ast.Exists exists) {
      Queries.Plan plan = queries.plan(exists.query(), scope);
      return new Code(SqlType.BOOL, frame -> plan.any(frame), false, false);
    }
    if (expr instanceof Ast.ArrayOf array) {
      return asArray(queries.plan(array.query(), scope));
    }
    if (expr instanceof Ast.Scalar scalar) {
      Queries.Plan plan = queries.plan(scalar.query(), scope);
      SqlType type = onlyColumn(plan);
      return new Code(
          type,
          frame -> {
            List<Object[]> rows = plan.rows(frame);
            if (rows.size() > 1) {
              throw Refusal.invalidQuery("Scalar subquery produced more than one element");
            }
            return rows.isEmpty() ? null : rows.get(0)[0];
          },
          false,
          false);
    }
    if (expr instanceof Ast.ArrayLiteral array) {
      return arrayLiteral(array, scope, grouping);
    }
    if (expr instanceof Ast.StructLiteral struct) {
      List<Code> items = all(struct.items(), scope, grouping);
      List<SqlType.Column> fields = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        fields.add(new SqlType.Column(struct.names().get(i), items.get(i).type()));
      }
      return Code.over(SqlType.struct(fields), items, frame -> values(items, frame));
    }
    Ast.Interval interval = (Ast.Interval) expr;
    Long unit = MICROS.get(interval.unit());
    Code amount = compile(interval.amount(), scope, grouping);
    if (unit == null || !amount.type().is(SqlType.Kind.INT64)) {
      throw Refusal.invalidQuery("INTERVAL of " + interval.unit() + " is not supported");
    }
    return Functions.strict(
        SqlType.INTERVAL, List.of(amount), v -> Math.multiplyExact((Long) v.get(0), unit));
  }

  private Code name(String name, Scope scope, Grouping grouping) {
    Code found = scope == null ? null : scope.find(name);
    if (found == null) {
      throw Refusal.invalidQuery("Unrecognized name: " + name);
    }
    if (grouping != null) {
      throw ungrouped(name);
    }
    return found;
  }

  private static Refusal ungrouped(String name) {
    return Refusal.invalidQuery(
        "SELECT list expression references column "
            + name
            + " which is neither grouped nor aggregated");
  }

  private Code member(Ast.Member member, Scope scope, Grouping grouping) {
    if (member.value() instanceof Ast.Name table && scope != null) {
      Code column = scope.find(table.path().get(0), member.field());
      if (column != null) {
        if (grouping != null) {
          throw ungrouped(member.field());
        }
        return column;
      }
    }
    Code value = compile(member.value(), scope, grouping);
    if (value.type().is(SqlType.Kind.STRUCT)) {
      List<SqlType.Column> fields = value.type().fields();
      for (int i = 0; i < fields.size(); i++) {
        if (member.field().equalsIgnoreCase(fields.get(i).name())) {
          int place = i;
          return Functions.strict(
              fields.get(i).type(), List.of(value), v -> ((List<?>) v.get(0)).get(place));
        }
      }
    }
    throw Refusal.invalidQuery(
        "Cannot access field " + member.field() + " on a value with type " + value.type());
  }

  // --- calls ---------------------------------------------------------------------------------

  private Code call(Ast.Call call, Scope scope, Grouping grouping) {
    if (AGGREGATES.contains(call.name())) {
      if (grouping == null) {
        throw Refusal.invalidQuery("Aggregate function " + call.name() + " not allowed here");
      }
      return grouping.aggregate(aggregate(call, scope));
    }
    if (call.star() || call.distinct()) {
      throw Refusal.invalidQuery("Function " + call.name() + " takes no * and no DISTINCT");
    }
    List<Code> args = all(call.args(), scope, grouping);
    if (call.name().startsWith("$")) {
      return operator(call.name(), args);
    }
    switch (call.name()) {
      case "IF" -> {
        Functions.require("IF", args, args.size() == 3 && isBool(args.get(0)));
        SqlType type = common("IF", args.subList(1, 3));
        Code then = args.get(1).fit(type);
        Code otherwise = args.get(2).fit(type);
        Code condition = args.get(0);
        return Code.over(
            type,
            args,
            frame ->
                Boolean.TRUE.equals(condition.eval().of(frame))
                    ? then.eval().of(frame)
                    : otherwise.eval().of(frame));
      }
      case "COALESCE", "IFNULL" -> {
        Functions.require(
            call.name(),
            args,
            !args.isEmpty() && (call.name().equals("COALESCE") || args.size() == 2));
        SqlType type = common(call.name(), args);
        List<Code> fitted = fit(args, type);
        return Code.over(
            type,
            fitted,
            frame -> {
              for (Code arg : fitted) {
                Object value = arg.eval().of(frame);
                if (value != null) {
                  return value;
                }
              }
              return null;
            });
      }
      case "NULLIF" -> {
        Functions.require("NULLIF", args, args.size() == 2);
        Code same = compare("$=", args.get(0), args.get(1));
        Code first = args.get(0);
        return Code.over(
            first.type(),
            args,
            frame -> Boolean.TRUE.equals(same.eval().of(frame)) ? null : first.eval().of(frame));
      }
      case "GREATEST", "LEAST" -> {
        Functions.require(call.name(), args, !args.isEmpty());
        SqlType type = common(call.name(), args);
        boolean most = call.name().equals("GREATEST");
        return Functions.strict(
            type,
            fit(args, type),
            v ->
                v.stream()
                    .reduce((a, b) -> (Values.compare(a, b) >= 0) == most ? a : b)
                    .orElseThrow());
      }
      default -> {
        Map<String, Code> named = new LinkedHashMap<>();
        call.named().forEach((name, value) -> named.put(name, compile(value, scope, grouping)));
        return functions.call(call.name(), args, named);
      }
    }
  }

  private Code operator(String operator, List<Code> args) {
    return switch (operator) {
      case "$AND" -> {
        Functions.require(operator, args, isBool(args.get(0)) && isBool(args.get(1)));
        Code.Eval left = args.get(0).eval();
        Code.Eval right = args.get(1).eval();
        yield Code.over(
            SqlType.BOOL,
            args,
            frame -> {
              Object a = left.of(frame);
              if (Boolean.FALSE.equals(a)) {
                return false;
              }
              Object b = right.of(frame);
              return Boolean.FALSE.equals(b) ? Boolean.FALSE : a == null || b == null ? null : true;
            });
      }
      case "$OR" -> or(args.get(0), args.get(1));
      case "$NOT" -> {
        Functions.require(operator, args, isBool(args.get(0)));
        yield Functions.strict(SqlType.BOOL, args, v -> !(Boolean) v.get(0));
      }
      case "$ISNULL" -> {
        Code.Eval value = args.get(0).eval();
        yield Code.over(SqlType.BOOL, args, frame -> value.of(frame) == null);
      }
      case "$ISTRUE" -> {
        Functions.require(operator, args, isBool(args.get(0)));
        Code.Eval value = args.get(0).eval();
        yield Code.over(SqlType.BOOL, args, frame -> Boolean.TRUE.equals(value.of(frame)));
      }
      case "$=", "$!=", "$<", "$<=", "$>", "$>=", "$SAME" ->
          compare(operator, args.get(0), args.get(1));
      case "$LIKE" -> {
        Functions.require(operator, args, isString(args.get(0)) && isString(args.get(1)));
        yield Functions.strict(
            SqlType.BOOL,
            args,
            v -> pattern((String) v.get(1)).matcher((String) v.get(0)).matches());
      }
      case "$||" -> {
        SqlType type = common(operator, args);
        boolean arrays = type.is(SqlType.Kind.ARRAY);
        Functions.require(operator, args, arrays || type.is(SqlType.Kind.STRING));
        yield Functions.strict(
            type,
            args,
            v -> {
              if (!arrays) {
                return (String) v.get(0) + v.get(1);
              }
              List<Object> both = new ArrayList<>((List<?>) v.get(0));
              both.addAll((List<?>) v.get(1));
              return both;
            });
      }
      case "$NEGATE" -> {
        Functions.require(operator, args, args.get(0).type().isNumber());
        yield Functions.strict(
            args.get(0).type(),
            args,
            v ->
                v.get(0) instanceof Long whole
                    ? (Object) Math.negateExact(whole)
                    : v.get(0) instanceof Double number
                        ? (Object) (-number)
                        : ((BigDecimal) v.get(0)).negate());
      }
      case "$+", "$-", "$*", "$/" -> arithmetic(operator, args);
      default -> element(operator, args);
    };
  }

  private static Code arithmetic(String operator, List<Code> args) {
    Functions.require(
        operator, args, args.get(0).type().isNumber() && args.get(1).type().isNumber());
    SqlType common = common(operator, args);
    SqlType type =
        operator.equals("$/") && common.is(SqlType.Kind.INT64) ? SqlType.FLOAT64 : common;
    return Functions.strict(
        type,
        fit(args, type),
        v -> {
          if (v.get(0) instanceof Long a) {
            long b = (Long) v.get(1);
            return switch (operator) {
              case "$+" -> Math.addExact(a, b);
              case "$-" -> Math.subtractExact(a, b);
              default -> Math.multiplyExact(a, b);
            };
          }
          if (v.get(0) instanceof Double a) {
            double b = (Double) v.get(1);
            if (operator.equals("$/") && b == 0) {
              throw Refusal.invalidQuery("division by zero: " + a + " / " + b);
            }
            return switch (operator) {
              case "$+" -> a + b;
              case "$-" -> a - b;
              case "$*" -> a * b;
              default -> a / b;
            };
          }
          BigDecimal a = (BigDecimal) v.get(0);
          BigDecimal b = (BigDecimal) v.get(1);
          return switch (operator) {
            case "$+" -> a.add(b);
            case "$-" -> a.subtract(b);
            case "$*" -> a.multiply(b);
            default -> a.divide(b, MathContext.DECIMAL128);
          };
        });
  }

  private static Code element(String kind, List<Code> args) {
    Functions.require(
        kind,
        args,
        args.get(0).type().is(SqlType.Kind.ARRAY) && args.get(1).type().is(SqlType.Kind.INT64));
    int first = kind.endsWith("ORDINAL") ? 1 : 0;
    boolean safe = kind.startsWith("$SAFE");
    return Functions.strict(
        args.get(0).type().element(),
        args,
        v -> {
          List<?> items = (List<?>) v.get(0);
          long index = (Long) v.get(1) - first;
          if (index >= 0 && index < items.size()) {
            return items.get((int) index);
          }
          if (safe) {
            return null;
          }
          throw Refusal.invalidQuery("Array index " + v.get(1) + " is out of bounds");
        });
  }

  private static Code or(Code left, Code right) {
    List<Code> args = List.of(left, right);
    Functions.require("$OR", args, isBool(left) && isBool(right));
    return Code.over(
        SqlType.BOOL,
        args,
        frame -> {
          Object a = left.eval().of(frame);
          if (Boolean.TRUE.equals(a)) {
            return true;
          }
          Object b = right.eval().of(frame);
          return Boolean.TRUE.equals(b) ? Boolean.TRUE : a == null || b == null ? null : false;
        });
  }

  static Code compare(String operator, Code left, Code right) {
    List<Code> args = List.of(left, right);
    SqlType type = common(operator, args);
    boolean comparable =
        switch (type.kind()) {
          case JSON, INTERVAL -> false;
          case ARRAY, STRUCT ->
              operator.equals("$=") || operator.equals("$!=") || operator.equals("$SAME");
          default -> true;
        };
    if (!comparable || (type.is(SqlType.Kind.ARRAY) && !operator.equals("$SAME"))) {
      Functions.require(operator, args, false);
    }
    Code.Eval a = left.fit(type).eval();
    Code.Eval b = right.fit(type).eval();
    return Code.over(
        SqlType.BOOL,
        args,
        frame -> {
          Object x = a.of(frame);
          Object y = b.of(frame);
          if (operator.equals("$SAME")) {
            return x == null || y == null ? x == y : same(x, y);
          }
          if (x == null || y == null) {
            return null;
          }
          return switch (operator) {
            case "$=" -> same(x, y);
            case "$!=" -> !same(x, y);
            case "$<" -> Values.compare(x, y) < 0;
            case "$<=" -> Values.compare(x, y) <= 0;
            case "$>" -> Values.compare(x, y) > 0;
            default -> Values.compare(x, y) >= 0;
          };
        });
  }

  private static boolean same(Object a, Object b) {
    return a instanceof List<?> ? Objects.equals(a, b) : Values.compare(a, b) == 0;
  }

  private Code inArray(Code value, Code array) {
    Functions.require(
        "$IN",
        List.of(value, array),
        array.type().is(SqlType.Kind.ARRAY) || array.type().is(SqlType.Kind.NULL));
    if (array.type().is(SqlType.Kind.NULL)) {
      return Code.literal(SqlType.BOOL, false);
    }
    SqlType element = array.type().element();
    Code fitted = value.fit(element);
    Functions.require("$IN", List.of(value, array), fitted != null);
    Map<Object, Set<Object>> known = new HashMap<>();
    return Code.over(
        SqlType.BOOL,
        List.of(value, array),
        frame -> {
          List<?> items = (List<?>) array.eval().of(frame);
          if (items == null || items.isEmpty()) {
            return false;
          }
          Object wanted = fitted.eval().of(frame);
          if (wanted == null) {
            return null;
          }
          if (array.constant()) {
            Set<Object> set = known.computeIfAbsent("items", k -> new HashSet<>(items));
            return set.contains(wanted) ? Boolean.TRUE : set.contains(null) ? null : false;
          }
          return items.contains(wanted)
              ? Boolean.TRUE
              : items.stream().anyMatch(Objects::isNull) ? null : false;
        });
  }

  /** A query that needs nothing of the row at hand is run once. Null where it does need it. */
  private Code alone(Ast.Select query) {
    Queries.Plan plan;
    try {
      plan = queries.plan(query, null);
    } catch (Refusal needsTheRow) {
      return null;
    }
    Code array = asArray(plan);
    Map<String, Object> once = new java.util.concurrent.ConcurrentHashMap<>();
    return new Code(
        array.type(),
        frame -> once.computeIfAbsent("items", any -> array.eval().of(null)),
        true,
        false);
  }

  private static Code asArray(Queries.Plan plan) {
    SqlType type = onlyColumn(plan);
    return new Code(
        SqlType.array(type),
        frame -> plan.rows(frame).stream().map(row -> row[0]).collect(Collectors.toList()),
        false,
        false);
  }

  private static SqlType onlyColumn(Queries.Plan plan) {
    if (plan.columns().size() != 1) {
      throw Refusal.invalidQuery("Subquery of type IN or ARRAY must have only one output column");
    }
    return plan.columns().get(0).type();
  }

  private Code arrayLiteral(Ast.ArrayLiteral array, Scope scope, Grouping grouping) {
    List<Code> items = all(array.items(), scope, grouping);
    SqlType element =
        array.element() != null
            ? array.element()
            : items.isEmpty() ? SqlType.NULL : common("ARRAY", items);
    List<Code> fitted = fit(items, element);
    if (fitted == null) {
      throw Refusal.invalidQuery("Array elements do not fit " + element);
    }
    return Code.over(SqlType.array(element), fitted, frame -> values(fitted, frame));
  }

  private Code cast(Ast.Cast cast, Scope scope, Grouping grouping) {
    Code value = compile(cast.value(), scope, grouping);
    SqlType to = cast.type();
    if (to.is(SqlType.Kind.JSON) && value.type().is(SqlType.Kind.STRING) && value.flexible()) {
      return Functions.strict(to, List.of(value), v -> JsonText.value((String) v.get(0), false));
    }
    if (!Values.castable(value.type(), to)) {
      throw Refusal.invalidQuery("Invalid cast from " + value.type() + " to " + to);
    }
    return Functions.strict(
        to,
        List.of(value),
        v -> {
          try {
            return Values.cast(v.get(0), to);
          } catch (Refusal refused) {
            if (cast.safe()) {
              return null;
            }
            throw refused;
          }
        });
  }

  private Code choice(Ast.Case choice, Scope scope, Grouping grouping) {
    List<Code> conditions = new ArrayList<>();
    for (Ast.Expr condition : choice.conditions()) {
      conditions.add(
          choice.operand() == null
              ? condition(condition, scope, grouping, "CASE WHEN")
              : compare(
                  "$=",
                  compile(choice.operand(), scope, grouping),
                  compile(condition, scope, grouping)));
    }
    List<Code> results = new ArrayList<>(all(choice.results(), scope, grouping));
    results.add(
        choice.otherwise() == null
            ? Code.literal(SqlType.NULL, null)
            : compile(choice.otherwise(), scope, grouping));
    SqlType type = common("CASE", results);
    List<Code> fitted = fit(results, type);
    List<Code> parts = new ArrayList<>(conditions);
    parts.addAll(fitted);
    return Code.over(
        type,
        parts,
        frame -> {
          for (int i = 0; i < conditions.size(); i++) {
            if (Boolean.TRUE.equals(conditions.get(i).eval().of(frame))) {
              return fitted.get(i).eval().of(frame);
            }
          }
          return fitted.get(conditions.size()).eval().of(frame);
        });
  }

  // --- aggregates ----------------------------------------------------------------------------

  /** Whether an expression holds an aggregate of its own query. */
  static boolean aggregates(Ast.Expr expr) {
    if (expr instanceof Ast.Call call) {
      return AGGREGATES.contains(call.name())
          || call.args().stream().anyMatch(Expressions::aggregates);
    }
    if (expr instanceof Ast.Cast cast) {
      return aggregates(cast.value());
    }
    if (expr instanceof Ast.Member member) {
      return aggregates(member.value());
    }
    if (expr instanceof Ast.Case choice) {
      return choice.conditions().stream().anyMatch(Expressions::aggregates)
          || choice.results().stream().anyMatch(Expressions::aggregates)
          || (choice.otherwise() != null && aggregates(choice.otherwise()));
    }
    return false;
  }

  private Grouping.Aggregate aggregate(Ast.Call call, Scope scope) {
    if (call.star()) {
      Functions.require(call.name(), List.of(), call.name().equals("COUNT"));
      return new Grouping.Aggregate(SqlType.INT64, rows -> (long) rows.size());
    }
    List<Code> args = all(call.args(), scope, null);
    Functions.require(call.name(), args, args.size() == 1);
    Code arg = args.get(0);
    Functions.require(call.name(), args, !call.name().equals("COUNTIF") || isBool(arg));
    Functions.require(
        call.name(),
        args,
        !(call.name().equals("SUM") || call.name().equals("AVG")) || arg.type().isNumber());
    SqlType type =
        switch (call.name()) {
          case "COUNT", "COUNTIF" -> SqlType.INT64;
          case "ARRAY_AGG" -> SqlType.array(arg.type());
          case "AVG" -> SqlType.FLOAT64;
          default -> arg.type();
        };
    return new Grouping.Aggregate(
        type,
        rows -> {
          List<Object> values = new ArrayList<>();
          for (Code.Frame row : rows) {
            Object value = arg.eval().of(row);
            if (value != null) {
              values.add(value);
            }
          }
          List<Object> counted =
              call.distinct() ? new ArrayList<>(new java.util.LinkedHashSet<>(values)) : values;
          return switch (call.name()) {
            case "COUNT" -> (long) counted.size();
            case "COUNTIF" -> counted.stream().filter(Boolean.TRUE::equals).count();
            case "ARRAY_AGG" -> counted;
            case "MIN" -> counted.stream().min(Values::compare).orElse(null);
            case "MAX" -> counted.stream().max(Values::compare).orElse(null);
            case "ANY_VALUE" -> counted.stream().findFirst().orElse(null);
            case "AVG" ->
                counted.isEmpty()
                    ? null
                    : counted.stream()
                        .mapToDouble(v -> ((Number) v).doubleValue())
                        .average()
                        .getAsDouble();
            default -> counted.stream().reduce(Expressions::add).orElse(null);
          };
        });
  }

  private static Object add(Object a, Object b) {
    if (a instanceof Long x) {
      return Math.addExact(x, (Long) b);
    }
    return a instanceof Double x ? (Object) (x + (Double) b) : ((BigDecimal) a).add((BigDecimal) b);
  }

  // --- types ---------------------------------------------------------------------------------

  private List<Code> all(List<Ast.Expr> exprs, Scope scope, Grouping grouping) {
    return exprs.stream().map(e -> compile(e, scope, grouping)).toList();
  }

  private static List<Object> values(List<Code> codes, Code.Frame frame) {
    List<Object> values = new ArrayList<>(codes.size());
    codes.forEach(code -> values.add(code.eval().of(frame)));
    return values;
  }

  private static boolean isBool(Code code) {
    return code.type().is(SqlType.Kind.BOOL) || code.type().is(SqlType.Kind.NULL);
  }

  private static boolean isString(Code code) {
    return code.type().is(SqlType.Kind.STRING) || code.type().is(SqlType.Kind.NULL);
  }

  /** The type that all fit, literals and parameters last. */
  private static SqlType common(String name, List<Code> codes) {
    for (boolean flexible : new boolean[] {false, true}) {
      for (Code candidate : codes) {
        if (candidate.flexible() == flexible
            && !candidate.type().is(SqlType.Kind.NULL)
            && codes.stream().allMatch(code -> code.fit(candidate.type()) != null)) {
          return candidate.type();
        }
      }
    }
    Functions.require(
        name, codes, codes.stream().allMatch(code -> code.type().is(SqlType.Kind.NULL)));
    return SqlType.INT64;
  }

  private static List<Code> fit(List<Code> codes, SqlType type) {
    List<Code> fitted = new ArrayList<>(codes.size());
    for (Code code : codes) {
      Code fit = code.fit(type);
      if (fit == null) {
        return null;
      }
      fitted.add(fit);
    }
    return fitted;
  }

  private static Pattern pattern(String like) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < like.length(); i++) {
      char c = like.charAt(i);
      if (c == '%') {
        regex.append(".*");
      } else if (c == '_') {
        regex.append('.');
      } else {
        if (c == '\\' && i + 1 < like.length()) {
          c = like.charAt(++i);
        }
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
