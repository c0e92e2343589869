package truthforge.sync.sandbox.bigquery;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What the expressions of a grouped query see: a row that holds the keys first, then the aggregates
 * in the order in which they were met.
 */
final class Grouping {

  /** A value computed over the rows of a group. */
  record Aggregate(SqlType type, Function<List<Code.Frame>, Object> over) {}

  private final List<Ast.Expr> keys;
  private final List<Code> keyCodes;
  private final List<Aggregate> aggregates = new ArrayList<>();

  Grouping(List<Ast.Expr> keys, List<Code> keyCodes) {
    this.keys = keys;
    this.keyCodes = keyCodes;
  }

  /** The value of an expression that the query is grouped by; null for any other. */
  Code key(Ast.Expr expr) {
    int place = keys.indexOf(expr);
    return place < 0
        ? null
        : new Code(keyCodes.get(place).type(), frame -> frame.row()[place], false, false);
  }

  Code aggregate(Aggregate aggregate) {
    int place = keys.size() + aggregates.size();
    aggregates.add(aggregate);
    return new Code(aggregate.type(), frame -> frame.row()[place], false, false);
  }

  List<Code> keyCodes() {
    return keyCodes;
  }

  List<Aggregate> aggregates() {
    return aggregates;
  }
}
