package truthforge.sync.operate.trace;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;

/**
 * A ledger that tells which changes were stored, whoever made them: every one of them is written to
 * the history in the transaction that makes it.
 */
final class TracedLedger implements Ledger {

  private static final String HISTORY = "addHistory";

  private final Ledger ledger;
  private final Consumer<List<Change>> stored;

  /**
   * @param stored is told after the commit, on the committing thread
   */
  TracedLedger(Ledger ledger, Consumer<List<Change>> stored) {
    this.ledger = ledger;
    this.stored = stored;
  }

  @Override
  public <T> T transaction(Function<LedgerTransaction, T> work) {
    List<Change> changes = new ArrayList<>();
    T result =
        ledger.transaction(
            tx -> {
              // It may be run more than once.
              changes.clear();
              return work.apply(watched(tx, changes));
            });
    if (!changes.isEmpty()) {
      stored.accept(changes);
    }
    return result;
  }

  private static LedgerTransaction watched(LedgerTransaction tx, List<Change> changes) {
    return (LedgerTransaction)
        Proxy.newProxyInstance(
            LedgerTransaction.class.getClassLoader(),
            new Class<?>[] {LedgerTransaction.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(tx, arguments);
                if (method.getName().equals(HISTORY)) {
                  ((Collection<?>) arguments[0]).forEach(change -> changes.add((Change) change));
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public void backup(Path file) {
    ledger.backup(file);
  }

  /** The ledger is the caller's. */
  @Override
  public void close() {}
}
