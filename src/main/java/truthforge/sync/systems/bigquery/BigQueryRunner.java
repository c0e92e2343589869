package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics.QueryStatistics;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableResult;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Runs statements with what Camel's component cannot give them: an id of their own, labels, and a
 * limit of what they may bill.
 *
 * <p>Every method throws {@link BigQueryException} for what BigQuery refuses, and for one that
 * cannot be reached.
 */
public final class BigQueryRunner {

  private static final int CONFLICT = 409;

  private final BigQuery client;
  private final UnaryOperator<QueryJobConfiguration> stamp;

  /**
   * @param labels put on every query
   * @param maximumBytesBilled of one query; BigQuery bills 10 MiB at least
   */
  public BigQueryRunner(BigQuery client, Map<String, String> labels, long maximumBytesBilled) {
    this(
        client,
        query ->
            query.toBuilder().setLabels(labels).setMaximumBytesBilled(maximumBytesBilled).build());
  }

  /**
   * @param stamp gives every query its labels and its limit
   */
  BigQueryRunner(BigQuery client, UnaryOperator<QueryJobConfiguration> stamp) {
    this.client = client;
    this.stamp = stamp;
  }

  /**
   * What a statement that changes rows did.
   *
   * @param bytesBilled 0 where BigQuery does not tell
   */
  public record Written(long affectedRows, long bytesBilled) {}

  /** What the free {@code tables.get} tells. */
  public record TableState(
      BigQueryTable table, long lastModifiedMillis, long rows, boolean streaming) {}

  /**
   * The table as it stands, or empty where there is none. Where {@code lastModifiedMillis} is as at
   * the last read and nothing is streaming, there is nothing to query.
   */
  public Optional<TableState> table(TableId id) {
    Table found = client.getTable(id);
    if (found == null) {
      return Optional.empty();
    }
    boolean streaming =
        found.getDefinition() instanceof StandardTableDefinition table
            && table.getStreamingBuffer() != null;
    return Optional.of(
        new TableState(
            BigQueryTable.of(found),
            found.getLastModifiedTime() == null ? 0 : found.getLastModifiedTime(),
            found.getNumRows() == null ? 0 : found.getNumRows().longValue(),
            streaming));
  }

  /** As {@link #write(BigQueryStatement, String)}, with an id that follows from what is sent. */
  public Written write(BigQueryStatement statement) throws InterruptedException {
    return write(statement, BigQueryConnection.jobId(configuration(statement)));
  }

  /**
   * Changes rows, once for each job id: where the same id was sent before and its answer lost, this
   * tells what that one did.
   *
   * @param jobId letters, digits, hyphens and underscores; never used for another statement
   */
  public Written write(BigQueryStatement statement, String jobId) throws InterruptedException {
    JobInfo info =
        JobInfo.newBuilder(configuration(statement))
            .setJobId(
                JobId.newBuilder()
                    .setProject(client.getOptions().getProjectId())
                    .setJob(jobId)
                    .build())
            .build();
    Job job;
    try {
      job = client.create(info);
    } catch (BigQueryException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
      job = client.getJob(info.getJobId());
    }
    QueryStatistics statistics = ended(job, jobId).getStatistics();
    return new Written(
        statistics.getNumDmlAffectedRows() == null ? 0 : statistics.getNumDmlAffectedRows(),
        statistics.getTotalBytesBilled() == null ? 0 : statistics.getTotalBytesBilled());
  }

  /**
   * Waits for a job.
   *
   * @throws BigQueryException if it failed
   */
  static Job ended(Job job, String jobId) throws InterruptedException {
    Job ended = job == null ? null : job.waitFor();
    if (ended == null) {
      throw new BigQueryException(0, "BigQuery does not know job " + jobId + " any more");
    }
    if (ended.getStatus().getError() != null) {
      throw new BigQueryException(
          400, ended.getStatus().getError().getMessage(), ended.getStatus().getError());
    }
    return ended;
  }

  /**
   * Changes rows in one HTTP call. A repetition by the client is told by its request id; a job id,
   * by which one could ask later what became of it, there is none.
   *
   * @return how many rows it changed
   */
  public long writeAtOnce(BigQueryStatement statement) throws InterruptedException {
    // Of a statement that changes rows, the client gives their number as that of the result.
    return client.query(configuration(statement)).getTotalRows();
  }

  /** All rows of a query's result, page by page as they are taken. */
  public Iterable<FieldValueList> rows(BigQueryStatement statement) throws InterruptedException {
    return client.query(configuration(statement)).iterateAll();
  }

  /**
   * Reads the rows of a query page by page, of about 10 MB each as BigQuery cuts them; a page is
   * fetched when the one before was taken.
   *
   * @return how many rows there were
   */
  public long read(BigQueryStatement statement, Consumer<Iterable<FieldValueList>> page)
      throws InterruptedException {
    TableResult result = client.query(configuration(statement));
    long rows = result.getTotalRows();
    for (TableResult next = result; next != null; next = next.getNextPage()) {
      page.accept(next.getValues());
    }
    return rows;
  }

  private QueryJobConfiguration configuration(BigQueryStatement statement) {
    return stamp.apply(statement.configuration().build());
  }
}
