package truthforge.sync.sandbox.bigquery;

import java.util.List;
import java.util.Map;

/** The parts of a parsed statement. A name of a table or column is a path: its parts in order. */
final class Ast {

  private Ast() {}

  sealed interface Expr {}

  record Literal(SqlType type, Object value) implements Expr {}

  record Name(List<String> path) implements Expr {}

  record Param(String name) implements Expr {}

  /**
   * @param name in capitals; operators begin with a dollar sign
   */
  record Call(String name, List<Expr> args, Map<String, Expr> named, boolean distinct, boolean star)
      implements Expr {

    Call(String name, Expr... args) {
      this(name, List.of(args), Map.of(), false, false);
    }
  }

  record Cast(Expr value, SqlType type, boolean safe) implements Expr {}

  /** An operand of null makes the conditions boolean; a null otherwise is NULL. */
  record Case(Expr operand, List<Expr> conditions, List<Expr> results, Expr otherwise)
      implements Expr {}

  record InList(Expr value, List<Expr> items) implements Expr {}

  record InArray(Expr value, Expr array) implements Expr {}

  record InQuery(Expr value, Select query) implements Expr {}

  record Exists(Select query) implements Expr {}

  record Scalar(Select query) implements Expr {}

  record ArrayOf(Select query) implements Expr {}

  /** An element type of null is found from the items. */
  record ArrayLiteral(SqlType element, List<Expr> items) implements Expr {}

  record StructLiteral(List<Expr> items, List<String> names) implements Expr {}

  record Member(Expr value, String field) implements Expr {}

  record Interval(Expr amount, String unit) implements Expr {}

  sealed interface Statement {}

  /**
   * @param from null for none; so are where, having, limit and offset
   */
  record Select(
      boolean distinct,
      List<Item> items,
      From from,
      Expr where,
      List<Expr> groupBy,
      Expr having,
      List<Order> orderBy,
      Expr limit,
      Expr offset)
      implements Statement {}

  /**
   * An output column, or all columns where the expression is null.
   *
   * @param alias null for none; with a star, the table whose columns are meant, or null for all
   * @param except columns that a star leaves out
   */
  record Item(Expr expr, String alias, List<String> except) {}

  record Order(Expr expr, boolean descending) {}

  sealed interface From {}

  record TableRef(List<String> path, String alias) implements From {

    /** What its columns are called by. */
    String name() {
      return alias != null ? alias : path.get(path.size() - 1);
    }
  }

  record UnnestRef(Expr array, String alias, String offsetAlias) implements From {}

  record QueryRef(Select query, String alias) implements From {}

  /** A condition of null joins every pair. */
  record Join(From left, From right, boolean outer, Expr on) implements From {}

  record Assign(String column, Expr value) {}

  record Insert(List<String> table, List<String> columns, List<List<Expr>> rows, Select query)
      implements Statement {}

  record Update(TableRef table, List<Assign> set, Expr where) implements Statement {}

  record Delete(TableRef table, Expr where) implements Statement {}

  record Merge(TableRef target, From source, Expr on, List<When> clauses) implements Statement {}

  enum Match {
    MATCHED,
    NOT_MATCHED_BY_TARGET,
    NOT_MATCHED_BY_SOURCE
  }

  record When(Match match, Expr condition, Action action) {}

  sealed interface Action {}

  record UpdateAction(List<Assign> set) implements Action {}

  record DeleteAction() implements Action {}

  record InsertAction(List<String> columns, List<Expr> values) implements Action {}

  record CreateSchema(List<String> name, boolean ifNotExists) implements Statement {}

  record CreateTable(
      List<String> name, List<ColumnDef> columns, boolean ifNotExists, boolean orReplace)
      implements Statement {}

  record CreateView(List<String> name, Select query, boolean orReplace) implements Statement {}

  /** A default of null is NULL. */
  record ColumnDef(String name, SqlType type, boolean required, Expr defaultValue) {}

  record AddColumns(List<String> table, List<ColumnDef> columns, boolean ifNotExists)
      implements Statement {}

  record DropTable(List<String> table, boolean ifExists) implements Statement {}
}
