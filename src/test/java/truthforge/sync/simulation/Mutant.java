package truthforge.sync.simulation;

/** What is left out of the service, to see that the simulation finds it. */
enum Mutant {
  NONE,
  /** Promise 2: what BigQuery has not acknowledged is sent to others. */
  NO_GATE,
  /** Promise 3: the cursor is at the end before the pages up to there are stored. */
  CURSOR_MOVED_EARLY,
  /** Promise 3: what became visible late, at an earlier place, is passed over. */
  NO_OVERLAP,
  /** Rule 1: what was read before the last write of a record is observed after it. */
  STALE_PAGE_OBSERVED,
  /** Rule 2: a write is not conditional on the record being as last seen. */
  NO_CONDITION,
  /** Rule 3: creating merges with whom it finds. */
  CREATING_MERGES,
  /** Rule 4: all of an answer is taken for what was written. */
  ANSWER_BELIEVED_WHOLE,
  /** Rule 5: what is sent is not noted before. */
  NO_NOTE_OF_WRITES,
  /** Promise 6: a field that an answer lacks is taken for empty. */
  ABSENT_TAKEN_FOR_EMPTY,
  /** Due: sent_version rises to the version at the acknowledgement. */
  SENT_VERSION_RAISED_TOO_FAR,
  /** Promise 1: the value that gives way is not listed. */
  CONFLICTS_FORGOTTEN,
  /** Promise 8: a deletion that is only a failed look-up. */
  NOT_FOUND_TAKEN_FOR_DELETED
}
