package truthforge.sync.sandbox.supabase;

/**
 * What a transaction did to one row.
 *
 * @param old null for an insert
 * @param now null for a delete
 */
record Change(Table table, Row old, Row now) {

  String operation() {
    return old == null ? "INSERT" : now == null ? "DELETE" : "UPDATE";
  }
}
