package truthforge.sync.ledger;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is mostly empty: then nothing is looked for in it. */
final class Seldom {

  enum Rows {
    HELD("held"),
    DEAD_LETTERS("dead_letter"),
    WAITING("conflict WHERE status = 'WAITING'");

    private final String rows;

    Rows(String rows) {
      this.rows = rows;
    }
  }

  private final Sql sql;

  /** What is not empty; null before it was asked for. */
  private Set<Rows> present;

  Seldom(Sql sql) {
    this.sql = sql;
  }

  boolean isAny(Rows what) {
    if (present == null) {
      String each =
          Stream.of(Rows.values())
              .map(one -> "EXISTS (SELECT 1 FROM " + one.rows + ")")
              .collect(Collectors.joining(", "));
      present =
          sql.first(
              "SELECT " + each,
              row -> {},
              result -> {
                Set<Rows> some = EnumSet.noneOf(Rows.class);
                for (Rows one : Rows.values()) {
                  if (result.getBoolean(1 + one.ordinal())) {
                    some.add(one);
                  }
                }
                return some;
              });
    }
    return present.contains(what);
  }

  void comes(Rows what) {
    if (present != null) {
      present.add(what);
    }
  }
}
