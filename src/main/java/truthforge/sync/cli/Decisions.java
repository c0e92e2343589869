package truthforge.sync.cli;

import java.util.Collection;

/**
 * What people look up and decide in the ledger: from the command line, and by the page of a running
 * service. What cannot be done as asked is thrown as {@link Problem}, {@link Outcome#USAGE} for a
 * number or id that is none.
 *
 * <p>Lists go in pages: {@code after} is the number of the last entry of the page before (0 for the
 * first page), {@code limit} the largest number of entries. Decisions are carried out by the next
 * deliveries, as any edit is.
 */
public interface Decisions {

  // Conflicts

  /**
   * Newest first.
   *
   * @param openOnly only those that wait for a person
   */
  ConflictsReport conflicts(boolean openOnly, long after, int limit);

  ConflictReport conflict(long id);

  /**
   * Decides what the field is to hold: an edit like any other. Other conflicts about the same field
   * of the contact that wait are settled by it too.
   *
   * @return what the field holds now
   */
  ConflictReport resolve(long id, Choice choice);

  /** Which value is to hold. */
  sealed interface Choice {
    /** The one that was kept. */
    record Kept() implements Choice {}

    /** The one that gave way. */
    record Lost() implements Choice {}

    /**
     * Another one.
     *
     * @param json as the field's type is written in JSON; text that is none is taken as it stands
     */
    record Other(String json) implements Choice {}
  }

  // Dead letters

  /** In the order in which they were first parked. */
  DeadLettersReport deadLetters(long after, int limit);

  DeadLetterReport deadLetter(long id);

  /**
   * Sends anew what the contacts of these dead letters hold now; of a record that could not be
   * read, has its system read from the start.
   *
   * @return how many are tried again
   */
  long replay(Collection<Long> ids);

  /** Likewise, for all dead letters. */
  long replayAll();

  /**
   * Takes a dead letter off the list. A contact stays as it is in the target until it changes; a
   * record that could not be read stays unread until it changes.
   */
  void discard(long id);

  // Held

  /** Oldest first. */
  HeldReport held(long after, int limit);

  HeldOneReport heldOne(long id);

  /**
   * Merges a held observation against its contact as it is now.
   *
   * @param contactId for an ambiguous record, the contact that it belongs to; where that one has
   *     another record in the system, the two become one and this record is deleted; null makes it
   *     a contact of its own
   */
  void approve(long id, String contactId);

  /** Drops a held observation, so that the system gets the contact as it is. */
  void refuse(long id);

  // Contacts

  /** Who changed what, when, and from where; newest first. */
  HistoryReport history(String contactId, int limit);

  /**
   * Gives every field the value that it had at that version: an edit like any other. A contact that
   * was live then is live again.
   */
  RevertReport revert(String contactId, long version);

  /** Live contacts that share an email, or a phone number where their names agree. */
  DuplicatesReport duplicates();

  /**
   * Makes two contacts one, everywhere. The values that give way are listed as first-meeting
   * differences; where both have a record in a system, that of {@code goes} is deleted softly. What
   * is changed in such a record later is an edit of the contact that stays.
   *
   * <p>Where only {@code goes} has an email it is the one that stays, as a deleted person keeps its
   * email from others in Twenty.
   */
  MergeReport merge(String stays, String goes);

  /**
   * Erases a contact everywhere, with its merged ones: from the ledger at once, from each system as
   * it answers, for good. Known again by contact id or a record's id, which are kept as salted
   * hashes, it is erased again; a record with only its email or phone number is held.
   */
  ForgetReport forget(String contactId);

  /** What is still to be erased, and where. */
  ForgetReport forgetting();
}
