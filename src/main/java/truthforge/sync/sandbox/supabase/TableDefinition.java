package truthforge.sync.sandbox.supabase;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A table as it is declared: columns, constraints, triggers, rights.
 *
 * <p>A table has one column as its primary key. Built by {@link #table(String)}.
 */
public final class TableDefinition {

  /** What a role may do with a table. */
  public enum Privilege {
    SELECT,
    INSERT,
    UPDATE,
    DELETE
  }

  /** What a column is when an insert does not name it. */
  enum Default {
    NULL,
    RANDOM_UUID,
    NOW,
    SEQUENCE,
    VALUE
  }

  /**
   * @param value for {@link Default#VALUE}, as {@link SqlType} keeps it
   * @param cached whether PostgREST knows the column already
   */
  record Column(
      String name,
      SqlType type,
      boolean notNull,
      Default byDefault,
      Object value,
      boolean cached) {}

  record Unique(String name, List<Integer> columns) {}

  record Check(String name, Predicate<Function<String, Object>> holds) {}

  private final String name;
  private final List<Column> columns = new ArrayList<>();
  private final Map<String, Integer> positions = new LinkedHashMap<>();
  private final List<Unique> uniques = new ArrayList<>();
  private final List<Check> checks = new ArrayList<>();
  private final Map<String, Set<Privilege>> grants = new LinkedHashMap<>();
  private final Set<String> readers = new LinkedHashSet<>();
  private boolean rowLevelSecurity;
  private int touched = -1;
  private int counted = -1;

  private TableDefinition(String name) {
    this.name = name;
  }

  /** Begins a table of the schema {@code public}. */
  public static TableDefinition table(String name) {
    return new TableDefinition(name);
  }

  /** The first column declared is the primary key. */
  public TableDefinition column(String column, SqlType type) {
    return add(new Column(column, type, columns.isEmpty(), Default.NULL, null, true));
  }

  public TableDefinition notNull() {
    Column last = last();
    return replaceLast(
        new Column(last.name(), last.type(), true, last.byDefault(), last.value(), true));
  }

  /** The last column's default, as JSON or a literal in text. */
  public TableDefinition byDefault(String literal) {
    return withDefault(Default.VALUE, last().type().fromText(literal));
  }

  public TableDefinition byDefaultRandomUuid() {
    return withDefault(Default.RANDOM_UUID, null);
  }

  public TableDefinition byDefaultNow() {
    return withDefault(Default.NOW, null);
  }

  /** The last column is a bigserial. */
  public TableDefinition serial() {
    return withDefault(Default.SEQUENCE, null);
  }

  public TableDefinition unique(String constraint, String... names) {
    List<Integer> at = new ArrayList<>();
    for (String column : names) {
      at.add(positions.get(column));
    }
    uniques.add(new Unique(constraint, at));
    return this;
  }

  /** A check constraint; it is given the row's values by column name. */
  public TableDefinition check(String constraint, Predicate<Function<String, Object>> holds) {
    checks.add(new Check(constraint, holds));
    return this;
  }

  /** A trigger before update that moves this column to the clock, forwards always. */
  public TableDefinition touch(String column) {
    touched = positions.get(column);
    return this;
  }

  /** A trigger before update that adds one to this column. */
  public TableDefinition countUpdates(String column) {
    counted = positions.get(column);
    return this;
  }

  public TableDefinition grant(String role, Privilege... privileges) {
    grants.computeIfAbsent(role, r -> new LinkedHashSet<>()).addAll(List.of(privileges));
    return this;
  }

  public TableDefinition grantAll(String... roles) {
    for (String role : roles) {
      grant(role, Privilege.values());
    }
    return this;
  }

  /** From now on a role other than service_role sees and changes only what a policy lets it. */
  public TableDefinition rowLevelSecurity() {
    rowLevelSecurity = true;
    return this;
  }

  /** A policy by which the role may read every row. */
  public TableDefinition readable(String role) {
    readers.add(role);
    return this;
  }

  String name() {
    return name;
  }

  String primaryKeyName() {
    return name + "_pkey";
  }

  List<Column> columns() {
    return columns;
  }

  /** -1 where there is no such column. */
  int position(String column) {
    return positions.getOrDefault(column, -1);
  }

  List<Unique> uniques() {
    return uniques;
  }

  List<Check> checks() {
    return checks;
  }

  int touched() {
    return touched;
  }

  int counted() {
    return counted;
  }

  boolean permits(String role, Privilege privilege) {
    return grants.getOrDefault(role, Set.of()).contains(privilege);
  }

  boolean showsRowsTo(String role) {
    return !rowLevelSecurity || role.equals("service_role") || readers.contains(role);
  }

  boolean takesRowsFrom(String role) {
    return !rowLevelSecurity || role.equals("service_role");
  }

  TableDefinition add(Column column) {
    if (positions.putIfAbsent(column.name(), columns.size()) != null) {
      throw new IllegalArgumentException("Column " + column.name() + " is declared twice");
    }
    columns.add(column);
    return this;
  }

  void retype(String column, SqlType type) {
    columns.replaceAll(
        c ->
            c.name().equals(column)
                ? new Column(c.name(), type, c.notNull(), c.byDefault(), c.value(), c.cached())
                : c);
  }

  void reloadSchemaCache() {
    columns.replaceAll(
        c -> new Column(c.name(), c.type(), c.notNull(), c.byDefault(), c.value(), true));
  }

  private TableDefinition withDefault(Default byDefault, Object value) {
    Column last = last();
    return replaceLast(
        new Column(last.name(), last.type(), last.notNull(), byDefault, value, true));
  }

  private Column last() {
    return columns.get(columns.size() - 1);
  }

  private TableDefinition replaceLast(Column column) {
    columns.set(columns.size() - 1, column);
    return this;
  }
}
