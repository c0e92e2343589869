package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FormatOptions;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo.CreateDisposition;
import com.google.cloud.bigquery.JobInfo.WriteDisposition;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableDataWriteChannel;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.bigquery.WriteChannelConfiguration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import truthforge.sync.ledger.Ledger;

/**
 * Tables that rows are loaded into, for one statement each to take them from. Loading costs nothing
 * and knows no limit of 10 MB.
 *
 * <p>Each has a name of its own, which the ledger knows as long as it may be there: after a crash
 * it is dropped by whoever comes next. Where nobody does, BigQuery drops it when it expires.
 */
final class BigQueryStaging {

  /** Before the time of the statement in microseconds. */
  static final String PREFIX = "truth_forge_sync_staging_";

  static final String COLUMN = "r";

  private static final Duration KEPT = Duration.ofHours(6);
  private static final String SETTING = "bigquery.staging";
  private static final Schema SCHEMA = Schema.of(Field.of(COLUMN, StandardSQLTypeName.STRING));

  private final BigQuery client;
  private final Ledger ledger;
  private final Clock clock;
  private boolean lookedForLeftovers;

  BigQueryStaging(BigQuery client, Ledger ledger, Clock clock) {
    this.client = client;
    this.ledger = ledger;
    this.clock = clock;
  }

  /** Drops what a crash left behind, once. */
  void dropLeftovers(TableId beside) {
    if (!lookedForLeftovers) {
      drop(beside);
      lookedForLeftovers = true;
    }
  }

  /**
   * Makes the table and fills it.
   *
   * @param beside a table of the same dataset
   */
  void fill(TableId beside, BigQueryCall call, Map<String, String> labels)
      throws InterruptedException {
    drop(beside);
    // Promise 9: noted before it is there.
    note(call.staging());
    TableId id = TableId.of(beside.getProject(), beside.getDataset(), call.staging());
    client.create(
        TableInfo.newBuilder(id, StandardTableDefinition.of(SCHEMA))
            .setExpirationTime(clock.instant().plus(KEPT).toEpochMilli())
            .setLabels(labels)
            .build());
    String jobId = BigQueryConnection.JOB + call.staging();
    WriteChannelConfiguration load =
        WriteChannelConfiguration.newBuilder(id)
            .setFormatOptions(FormatOptions.json())
            .setSchema(SCHEMA)
            .setCreateDisposition(CreateDisposition.CREATE_NEVER)
            .setWriteDisposition(WriteDisposition.WRITE_TRUNCATE)
            .setLabels(labels)
            .build();
    TableDataWriteChannel channel =
        client.writer(
            JobId.newBuilder().setProject(client.getOptions().getProjectId()).setJob(jobId).build(),
            load);
    try (channel) {
      for (String row : call.rows()) {
        String line = JsonNodeFactory.instance.objectNode().put(COLUMN, row) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    } catch (IOException e) {
      throw new BigQueryException(e);
    }
    BigQueryRunner.ended(channel.getJob(), jobId);
  }

  /** Drops the table that the ledger knows of, if any. */
  void drop(TableId beside) {
    String name = ledger.transaction(tx -> tx.setting(SETTING));
    if (name != null) {
      client.delete(TableId.of(beside.getProject(), beside.getDataset(), name));
      note(null);
    }
  }

  private void note(String name) {
    ledger.transaction(
        tx -> {
          tx.setSetting(SETTING, name);
          return null;
        });
  }
}
