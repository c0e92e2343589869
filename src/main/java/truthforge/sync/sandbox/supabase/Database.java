package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The tables, the functions and the change log; one writer at a time, any number of readers. */
final class Database {

  private final Clock clock;
  private final Map<String, Table> tables = new LinkedHashMap<>();
  private final Map<String, FunctionDefinition> functions = new ConcurrentSkipListMap<>();
  private final Map<String, Long> sequences = new HashMap<>();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final Consumer<List<Change>> committed;
  private ChangeFeed feed;
  private long nextTransaction = 1000;

  /**
   * @param committed is given the changes of each commit, while writers still wait
   */
  Database(Clock clock, Collection<TableDefinition> definitions, Consumer<List<Change>> committed) {
    this.clock = clock;
    this.committed = committed;
    for (TableDefinition definition : definitions) {
      tables.put(definition.name(), new Table(definition));
    }
  }

  Map<String, Table> tables() {
    return tables;
  }

  Map<String, FunctionDefinition> functions() {
    return functions;
  }

  void add(FunctionDefinition function) {
    functions.put(function.name(), function);
  }

  /** Null where the feed is not installed. */
  ChangeFeed feed() {
    return feed;
  }

  void install(ChangeFeed newFeed) {
    feed = newFeed;
  }

  long clockMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
  }

  /** The id that the next transaction will get. */
  long nextTransaction() {
    return nextTransaction;
  }

  long nextOf(String sequence) {
    return sequences.merge(sequence, 1L, Long::sum);
  }

  <T> T read(Supplier<T> work) {
    lock.readLock().lock();
    try {
      return work.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** All or nothing: an exception undoes what the work did. */
  <T> T write(String origin, Function<Transaction, T> work) {
    lock.writeLock().lock();
    try {
      Transaction transaction = new Transaction(this, nextTransaction++, clockMicros());
      T result;
      try {
        result = work.apply(transaction);
      } catch (RuntimeException e) {
        transaction.undo();
        throw e;
      }
      if (!transaction.changes().isEmpty()) {
        if (feed != null) {
          feed.log(transaction, origin, clockMicros());
        }
        committed.accept(transaction.changes());
      }
      return result;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** All rows go at one stroke, of which no trigger of a row and no webhook hears. */
  void truncate(Table table) {
    write(
        null,
        transaction -> {
          table.clear();
          if (feed != null) {
            feed.logTruncation(transaction.id(), clockMicros(), table);
          }
          return null;
        });
  }

  /** A row exactly as given, without triggers. Replaces one of the same primary key. */
  void load(Table table, JsonNode object) {
    lock.writeLock().lock();
    try {
      Transaction transaction = new Transaction(this, nextTransaction, clockMicros());
      Row row = transaction.propose(table, Transaction.read(table, object));
      Row old = table.byPrimaryKey(row.at(0));
      table.refuseDuplicates(row, old);
      if (old == null) {
        table.put(row);
      } else {
        table.replace(old, row);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** A copy of all that a backup holds. */
  record Backup(
      Map<String, List<Row>> rows, Map<String, Long> sequences, ChangeFeed feed, long next) {}

  Backup backup() {
    return read(
        () -> {
          Map<String, List<Row>> rows = new HashMap<>();
          tables.forEach((name, table) -> rows.put(name, new ArrayList<>(table.rows())));
          return new Backup(
              rows, new HashMap<>(sequences), feed == null ? null : feed.copy(), nextTransaction);
        });
  }

  /** Goes back to a backup: rows, change log and transaction numbers. */
  void restore(Backup backup) {
    lock.writeLock().lock();
    try {
      tables.forEach(
          (name, table) -> {
            table.clear();
            backup.rows().get(name).forEach(table::put);
          });
      sequences.clear();
      sequences.putAll(backup.sequences());
      feed = backup.feed() == null ? null : backup.feed().copy();
      nextTransaction = backup.next();
    } finally {
      lock.writeLock().unlock();
    }
  }

  List<Row> copyOf(Table table) {
    return read(() -> new ArrayList<>(table.rows()));
  }
}
