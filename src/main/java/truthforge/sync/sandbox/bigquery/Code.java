package truthforge.sync.sandbox.bigquery;

/**
 * An expression, resolved and ready to run.
 *
 * @param constant whether it gives one value for the whole statement
 * @param flexible whether it is a literal or parameter, which BigQuery fits to the type needed
 */
record Code(SqlType type, Eval eval, boolean constant, boolean flexible) {

  interface Eval {
    Object of(Frame frame);
  }

  /**
   * The row that an expression sees, and the row around its subquery.
   *
   * @param outer null outside of a subquery
   */
  record Frame(Object[] row, Frame outer) {}

  static Code literal(SqlType type, Object value) {
    return new Code(type, frame -> value, true, true);
  }

  /** An expression over others; one over constants alone is computed once. */
  static Code over(SqlType type, java.util.List<Code> parts, Eval eval) {
    boolean constant = parts.stream().allMatch(Code::constant);
    return new Code(type, constant ? once(eval) : eval, constant, false);
  }

  private static Eval once(Eval eval) {
    return new Eval() {
      private boolean known;
      private Object value;

      @Override
      public Object of(Frame frame) {
        if (!known) {
          value = eval.of(frame);
          known = true;
        }
        return value;
      }
    };
  }

  /** Fits this to a type, as BigQuery does unasked; null where it does not. */
  Code fit(SqlType wanted) {
    if (type.equals(wanted)) {
      return this;
    }
    if (type.is(SqlType.Kind.NULL)) {
      return new Code(wanted, eval, constant, flexible);
    }
    boolean widened =
        switch (wanted.kind()) {
          case FLOAT64 -> type.isNumber();
          case NUMERIC -> type.is(SqlType.Kind.INT64);
          case BIGNUMERIC -> type.is(SqlType.Kind.INT64) || type.is(SqlType.Kind.NUMERIC);
          default -> false;
        };
    boolean moment =
        flexible
            && type.is(SqlType.Kind.STRING)
            && switch (wanted.kind()) {
              case DATE, DATETIME, TIMESTAMP -> true;
              default -> false;
            };
    if (widened || moment) {
      return over(wanted, java.util.List.of(this), frame -> Values.cast(eval.of(frame), wanted));
    }
    boolean emptyArray =
        wanted.is(SqlType.Kind.ARRAY)
            && type.is(SqlType.Kind.ARRAY)
            && type.element().is(SqlType.Kind.NULL);
    return emptyArray ? new Code(wanted, eval, constant, flexible) : null;
  }
}
