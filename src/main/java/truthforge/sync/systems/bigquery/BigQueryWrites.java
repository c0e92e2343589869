package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.bigquery.BigQueryPatch.Seen;

/** Turns writes into statements, and what the statements did into outcomes. */
final class BigQueryWrites {

  static final String ETAG = "etag:";

  private static final String UPDATED = "us:";

  /** So many are sent in several statements rather than loaded. */
  private static final int FEW = 500;

  private static final Seen NOTHING_SEEN = new Seen.Etag("none");

  private final Clock clock;
  private final AtomicLong lastMicros = new AtomicLong();

  BigQueryWrites(Clock clock) {
    this.clock = clock;
  }

  /** Microseconds that no other statement of this service has. */
  long nextMicros() {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    return lastMicros.updateAndGet(last -> Math.max(last + 1, now));
  }

  /**
   * How a batch is sent: in one statement, or where it is too large for one to carry, out of a
   * staging table. A few rows that are so large go in several statements.
   *
   * @throws SystemUnavailable where the table cannot be written at all
   */
  List<BigQueryCall> calls(KnownTable known, Batch batch) {
    if (!known.isTable()) {
      throw new SystemUnavailable(
          BigQueryContacts.NAME,
          SystemUnavailable.Kind.MISCONFIGURED,
          "BigQuery's "
              + known.table().quotedName()
              + " is no table, so it can be read and not written. Name a table as bigquery.table,"
              + " or set bigquery.read-only=true.");
    }
    List<Write> fit = new ArrayList<>();
    List<Write> twice = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    List<BigQueryPatch> patches = new ArrayList<>();
    List<Write> unfit = new ArrayList<>();
    long micros = nextMicros();
    for (Write write : batch.writes()) {
      if (isUnfit(known, write)) {
        unfit.add(write);
      } else if (!ids.add(idOf(write))) {
        // One statement takes no row twice.
        twice.add(write);
      } else {
        fit.add(write);
        patches.add(patch(known, write, micros));
      }
    }
    List<BigQueryCall> calls = new ArrayList<>();
    if (!unfit.isEmpty()) {
      calls.add(BigQueryCall.ofUnfit(new Batch(batch.system(), unfit, batch.whole())));
    }
    calls.addAll(
        calls(
            known,
            new Batch(batch.system(), fit, batch.whole()),
            BigQueryStatements.rows(known.table(), patches),
            micros));
    if (!twice.isEmpty()) {
      calls.addAll(calls(known, new Batch(batch.system(), twice, batch.whole())));
    }
    return calls;
  }

  /**
   * @param rows of each write
   */
  private static List<BigQueryCall> calls(
      KnownTable known, Batch batch, List<String> rows, long micros) {
    if (rows.size() > FEW && BigQueryStatements.fitting(rows) < rows.size()) {
      String staging =
          BigQueryStaging.PREFIX + micros + "_" + UUID.randomUUID().toString().replace("-", "");
      return List.of(
          BigQueryCall.ofStaged(
              BigQueryStatements.applyStaged(known.table(), staging),
              rows,
              staging,
              batch,
              micros));
    }
    List<BigQueryCall> calls = new ArrayList<>();
    int from = 0;
    while (from < rows.size()) {
      int to = from + BigQueryStatements.fitting(rows.subList(from, rows.size()));
      calls.add(
          BigQueryCall.of(
              BigQueryStatements.applyRows(known.table(), rows.subList(from, to)),
              new Batch(batch.system(), batch.writes().subList(from, to), batch.whole()),
              micros));
      from = to;
    }
    return calls;
  }

  /** Whether the column of ids cannot hold the contact's. */
  private static boolean isUnfit(KnownTable known, Write write) {
    return write.isCreation()
        && known.table().type(BigQueryTable.CONTACT_ID).orElseThrow() == BigQueryType.INT64
        && !write.contactId().matches("-?\\d{1,18}");
  }

  List<Outcome> unfit(BigQueryCall call) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : call.batch().writes()) {
      outcomes.add(
          new Outcome.Rejected(
              write,
              "BigQuery refuses the contact's id: contact_id of its table holds whole numbers"
                  + " alone. Name a table with a STRING contact_id as bigquery.table, or add the"
                  + " person there under a number.",
              true));
    }
    return outcomes;
  }

  private BigQueryPatch patch(KnownTable known, Write write, long micros) {
    var fields = known.mapping();
    ObjectNode row = fields.write(write.values(), null);
    Value deleted = write.values().get(Fields.DELETED);
    if (deleted != null && fields.deletedAtPath() != null) {
      row.set(
          fields.deletedAtPath(),
          deleted.isEmpty() ? null : time(known, fields.deletedAtPath(), clock.instant()));
    }
    if (fields.syncMetadataPath() != null) {
      row.set(fields.syncMetadataPath(), Records.syncMetadata(write.contact(), write.bound()));
    }
    Instant createdAt = write.contact().createdAt();
    if (write.isCreation() && createdAt != null && fields.createdAtPath() != null) {
      row.set(fields.createdAtPath(), time(known, fields.createdAtPath(), createdAt));
    }
    ObjectNode set = JsonNodeFactory.instance.objectNode();
    List<String> clear = new ArrayList<>();
    row.properties()
        .forEach(
            property -> {
              String column = known.columns().get(property.getKey());
              if (isEmpty(property.getValue())) {
                clear.add(column);
              } else {
                set.set(column, fitted(known, column, property.getValue()));
              }
            });
    return new BigQueryPatch(idOf(write), seen(known, write), set, clear, micros);
  }

  static String idOf(Write write) {
    return write.isCreation() ? write.contactId() : write.externalId();
  }

  private static Seen seen(KnownTable known, Write write) {
    if (write.isCreation()) {
      return new Seen.Absent();
    }
    String revision = write.revision();
    if (revision != null && revision.startsWith(ETAG)) {
      return new Seen.Etag(revision.substring(ETAG.length()));
    }
    if (revision != null && revision.startsWith(UPDATED) && known.table().tellsUpdates()) {
      return new Seen.UpdatedAt(Long.valueOf(revision.substring(UPDATED.length())));
    }
    // In no known state: refused, and so read before it is written.
    return NOTHING_SEEN;
  }

  private static JsonNode time(KnownTable known, String property, Instant time) {
    BigQueryType type = known.table().columns().get(known.columns().get(property));
    Instant micros = time.truncatedTo(ChronoUnit.MICROS);
    return JsonNodeFactory.instance.textNode(
        switch (type) {
          case DATE -> micros.atOffset(ZoneOffset.UTC).toLocalDate().toString();
          case DATETIME -> micros.atOffset(ZoneOffset.UTC).toLocalDateTime().toString();
          default -> micros.toString();
        });
  }

  private static JsonNode fitted(KnownTable known, String column, JsonNode value) {
    boolean numbers =
        switch (known.table().columns().get(column)) {
          case INT64, FLOAT64, NUMERIC, BIGNUMERIC -> true;
          default -> false;
        };
    return numbers && value.isBoolean()
        ? JsonNodeFactory.instance.numberNode(value.booleanValue() ? 1 : 0)
        : value;
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isNull()
        || value.isContainerNode() && value.isEmpty()
        || value.isTextual() && value.textValue().isEmpty();
  }

  /** Whether the number of changed rows alone tells what became of each write: all, or none. */
  boolean isClear(KnownTable known, BigQueryCall call, long affected) {
    return known.table().tellsUpdates()
        && (affected == 0 || affected == call.batch().writes().size());
  }

  /** What became of the writes, where {@link #isClear}. */
  List<Outcome> outcomes(BigQueryAnswer answer) {
    BigQueryCall call = answer.call();
    boolean none = answer.affectedRows() == 0;
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : call.batch().writes()) {
      outcomes.add(
          none
              ? new Outcome.ConditionFailed(write)
              : new Outcome.Applied(write, idOf(write), UPDATED + call.updatedMicros(), null));
    }
    return outcomes;
  }

  /**
   * What became of the writes, by their rows as they are now.
   *
   * @param byId the rows that carry an id
   */
  List<Outcome> outcomes(
      KnownTable known, BigQueryCall call, Map<String, List<BigQueryRows.Row>> byId) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : call.batch().writes()) {
      List<BigQueryRows.Row> rows = byId.getOrDefault(idOf(write), List.of());
      boolean applied =
          rows.size() == 1 && isApplied(known, write, rows.get(0), call.updatedMicros());
      outcomes.add(
          applied
              ? new Outcome.Applied(
                  write, idOf(write), revision(known, rows.get(0), call.updatedMicros()), null)
              : new Outcome.ConditionFailed(write));
    }
    return outcomes;
  }

  private static boolean isApplied(
      KnownTable known, Write write, BigQueryRows.Row row, long micros) {
    if (known.table().tellsUpdates()) {
      return row.updatedMicros() != null && row.updatedMicros() == micros;
    }
    Map<String, Value> told = known.mapping().read(known.record(row));
    return write.values().entrySet().stream()
        .filter(field -> told.containsKey(field.getKey()))
        .allMatch(
            field ->
                known
                    .mapping()
                    .held(field.getKey(), field.getValue())
                    .equals(told.get(field.getKey())));
  }

  private static String revision(KnownTable known, BigQueryRows.Row row, long micros) {
    return known.table().tellsUpdates() ? UPDATED + micros : ETAG + row.etag();
  }
}
