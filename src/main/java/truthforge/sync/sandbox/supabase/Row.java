package truthforge.sync.sandbox.supabase;

/**
 * One version of a row; never changed after it was made.
 *
 * @param values in the table's order of columns; may be shorter than it, after a column was added
 * @param xmin the transaction that made this version
 */
@SuppressWarnings("ArrayRecordComponent")
record Row(Object[] values, long xmin) {

  Object at(int column) {
    return column < values.length ? values[column] : null;
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
