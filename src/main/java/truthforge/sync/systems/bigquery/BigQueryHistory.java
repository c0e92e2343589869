package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.InsertAllResponse;
import com.google.cloud.bigquery.TableId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction.Recorded;
import truthforge.sync.systems.bigquery.BigQueryAppends.Append;

/**
 * Exports the ledger's history and conflicts to BigQuery, for people to query. The ledger decides;
 * an export that fails is tried again later, and stops nothing.
 *
 * <p>How far it is stands in the ledger. A row may arrive twice where an answer was lost; both then
 * have the same id.
 */
public final class BigQueryHistory {

  static final String CHANGES = "sync_change_log";
  static final String CONFLICTS = "sync_conflicts";

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");
  private static final String HISTORY_EXPORTED = "bigquery.history-exported";
  private static final String CONFLICTS_EXPORTED = "bigquery.conflicts-exported";

  /** BigQuery takes 50,000 rows and 10 MB in one request. */
  private static final int ROWS = 5_000;

  private static final int BYTES = 8_000_000;

  private static final Duration PAUSE = Duration.ofMinutes(10);

  private final Ledger ledger;
  private final BigQuery client;
  private final String project;
  private final String dataset;
  private final Clock clock;
  private volatile Instant notBefore = Instant.MIN;
  private volatile boolean told;

  public BigQueryHistory(
      Ledger ledger, BigQuery client, String project, String dataset, Clock clock) {
    this.ledger = ledger;
    this.client = client;
    this.project = project;
    this.dataset = dataset;
    this.clock = clock;
  }

  /**
   * What goes out in one request.
   *
   * @param setting where the ledger keeps how far the export is
   * @param upTo the last line in it, by the ledger's number
   */
  public record Part(String table, List<Append> rows, String setting, long upTo) {}

  /**
   * The next part of the history, and then of the conflicts; null when all is exported, or the last
   * try failed a short while ago.
   */
  public Part next() {
    if (clock.instant().isBefore(notBefore)) {
      return null;
    }
    return ledger.transaction(
        tx -> {
          String before = tx.setting(HISTORY_EXPORTED);
          List<Recorded> lines = tx.historyAfter(before == null ? 0 : Long.parseLong(before), ROWS);
          if (!lines.isEmpty()) {
            return changes(lines);
          }
          before = tx.setting(CONFLICTS_EXPORTED);
          List<Conflict> conflicts =
              tx.conflictsAfter(before == null ? 0 : Long.parseLong(before), ROWS);
          return conflicts.isEmpty() ? null : conflicts(conflicts);
        });
  }

  /** Sends a part, and notes that it was sent. */
  public void export(Part part) {
    InsertAllResponse response =
        client.insertAll(
            BigQueryAppends.request(TableId.of(project, dataset, part.table()), part.rows()));
    if (response.hasErrors()) {
      LOG.warn(
          "{} rows of the history do not fit BigQuery's {} and stay in the ledger alone; compare its"
              + " columns with config/sql/bigquery.sql",
          response.getInsertErrors().size(),
          part.table());
    }
    ledger.transaction(
        tx -> {
          tx.setSetting(part.setting(), String.valueOf(part.upTo()));
          return null;
        });
    told = false;
  }

  /** Tells once that the export does not work; it is tried again by itself. */
  public void failed(Exception thrown) {
    Throwable cause = thrown;
    while (cause != null && !BigQueryErrors.knows(cause)) {
      if (cause instanceof Ledger.LedgerUnavailable unavailable) {
        throw unavailable;
      }
      cause = cause.getCause();
    }
    notBefore = clock.instant().plus(PAUSE);
    if (!told) {
      told = true;
      LOG.warn(
          "The history is not exported to BigQuery for now: {}",
          cause == null
              ? thrown.getClass().getName()
              : BigQueryErrors.of(BigQueryContacts.NAME, cause).getMessage());
    }
  }

  private static Part changes(List<Recorded> lines) {
    List<Append> rows = new ArrayList<>();
    long upTo = 0;
    long bytes = 0;
    for (Recorded line : lines) {
      Change change = line.change();
      Append row =
          new BigQueryAppends.Change(
              id(change.contactId(), change.version(), change.field(), change.recordedAt()),
              change.contactId(),
              change.version(),
              micros(change.recordedAt()),
              change.by(),
              change.field(),
              change.before().toJson(),
              change.after().toJson());
      bytes += size(change.before().toJson(), change.after().toJson());
      if (!rows.isEmpty() && bytes > BYTES) {
        break;
      }
      rows.add(row);
      upTo = line.id();
    }
    return new Part(CHANGES, rows, HISTORY_EXPORTED, upTo);
  }

  private static Part conflicts(List<Conflict> conflicts) {
    List<Append> rows = new ArrayList<>();
    long upTo = 0;
    long bytes = 0;
    for (Conflict conflict : conflicts) {
      Append row =
          new BigQueryAppends.Conflict(
              id(conflict.contactId(), conflict.id(), conflict.field(), conflict.foundAt()),
              conflict.contactId(),
              conflict.field(),
              conflict.kind() == Conflict.Kind.EDIT ? "conflict" : "first-meeting",
              micros(conflict.foundAt()),
              conflict.status() == Conflict.Status.WAITING ? null : conflict.keptBy(),
              conflict.kept().toJson(),
              conflict.lostBy(),
              conflict.lost().toJson(),
              conflict.status() == Conflict.Status.WAITING ? "open" : "settled");
      bytes += size(conflict.kept().toJson(), conflict.lost().toJson());
      if (!rows.isEmpty() && bytes > BYTES) {
        break;
      }
      rows.add(row);
      upTo = conflict.id();
    }
    return new Part(CONFLICTS, rows, CONFLICTS_EXPORTED, upTo);
  }

  /** The same at every try, and another's in no ledger. */
  private static String id(String contactId, long number, String field, Instant at) {
    return UUID.nameUUIDFromBytes(
            (contactId + '\0' + number + '\0' + field + '\0' + at).getBytes(StandardCharsets.UTF_8))
        .toString();
  }

  /** Roughly, in bytes: no character of a text takes more than three, and names take some. */
  private static long size(JsonNode before, JsonNode after) {
    return 300 + 3L * (before.toString().length() + after.toString().length());
  }

  private static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }
}
