package truthforge.sync.ledger;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * A ledger that lives as long as its object: for simulations. It keeps the contract of {@link
 * Ledger} but for durability, and times as they are given.
 *
 * <p>A transaction copies the tables that it writes to, so what was committed is never changed: to
 * roll back is to forget, and {@link #copy} costs nothing.
 */
public final class MemoryLedger implements Ledger {

  private final Clock clock;
  private final ReentrantLock turn = new ReentrantLock(true);
  private volatile MemoryTables committed;

  /**
   * @param clock tells since when a contact waits
   */
  public MemoryLedger(Clock clock) {
    this(clock, MemoryTables.EMPTY);
  }

  private MemoryLedger(Clock clock, MemoryTables committed) {
    this.clock = clock;
    this.committed = committed;
  }

  /**
   * Another ledger with the state of the last commit, as after a crash. May be called at any time,
   * also from within a transaction.
   */
  public MemoryLedger copy() {
    return new MemoryLedger(clock, committed);
  }

  @Override
  public <T> T transaction(Function<LedgerTransaction, T> work) {
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("A ledger transaction within another one");
    }
    turn.lock();
    try {
      MemoryTransaction transaction = new MemoryTransaction(committed, clock);
      T result = work.apply(transaction);
      committed = transaction.tables();
      return result;
    } finally {
      turn.unlock();
    }
  }

  /**
   * @throws UnsupportedOperationException always: see {@link #copy}
   */
  @Override
  public void backup(Path file) {
    throw new UnsupportedOperationException("A ledger in memory has no backup");
  }

  @Override
  public void close() {}
}
