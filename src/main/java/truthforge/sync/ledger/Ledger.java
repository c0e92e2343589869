package truthforge.sync.ledger;

import java.nio.file.Path;
import java.util.function.Function;

/**
 * The durable memory: canonical contacts, replicas, cursors, conflicts, dead letters, held
 * observations, history. It stores observations, not work: what is due is derived from it.
 *
 * <p>Safe for use by several threads; transactions run one after another, those of other processes
 * on the same ledger included. Times are kept to the microsecond.
 */
public interface Ledger extends AutoCloseable {

  /**
   * Runs the work in one transaction: all of it is stored durably when this returns, or nothing
   * when it throws. The work may be run more than once, so it must touch nothing but the ledger;
   * and it must not begin another transaction.
   *
   * @throws LedgerUnavailable when the store cannot be reached or written; nothing was stored,
   *     unless the connection to a database server broke during the commit: then all or nothing was
   */
  <T> T transaction(Function<LedgerTransaction, T> work);

  /** The setting of a copy that tells when it was made; none in a ledger that is no copy. */
  String COPIED_AT = "copied-at";

  /**
   * Writes a consistent copy while others go on. Where it is put in the place of the ledger one
   * day, {@link #COPIED_AT} tells that others went on meanwhile.
   *
   * @param file is made, readable by its owner alone; must not be there yet
   * @throws UnsupportedOperationException where the database has its own tools for that
   */
  void backup(Path file);

  @Override
  void close();

  /** The store cannot be reached, read or written. The message names the remedy. */
  class LedgerUnavailable extends RuntimeException {
    public LedgerUnavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Nothing was ever remembered at this place. */
  final class NoLedgerYet extends LedgerUnavailable {
    NoLedgerYet(String place) {
      super(
          "There is no ledger yet " + place + ". Start with init, or check ledger.jdbc-url.", null);
    }
  }
}
