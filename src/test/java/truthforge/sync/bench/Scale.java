package truthforge.sync.bench;

import java.util.List;

/**
 * How much is measured.
 *
 * @param repetitions of each figure
 * @param pair contacts in the two PostgreSQL databases
 * @param sizes contacts of the figure growth, rising
 * @param four contacts in the four systems
 * @param quietBefore quiet cycles before those that are measured; 60 are five hours at the usual
 *     interval, and a service runs for months
 * @param webhookSeconds for how long 50 edits a second go on
 * @param singleEdits of webhook-one
 * @param budgetMinutes whole minutes that are counted after the first
 */
record Scale(
    String name,
    int repetitions,
    int pair,
    List<Integer> sizes,
    int four,
    int quietBefore,
    int webhookSeconds,
    int singleEdits,
    int budgetMinutes) {

  static final Scale FULL =
      new Scale("full", 3, 100_000, List.of(10_000, 100_000, 1_000_000), 100_000, 60, 60, 20, 3);

  /** Shows within five minutes whether something is badly wrong. */
  static final Scale QUICK =
      new Scale("quick", 3, 1_000, List.of(2_000, 20_000), 1_000, 6, 6, 5, 1);

  /** Shows that the bench works, and nothing of the service's speed. */
  static final Scale TINY = new Scale("tiny", 1, 500, List.of(300, 600), 300, 3, 2, 3, 1);

  boolean isFull() {
    return equals(FULL);
  }

  /** The same with so many contacts wherever it has one number of them, measured once. */
  Scale withContacts(int contacts) {
    return new Scale(
        name + " of " + contacts,
        1,
        contacts,
        sizes,
        contacts,
        FULL.quietBefore,
        webhookSeconds,
        singleEdits,
        budgetMinutes);
  }
}
