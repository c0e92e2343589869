package truthforge.sync.sandbox.bigquery;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs one statement against the tables of a project. */
final class Executor {

  /**
   * What a statement did.
   *
   * @param type as BigQuery names it
   * @param columns of the result; empty for a statement that has none
   * @param affected rows changed by DML; null for other statements
   * @param dml how many rows were inserted, updated and deleted; null for other statements
   * @param scanned bytes read from each table
   */
  record Outcome(
      String type,
      List<SqlType.Column> columns,
      List<Object[]> rows,
      Long affected,
      long[] dml,
      Map<StoredTable, Long> scanned) {}

  private final Store store;
  private final String defaultDataset;
  private final Queries queries;
  private final Expressions expressions;
  private final long nowMillis;

  /**
   * @param defaultDataset null for none
   * @param parameters by name in small letters
   */
  Executor(Store store, String defaultDataset, Map<String, Code> parameters) {
    this.store = store;
    this.defaultDataset = defaultDataset;
    Instant now = store.clock().instant().truncatedTo(java.time.temporal.ChronoUnit.MICROS);
    this.nowMillis = now.toEpochMilli();
    this.queries = new Queries(this::table);
    this.expressions = new Expressions(parameters, new Functions(now), queries);
    queries.expressions(expressions);
  }

  /** The table that a statement changes by DML; null for other statements. */
  StoredTable mutated(Ast.Statement statement) {
    StoredTable table = changed(statement);
    if (table != null && table.view() != null) {
      throw Refusal.invalidQuery(
          "A view cannot be changed by DML: "
              + table.project()
              + "."
              + table.dataset()
              + "."
              + table.name());
    }
    return table;
  }

  private StoredTable changed(Ast.Statement statement) {
    if (statement instanceof Ast.Insert insert) {
      return table(insert.table());
    }
    if (statement instanceof Ast.Update update) {
      return table(update.table().path());
    }
    if (statement instanceof Ast.Delete delete) {
      return table(delete.table().path());
    }
    return statement instanceof Ast.Merge merge ? table(merge.target().path()) : null;
  }

  /**
   * @param allowed sees the bytes of each table before any row is changed, and may refuse
   */
  Outcome run(
      Ast.Statement statement, java.util.function.Consumer<Map<StoredTable, Long>> allowed) {
    StoredTable mutated = mutated(statement);
    if (mutated == null) {
      return execute(statement, allowed);
    }
    synchronized (mutated) {
      return execute(statement, allowed);
    }
  }

  private Outcome execute(
      Ast.Statement statement, java.util.function.Consumer<Map<StoredTable, Long>> allowed) {
    if (statement instanceof Ast.Select select) {
      Queries.Plan plan = queries.plan(select, null);
      Map<StoredTable, Long> scanned = scanned();
      allowed.accept(scanned);
      return new Outcome("SELECT", plan.columns(), plan.rows(null), null, null, scanned);
    }
    if (statement instanceof Ast.Insert insert) {
      return insert(insert, allowed);
    }
    if (statement instanceof Ast.Update update) {
      Ast.When clause = new Ast.When(Ast.Match.MATCHED, null, new Ast.UpdateAction(update.set()));
      return changeWhere("UPDATE", update.table(), update.where(), clause, allowed);
    }
    if (statement instanceof Ast.Delete delete) {
      Ast.When clause = new Ast.When(Ast.Match.MATCHED, null, new Ast.DeleteAction());
      return changeWhere("DELETE", delete.table(), delete.where(), clause, allowed);
    }
    if (statement instanceof Ast.Merge merge) {
      return merge(merge, allowed);
    }
    return define(statement);
  }

  // --- INSERT --------------------------------------------------------------------------------

  private Outcome insert(
      Ast.Insert insert, java.util.function.Consumer<Map<StoredTable, Long>> allowed) {
    StoredTable table = table(insert.table());
    List<String> names =
        insert.columns().isEmpty()
            ? table.columns().stream().map(StoredTable.Column::name).toList()
            : insert.columns();
    List<StoredTable.Row> rows = new ArrayList<>();
    if (insert.query() != null) {
      Queries.Plan plan = queries.plan(insert.query(), null);
      List<Code> values = new ArrayList<>();
      for (int i = 0; i < plan.columns().size(); i++) {
        int place = i;
        values.add(new Code(plan.columns().get(i).type(), f -> f.row()[place], false, false));
      }
      Inserter inserter = new Inserter(table, names, values);
      allowed.accept(scanned());
      plan.rows(null).forEach(row -> rows.add(inserter.row(new Code.Frame(row, null))));
    } else {
      for (List<Ast.Expr> exprs : insert.rows()) {
        List<Code> values = new ArrayList<>();
        exprs.forEach(e -> values.add(e == null ? null : expressions.compile(e, null)));
        rows.add(new Inserter(table, names, values).row(null));
      }
      allowed.accept(scanned());
    }
    table.append(rows);
    return dml("INSERT", rows.size(), 0, 0);
  }

  /** Makes rows out of the values for some columns, and defaults for the others. */
  private final class Inserter {

    private final StoredTable table;
    private final Code[] byColumn;

    /** A value of null is the column's default. */
    Inserter(StoredTable table, List<String> names, List<Code> values) {
      this.table = table;
      this.byColumn = new Code[table.columns().size()];
      if (names.size() != values.size()) {
        throw Refusal.invalidQuery(
            "Inserted row has wrong column count; Has "
                + values.size()
                + ", expected "
                + names.size());
      }
      boolean[] given = new boolean[byColumn.length];
      for (int i = 0; i < names.size(); i++) {
        int place = place(table, names.get(i));
        if (given[place] && values.get(i) != null) {
          throw Refusal.invalidQuery("INSERT has columns with duplicate name: " + names.get(i));
        }
        if (values.get(i) != null) {
          byColumn[place] = fitted(table.columns().get(place), values.get(i));
          given[place] = true;
        }
      }
      for (int i = 0; i < byColumn.length; i++) {
        StoredTable.Column column = table.columns().get(i);
        if (!given[i] && column.defaultValue() != null) {
          byColumn[i] = fitted(column, expressions.compile(column.defaultValue(), null));
        }
      }
    }

    StoredTable.Row row(Code.Frame frame) {
      Object[] values = new Object[byColumn.length];
      for (int i = 0; i < values.length; i++) {
        Object value = byColumn[i] == null ? null : byColumn[i].eval().of(frame);
        values[i] = checked(table.columns().get(i), value);
      }
      return StoredTable.Row.of(values, 0);
    }
  }

  // --- UPDATE, DELETE, MERGE -----------------------------------------------------------------

  /** What becomes of a target row; both null leaves it. */
  private record Change(StoredTable.Row replaced, boolean deleted) {}

  /** A clause over a target row and the source row beside it. */
  private final class Clause {

    private final Ast.Match match;
    private final Code condition;
    private final boolean deletes;
    private final int[] columns;
    private final Code[] values;
    private final Inserter inserter;

    Clause(Ast.When when, StoredTable table, Scope scope, Scope sourceOnly) {
      match = when.match();
      Scope seen = match == Ast.Match.NOT_MATCHED_BY_TARGET ? sourceOnly : scope;
      condition =
          when.condition() == null
              ? null
              : expressions.condition(when.condition(), seen, null, "WHEN clause");
      deletes = when.action() instanceof Ast.DeleteAction;
      if (when.action() instanceof Ast.InsertAction insert) {
        List<String> names =
            insert.columns().isEmpty()
                ? table.columns().stream().map(StoredTable.Column::name).toList()
                : insert.columns();
        List<Code> codes = new ArrayList<>();
        if (insert.values() == null) {
          for (String name : names) {
            codes.add(expressions.compile(new Ast.Name(List.of(name)), seen));
          }
        } else {
          for (Ast.Expr value : insert.values()) {
            codes.add(value == null ? null : expressions.compile(value, seen));
          }
        }
        inserter = new Inserter(table, names, codes);
      } else {
        inserter = null;
      }
      List<Ast.Assign> set =
          when.action() instanceof Ast.UpdateAction update ? update.set() : List.of();
      columns = new int[set.size()];
      values = new Code[set.size()];
      for (int i = 0; i < columns.length; i++) {
        columns[i] = place(table, set.get(i).column());
        values[i] =
            fitted(table.columns().get(columns[i]), expressions.compile(set.get(i).value(), scope));
        for (int j = 0; j < i; j++) {
          if (columns[j] == columns[i]) {
            throw Refusal.invalidQuery(
                "Update item " + set.get(i).column() + " assigned more than once");
          }
        }
      }
    }

    boolean applies(Code.Frame frame) {
      return condition == null || Boolean.TRUE.equals(condition.eval().of(frame));
    }

    Change change(StoredTable table, StoredTable.Row row, Code.Frame frame) {
      if (row.streaming(nowMillis)) {
        throw Refusal.invalidQuery(
            "UPDATE or DELETE statement over table "
                + table.project()
                + "."
                + table.dataset()
                + "."
                + table.name()
                + " would affect rows in the streaming buffer, which is not supported");
      }
      if (deletes) {
        return new Change(null, true);
      }
      Object[] changed = row.values().clone();
      for (int i = 0; i < columns.length; i++) {
        changed[columns[i]] = checked(table.columns().get(columns[i]), values[i].eval().of(frame));
      }
      return new Change(StoredTable.Row.of(changed, row.streamedMillis()), false);
    }
  }

  private Outcome changeWhere(
      String type,
      Ast.TableRef ref,
      Ast.Expr where,
      Ast.When when,
      java.util.function.Consumer<Map<StoredTable, Long>> allowed) {
    StoredTable table = table(ref.path());
    Scope scope = new Scope(null);
    queries.table(ref, table, scope);
    Code condition = expressions.condition(where, scope, null, "WHERE clause");
    Clause clause = new Clause(when, table, scope, scope);
    allowed.accept(scanned());
    List<StoredTable.Row> result = new ArrayList<>(table.rows().size());
    long changed = 0;
    for (StoredTable.Row row : table.rows()) {
      Code.Frame frame = new Code.Frame(row.values(), null);
      if (!Boolean.TRUE.equals(condition.eval().of(frame))) {
        result.add(row);
        continue;
      }
      changed++;
      Change change = clause.change(table, row, frame);
      if (!change.deleted()) {
        result.add(change.replaced());
      }
    }
    if (changed > 0) {
      table.replaceRows(result);
    }
    boolean update = type.equals("UPDATE");
    return dml(type, 0, update ? changed : 0, update ? 0 : changed);
  }

  private Outcome merge(
      Ast.Merge merge, java.util.function.Consumer<Map<StoredTable, Long>> allowed) {
    StoredTable table = table(merge.target().path());
    int width = table.columns().size();
    Scope sourceOnly = new Scope(null);
    Scope.Source[] added = new Scope.Source[1];
    Queries.Plan sourcePlan = queries.source(merge.source(), sourceOnly, added);
    Scope targetOnly = new Scope(null);
    queries.table(merge.target(), table, targetOnly);
    Scope both = new Scope(null);
    queries.table(merge.target(), table, both);
    both.add(added[0].alias(), added[0].columns(), added[0].single());

    Code on = expressions.condition(merge.on(), both, null, "ON clause");
    JoinKeys keys = joinKeys(merge.on(), targetOnly, sourceOnly);
    List<Clause> clauses = new ArrayList<>();
    merge.clauses().forEach(w -> clauses.add(new Clause(w, table, both, sourceOnly)));
    allowed.accept(scanned());

    List<Object[]> sources = sourcePlan.rows(null);
    Map<Object, List<Object[]>> byKey = new HashMap<>();
    for (Object[] source : sources) {
      Object key =
          keys.source() == null ? "" : keys.source().eval().of(new Code.Frame(source, null));
      if (key != null) {
        byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(source);
      }
    }
    Set<Object[]> matchedSources = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
    List<StoredTable.Row> result = new ArrayList<>(table.rows().size() + sources.size());
    long updated = 0;
    long deleted = 0;
    for (StoredTable.Row row : table.rows()) {
      Change change = null;
      boolean matched = false;
      for (Object[] source : candidates(row, keys, byKey)) {
        Object[] pair = Arrays.copyOf(row.values(), width + source.length);
        System.arraycopy(source, 0, pair, width, source.length);
        Code.Frame frame = new Code.Frame(pair, null);
        if (!Boolean.TRUE.equals(on.eval().of(frame))) {
          continue;
        }
        matched = true;
        matchedSources.add(source);
        Clause clause = first(clauses, Ast.Match.MATCHED, frame);
        if (clause != null) {
          if (change != null) {
            throw Refusal.invalidQuery(
                "UPDATE/MERGE must match at most one source row for each target row");
          }
          change = clause.change(table, row, frame);
        }
      }
      if (!matched) {
        Object[] pair = Arrays.copyOf(row.values(), width + added[0].columns().size());
        Code.Frame frame = new Code.Frame(pair, null);
        Clause clause = first(clauses, Ast.Match.NOT_MATCHED_BY_SOURCE, frame);
        change = clause == null ? null : clause.change(table, row, frame);
      }
      if (change == null) {
        result.add(row);
      } else if (change.deleted()) {
        deleted++;
      } else {
        result.add(change.replaced());
        updated++;
      }
    }
    long inserted = 0;
    for (Object[] source : sources) {
      if (!matchedSources.contains(source)) {
        Code.Frame frame = new Code.Frame(source, null);
        Clause clause = first(clauses, Ast.Match.NOT_MATCHED_BY_TARGET, frame);
        if (clause != null) {
          result.add(clause.inserter.row(frame));
          inserted++;
        }
      }
    }
    if (inserted + updated + deleted > 0) {
      table.replaceRows(result);
    }
    return dml("MERGE", inserted, updated, deleted);
  }

  private static Clause first(List<Clause> clauses, Ast.Match match, Code.Frame frame) {
    for (Clause clause : clauses) {
      if (clause.match == match && clause.applies(frame)) {
        return clause;
      }
    }
    return null;
  }

  /**
   * How rows find their partners without trying every pair.
   *
   * @param filters what a target row must be to have any partner
   * @param target null where the condition has no equality to go by; then so is source
   */
  private record JoinKeys(List<Code> filters, Code target, Code source) {}

  private static List<Object[]> candidates(
      StoredTable.Row row, JoinKeys keys, Map<Object, List<Object[]>> byKey) {
    Code.Frame frame = new Code.Frame(row.values(), null);
    for (Code filter : keys.filters()) {
      if (!Boolean.TRUE.equals(filter.eval().of(frame))) {
        return List.of();
      }
    }
    Object key = keys.target() == null ? "" : keys.target().eval().of(frame);
    return key == null ? List.of() : byKey.getOrDefault(key, List.of());
  }

  private JoinKeys joinKeys(Ast.Expr on, Scope target, Scope source) {
    List<Ast.Expr> parts = new ArrayList<>();
    conjuncts(on, parts);
    List<Code> filters = new ArrayList<>();
    Code targetKey = null;
    Code sourceKey = null;
    for (Ast.Expr part : parts) {
      Code filter = resolvable(part, target);
      if (filter != null) {
        filters.add(filter);
      } else if (targetKey == null && part instanceof Ast.Call equal && equal.name().equals("$=")) {
        for (int i = 0; i < 2 && targetKey == null; i++) {
          Code a = resolvable(equal.args().get(i), target);
          Code b = resolvable(equal.args().get(1 - i), source);
          if (a != null && b != null && a.type().equals(b.type())) {
            targetKey = a;
            sourceKey = b;
          }
        }
      }
    }
    return new JoinKeys(filters, targetKey, sourceKey);
  }

  private static void conjuncts(Ast.Expr expr, List<Ast.Expr> parts) {
    if (expr instanceof Ast.Call call && call.name().equals("$AND")) {
      call.args().forEach(arg -> conjuncts(arg, parts));
    } else {
      parts.add(expr);
    }
  }

  /** The expression over one side alone; null where it needs the other. */
  private Code resolvable(Ast.Expr expr, Scope side) {
    try {
      return expressions.compile(expr, side);
    } catch (Refusal needsTheOtherSide) {
      return null;
    }
  }

  // --- definitions ---------------------------------------------------------------------------

  private Outcome define(Ast.Statement statement) {
    String type;
    if (statement instanceof Ast.CreateSchema schema) {
      type = "CREATE_SCHEMA";
      String dataset = schema.name().get(schema.name().size() - 1);
      if (!schema.ifNotExists() || !store.hasDataset(dataset)) {
        store.createDataset(dataset);
      }
    } else if (statement instanceof Ast.CreateTable create) {
      type = "CREATE_TABLE";
      createTable(create);
    } else if (statement instanceof Ast.CreateView create) {
      type = "CREATE_VIEW";
      createView(create);
    } else if (statement instanceof Ast.AddColumns add) {
      type = "ALTER_TABLE";
      StoredTable table = table(add.table());
      synchronized (table) {
        List<StoredTable.Column> columns = new ArrayList<>();
        for (Ast.ColumnDef column : add.columns()) {
          if (table.column(column.name()) < 0) {
            columns.add(column(column));
          } else if (!add.ifNotExists()) {
            throw Refusal.invalidQuery("Column already exists: " + column.name());
          }
        }
        if (!columns.isEmpty()) {
          table.addColumns(columns);
        }
      }
    } else {
      type = "DROP_TABLE";
      Ast.DropTable drop = (Ast.DropTable) statement;
      String[] name = resolve(drop.table());
      if (!drop.ifExists() || store.find(name[0], name[1]) != null) {
        store.dropTable(store.table(name[0], name[1]));
      }
    }
    return new Outcome(type, List.of(), List.of(), null, null, Map.of());
  }

  private void createTable(Ast.CreateTable create) {
    String[] name = resolve(create.name());
    StoredTable existing = store.find(name[0], name[1]);
    if (existing != null && create.ifNotExists()) {
      return;
    }
    if (existing != null && create.orReplace()) {
      store.dropTable(existing);
    }
    store.createTable(name[0], name[1], create.columns().stream().map(Executor::column).toList());
  }

  private void createView(Ast.CreateView create) {
    String[] name = resolve(create.name());
    List<StoredTable.Column> columns =
        queries.plan(create.query(), null).columns().stream()
            .map(c -> new StoredTable.Column(c.name(), c.type(), false, null))
            .toList();
    StoredTable existing = store.find(name[0], name[1]);
    if (existing != null && create.orReplace()) {
      store.dropTable(existing);
    }
    store.create(
        new StoredTable(
            store.project(), name[0], name[1], columns, create.query(), 0, store.clock()));
  }

  private static StoredTable.Column column(Ast.ColumnDef def) {
    return new StoredTable.Column(def.name(), def.type(), def.required(), def.defaultValue());
  }

  // --- helpers -------------------------------------------------------------------------------

  private Outcome dml(String type, long inserted, long updated, long deleted) {
    return new Outcome(
        type,
        List.of(),
        List.of(),
        inserted + updated + deleted,
        new long[] {inserted, updated, deleted},
        scanned());
  }

  private Map<StoredTable, Long> scanned() {
    Map<StoredTable, Long> bytes = new HashMap<>();
    for (StoredTable table : queries.read()) {
      long sum = 0;
      for (StoredTable.Row row : table.rows()) {
        sum += row.bytes();
      }
      bytes.put(table, sum);
    }
    return bytes;
  }

  private StoredTable table(List<String> path) {
    String[] name = resolve(path);
    return store.table(name[0], name[1]);
  }

  /** The dataset and the table that a path means. */
  private String[] resolve(List<String> path) {
    int parts = path.size();
    String dataset = parts >= 2 ? path.get(parts - 2) : defaultDataset;
    if (dataset == null) {
      throw Refusal.invalidQuery(
          "Table \"" + path.get(0) + "\" must be qualified with a dataset (e.g. dataset.table).");
    }
    if (parts >= 3) {
      String project = String.join(".", path.subList(0, parts - 2));
      if (!project.equals(store.project())) {
        throw new Refusal(
            403, "accessDenied", "Access Denied: Project " + project + ": no permission here");
      }
    }
    return new String[] {dataset, path.get(parts - 1)};
  }

  private static int place(StoredTable table, String column) {
    int place = table.column(column);
    if (place < 0) {
      throw Refusal.invalidQuery("Column " + column + " is not present in table " + table.id());
    }
    return place;
  }

  private static Code fitted(StoredTable.Column column, Code value) {
    Code fit = value.fit(column.type());
    if (fit == null) {
      throw Refusal.invalidQuery(
          "Value has type "
              + value.type()
              + " which cannot be assigned to column "
              + column.name()
              + ", which has type "
              + column.type());
    }
    return fit;
  }

  /** The value as a table keeps it: an array is never null, and holds no null. */
  static Object checked(StoredTable.Column column, Object value) {
    if (value instanceof List<?> items && column.type().is(SqlType.Kind.ARRAY)) {
      if (items.stream().anyMatch(java.util.Objects::isNull)) {
        throw Refusal.invalidQuery(
            "Array cannot have a null element; error in writing field " + column.name());
      }
      return items;
    }
    if (value == null && column.type().is(SqlType.Kind.ARRAY)) {
      return List.of();
    }
    if (value == null && column.required()) {
      throw Refusal.invalidQuery("Required field " + column.name() + " cannot be null");
    }
    return value;
  }
}
