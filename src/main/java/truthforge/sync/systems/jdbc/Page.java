package truthforge.sync.systems.jdbc;

/** Where in a walk over a table a statement reads: the first page has nothing to go on from. */
public enum Page {
  FIRST,
  /** Beyond {@code :?after_id}, and in a walk by time beyond {@code :?after_updated_at}. */
  NEXT
}
