package truthforge.sync.systems.jdbc;

/** By what a row of a table shows that somebody changed it. */
public enum RevisionKind {
  /** Its {@code updated_at}, which the database moves at every update. */
  UPDATED_AT,
  /**
   * The whole row: the table has no {@code updated_at}, or nothing makes it move. PostgreSQL tells
   * a hash; SQLite has none to tell, so there the revision is the row's values themselves and
   * belongs into no log.
   */
  ROW
}
