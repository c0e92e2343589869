package truthforge.sync.systems.bigquery;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;

/**
 * Counts what BigQuery bills, by the day in UTC, and keeps the count in the ledger. Above a limit
 * the service reads and writes less often, in larger statements; nothing is left out.
 *
 * <p>BigQuery bills a statement 10 MiB at least for each table that it refers to
 * (cloud.google.com/bigquery/pricing).
 */
public final class BilledBytes {

  static final long LEAST_OF_A_TABLE = 10L << 20;
  private static final long MEBIBYTE = 1L << 20;
  private static final int JOBS_REMEMBERED = 1_000;
  private static final String SETTING = "bigquery.billed";

  private final Ledger ledger;
  private final boolean keeps;
  private final Long most;
  private final Clock clock;

  /** What was counted of a job, which is told of more than once. */
  private final Map<String, Long> jobs =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > JOBS_REMEMBERED;
        }
      };

  /**
   * @param keeps false where the ledger may only be read: then nothing is counted
   * @param most bytes of a day above which there is to be an alarm; null for none
   */
  public BilledBytes(Ledger ledger, boolean keeps, Long most, Clock clock) {
    this.ledger = ledger;
    this.keeps = keeps;
    this.most = most;
    this.clock = clock;
  }

  /**
   * What a statement bills that BigQuery tells the processed bytes of, and not the billed ones.
   *
   * @param tables how many it refers to; without any, nothing is billed
   */
  static long billed(long processed, int tables) {
    if (tables == 0) {
      return 0;
    }
    long whole = (processed + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE;
    return Math.max(whole, tables * LEAST_OF_A_TABLE);
  }

  /**
   * Takes note of what a job has billed, once.
   *
   * @param bytes as known now; may be told again as more
   */
  synchronized void charge(String job, long bytes) {
    long before = jobs.getOrDefault(job, 0L);
    if (!keeps || bytes <= before) {
      return;
    }
    jobs.put(job, bytes);
    ledger.transaction(
        tx -> {
          Instant now = clock.instant();
          tx.setSetting(SETTING, day(now) + " " + (today(tx, now) + bytes - before));
          return null;
        });
  }

  /** Bytes billed since midnight, UTC. */
  public static long today(LedgerTransaction tx, Instant now) {
    String kept = tx.setting(SETTING);
    return kept != null && kept.startsWith(day(now) + " ")
        ? Long.parseLong(kept.substring(kept.indexOf(' ') + 1))
        : 0;
  }

  /** Whether more was billed today than is wanted. */
  public boolean isOver() {
    return most != null && ledger.transaction(tx -> today(tx, clock.instant())) > most;
  }

  private static LocalDate day(Instant now) {
    return LocalDate.ofInstant(now, ZoneOffset.UTC);
  }
}
