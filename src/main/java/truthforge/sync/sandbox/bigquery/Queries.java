package truthforge.sync.sandbox.bigquery;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Plans and runs SELECT. */
final class Queries {

  /** A query ready to run, in the frame around it if it is a subquery. */
  interface Plan {

    List<SqlType.Column> columns();

    List<Object[]> rows(Code.Frame outer);

    default boolean any(Code.Frame outer) {
      return !rows(outer).isEmpty();
    }
  }

  /** Gives the rows of a FROM, each beginning with the rows to the left of it. */
  private interface RowSource {
    List<Object[]> rows(List<Object[]> left, Code.Frame outer);
  }

  private final Function<List<String>, StoredTable> tables;
  private final Set<StoredTable> read = new LinkedHashSet<>();
  private Expressions expressions;

  /**
   * @param tables finds a table by its path or refuses
   */
  Queries(Function<List<String>, StoredTable> tables) {
    this.tables = tables;
  }

  void expressions(Expressions resolver) {
    expressions = resolver;
  }

  /** The tables that planned queries read. */
  Set<StoredTable> read() {
    return read;
  }

  Plan plan(Ast.Select select, Scope outerScope) {
    Scope scope = new Scope(outerScope);
    RowSource from = select.from() == null ? null : source(select.from(), scope);
    Code where =
        select.where() == null
            ? null
            : expressions.condition(select.where(), scope, null, "WHERE clause");
    List<Ast.Item> items = expand(select.items(), scope);
    Grouping grouping = grouping(select, items, scope);
    List<SqlType.Column> columns = new ArrayList<>();
    List<Code> outputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < items.size(); i++) {
      Code code = expressions.compile(items.get(i).expr(), scope, grouping);
      outputs.add(code);
      String name = nameOf(items.get(i), i);
      columns.add(new SqlType.Column(name, code.type()));
      if (!names.add(name.toLowerCase(Locale.ROOT)) && outerScope == null) {
        throw Refusal.invalidQuery(
            "Duplicate column names in the result are not supported. Found duplicate(s): " + name);
      }
    }
    Code having =
        select.having() == null
            ? null
            : expressions.condition(select.having(), scope, grouping, "HAVING clause");
    List<Code> sortKeys = new ArrayList<>();
    List<Integer> sortOutputs = new ArrayList<>();
    for (Ast.Order order : select.orderBy()) {
      int output = outputOf(order.expr(), items);
      sortOutputs.add(output);
      sortKeys.add(output >= 0 ? null : expressions.compile(order.expr(), scope, grouping));
    }
    Code limit = select.limit() == null ? null : expressions.compile(select.limit(), null);
    Code offset = select.offset() == null ? null : expressions.compile(select.offset(), null);

    return new Plan() {
      @Override
      public List<SqlType.Column> columns() {
        return columns;
      }

      @Override
      public List<Object[]> rows(Code.Frame outer) {
        List<Object[]> nothing = Collections.singletonList(new Object[0]);
        List<Object[]> rows = from == null ? nothing : from.rows(nothing, outer);
        List<Code.Frame> frames = new ArrayList<>();
        for (Object[] row : rows) {
          Code.Frame frame = new Code.Frame(row, outer);
          if (where == null || Boolean.TRUE.equals(where.eval().of(frame))) {
            frames.add(frame);
          }
        }
        if (grouping != null) {
          frames = group(frames, grouping, outer);
        }
        List<Sorted> sorted = new ArrayList<>();
        for (Code.Frame frame : frames) {
          if (having != null && !Boolean.TRUE.equals(having.eval().of(frame))) {
            continue;
          }
          Object[] keys = new Object[sortKeys.size()];
          for (int i = 0; i < keys.length; i++) {
            Code key = sortKeys.get(i) == null ? outputs.get(sortOutputs.get(i)) : sortKeys.get(i);
            keys[i] = key.eval().of(frame);
          }
          sorted.add(new Sorted(frame, keys));
        }
        if (!sortKeys.isEmpty()) {
          sorted.sort((a, b) -> compare(a.keys(), b.keys(), select.orderBy()));
        }
        // What a LIMIT cuts off is not computed.
        List<Sorted> kept = select.distinct() ? sorted : cut(sorted, offset, limit);
        List<Object[]> result = new ArrayList<>(kept.size());
        for (Sorted row : kept) {
          Object[] output = new Object[outputs.size()];
          for (int i = 0; i < output.length; i++) {
            output[i] = outputs.get(i).eval().of(row.frame());
          }
          result.add(output);
        }
        return select.distinct() ? cut(distinct(result), offset, limit) : result;
      }
    };
  }

  /** A row to be ordered. */
  private record Sorted(Code.Frame frame, Object[] keys) {}

  private static int compare(Object[] a, Object[] b, List<Ast.Order> orders) {
    for (int i = 0; i < a.length; i++) {
      int order = Values.ORDER.compare(a[i], b[i]);
      if (order != 0) {
        return orders.get(i).descending() ? -order : order;
      }
    }
    return 0;
  }

  private static <T> List<T> cut(List<T> rows, Code offset, Code limit) {
    int from = offset == null ? 0 : (int) Math.min(rows.size(), (Long) offset.eval().of(null));
    long most = limit == null ? rows.size() : (Long) limit.eval().of(null);
    return rows.subList(from, (int) Math.min(rows.size(), from + most));
  }

  private static List<Object[]> distinct(List<Object[]> rows) {
    Map<List<Object>, Object[]> seen = new LinkedHashMap<>();
    rows.forEach(row -> seen.putIfAbsent(java.util.Arrays.asList(row), row));
    return new ArrayList<>(seen.values());
  }

  // --- grouping ------------------------------------------------------------------------------

  private Grouping grouping(Ast.Select select, List<Ast.Item> items, Scope scope) {
    boolean aggregated =
        !select.groupBy().isEmpty()
            || select.having() != null
            || items.stream().anyMatch(item -> Expressions.aggregates(item.expr()));
    if (!aggregated) {
      return null;
    }
    List<Ast.Expr> keys = new ArrayList<>();
    List<Code> codes = new ArrayList<>();
    for (Ast.Expr key : select.groupBy()) {
      int output = outputOf(key, items);
      Ast.Expr meant = output >= 0 ? items.get(output).expr() : key;
      keys.add(meant);
      codes.add(expressions.compile(meant, scope));
    }
    return new Grouping(keys, codes);
  }

  private static List<Code.Frame> group(
      List<Code.Frame> frames, Grouping grouping, Code.Frame outer) {
    Map<List<Object>, List<Code.Frame>> groups = new LinkedHashMap<>();
    if (grouping.keyCodes().isEmpty()) {
      groups.put(List.of(), frames);
    }
    for (Code.Frame frame : grouping.keyCodes().isEmpty() ? List.<Code.Frame>of() : frames) {
      List<Object> key = new ArrayList<>();
      grouping.keyCodes().forEach(code -> key.add(code.eval().of(frame)));
      groups.computeIfAbsent(key, k -> new ArrayList<>()).add(frame);
    }
    List<Code.Frame> grouped = new ArrayList<>();
    groups.forEach(
        (key, members) -> {
          List<Object> row = new ArrayList<>(key);
          grouping.aggregates().forEach(aggregate -> row.add(aggregate.over().apply(members)));
          grouped.add(new Code.Frame(row.toArray(), outer));
        });
    return grouped;
  }

  /** Which output column an ORDER BY or GROUP BY means by its number or alias; -1 for none. */
  private static int outputOf(Ast.Expr expr, List<Ast.Item> items) {
    if (expr instanceof Ast.Literal literal && literal.value() instanceof Long number) {
      if (number < 1 || number > items.size()) {
        throw Refusal.invalidQuery(
            "ORDER BY or GROUP BY column number " + number + " is out of range");
      }
      return (int) (number - 1);
    }
    if (expr instanceof Ast.Name name) {
      for (int i = 0; i < items.size(); i++) {
        if (name.path().get(0).equalsIgnoreCase(items.get(i).alias())) {
          return i;
        }
      }
    }
    return -1;
  }

  // --- outputs -------------------------------------------------------------------------------

  private static List<Ast.Item> expand(List<Ast.Item> items, Scope scope) {
    List<Ast.Item> all = new ArrayList<>();
    for (Ast.Item item : items) {
      if (item.expr() != null) {
        all.add(item);
        continue;
      }
      boolean found = false;
      for (Scope.Source source : scope.sources()) {
        if (item.alias() != null && !item.alias().equalsIgnoreCase(source.alias())) {
          continue;
        }
        found = true;
        for (SqlType.Column column : source.columns()) {
          if (item.except().stream().noneMatch(column.name()::equalsIgnoreCase)) {
            Ast.Expr name = new Ast.Name(List.of(column.name()));
            Ast.Expr expr =
                source.alias() == null || source.single()
                    ? name
                    : new Ast.Member(new Ast.Name(List.of(source.alias())), column.name());
            all.add(new Ast.Item(expr, column.name(), List.of()));
          }
        }
      }
      if (!found) {
        throw Refusal.invalidQuery(
            item.alias() == null
                ? "SELECT * must have a FROM clause"
                : "Unrecognized name: " + item.alias());
      }
    }
    return all;
  }

  private static String nameOf(Ast.Item item, int place) {
    if (item.alias() != null) {
      return item.alias();
    }
    if (item.expr() instanceof Ast.Name name) {
      return name.path().get(0);
    }
    return item.expr() instanceof Ast.Member member ? member.field() : "f" + place + "_";
  }

  // --- FROM ----------------------------------------------------------------------------------

  /** A table that rows are read of, under its alias or its last name. */
  Scope.Source table(Ast.TableRef ref, StoredTable table, Scope scope) {
    read.add(table);
    List<SqlType.Column> columns =
        table.columns().stream().map(c -> new SqlType.Column(c.name(), c.type())).toList();
    return scope.add(ref.name(), columns, false);
  }

  /** The rows of a FROM that stands alone. */
  Plan source(Ast.From from, Scope scope, Scope.Source[] added) {
    int before = scope.sources().size();
    RowSource rows = source(from, scope);
    added[0] = scope.sources().get(before);
    return new Plan() {
      @Override
      public List<SqlType.Column> columns() {
        return added[0].columns();
      }

      @Override
      public List<Object[]> rows(Code.Frame outer) {
        return rows.rows(Collections.singletonList(new Object[0]), outer);
      }
    };
  }

  private RowSource source(Ast.From from, Scope scope) {
    if (from instanceof Ast.TableRef ref) {
      StoredTable table = tables.apply(ref.path());
      if (table.view() != null) {
        Plan view = plan(table.view(), null);
        scope.add(ref.name(), view.columns(), false);
        return (left, outer) -> product(left, view.rows(null));
      }
      table(ref, table, scope);
      return (left, outer) -> {
        List<StoredTable.Row> rows = table.rows();
        List<Object[]> values = new ArrayList<>(rows.size());
        rows.forEach(row -> values.add(row.values()));
        return product(left, values);
      };
    }
    if (from instanceof Ast.QueryRef query) {
      Plan plan = plan(query.query(), null);
      scope.add(query.alias(), plan.columns(), false);
      return (left, outer) -> product(left, plan.rows(null));
    }
    if (from instanceof Ast.UnnestRef unnest) {
      Code array = expressions.compile(unnest.array(), scope);
      if (!array.type().is(SqlType.Kind.ARRAY)) {
        throw Refusal.invalidQuery(
            "Values referenced in UNNEST must be arrays. UNNEST contains expression of type "
                + array.type());
      }
      String alias = unnest.alias() == null ? "" : unnest.alias();
      List<SqlType.Column> columns = new ArrayList<>();
      columns.add(new SqlType.Column(alias, array.type().element()));
      if (unnest.offsetAlias() != null) {
        columns.add(new SqlType.Column(unnest.offsetAlias(), SqlType.INT64));
      }
      scope.add(alias.isEmpty() ? null : alias, columns, true);
      return (left, outer) -> {
        List<Object[]> result = new ArrayList<>();
        for (Object[] row : left) {
          List<?> items = (List<?>) array.eval().of(new Code.Frame(row, outer));
          long place = 0;
          for (Object item : items == null ? List.of() : items) {
            result.add(
                unnest.offsetAlias() == null ? joined(row, item) : joined(row, item, place++));
          }
        }
        return result;
      };
    }
    Ast.Join join = (Ast.Join) from;
    RowSource left = source(join.left(), scope);
    int before = scope.width();
    RowSource right = source(join.right(), scope);
    int added = scope.width() - before;
    Code on = join.on() == null ? null : expressions.condition(join.on(), scope, null, "ON clause");
    return (given, outer) -> {
      List<Object[]> leftRows = left.rows(given, outer);
      if (on == null) {
        return right.rows(leftRows, outer);
      }
      List<Object[]> result = new ArrayList<>();
      for (Object[] row : leftRows) {
        boolean matched = false;
        for (Object[] pair : right.rows(Collections.singletonList(row), outer)) {
          if (Boolean.TRUE.equals(on.eval().of(new Code.Frame(pair, outer)))) {
            matched = true;
            result.add(pair);
          }
        }
        if (!matched && join.outer()) {
          result.add(joined(row, new Object[added]));
        }
      }
      return result;
    };
  }

  private static List<Object[]> product(List<Object[]> left, List<Object[]> right) {
    if (left.size() == 1 && left.get(0).length == 0) {
      return right;
    }
    List<Object[]> result = new ArrayList<>(left.size() * right.size());
    for (Object[] a : left) {
      for (Object[] b : right) {
        result.add(joined(a, b));
      }
    }
    return result;
  }

  private static Object[] joined(Object[] left, Object... right) {
    Object[] both = java.util.Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }
}
