package truthforge.sync.systems.bigquery;

import com.google.api.services.bigquery.model.GetQueryResultsResponse;
import com.google.api.services.bigquery.model.Job;
import com.google.api.services.bigquery.model.JobReference;
import com.google.api.services.bigquery.model.JobStatistics2;
import com.google.api.services.bigquery.model.QueryRequest;
import com.google.api.services.bigquery.model.QueryResponse;
import com.google.api.services.bigquery.model.TableDataList;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.spi.v2.HttpBigQueryRpc;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import truthforge.sync.systems.Elapsed;

/**
 * The client's own way to the server, which also notes what each answer tells to be billed.
 *
 * <p>A statement that the server answers before it has ended is waited for here: the client would
 * lose how many rows it changed (read in its source).
 */
final class MeteredRpc extends HttpBigQueryRpc {

  private static final long LONGEST = Duration.ofMinutes(10).toNanos();
  private static final long BETWEEN = Duration.ofSeconds(1).toNanos();

  private final BilledBytes billed;
  private final Elapsed elapsed;

  MeteredRpc(BigQueryOptions options, BilledBytes billed, Elapsed elapsed) {
    super(options);
    this.billed = billed;
    this.elapsed = elapsed;
  }

  @Override
  public QueryResponse queryRpcSkipExceptionTranslation(String project, QueryRequest request)
      throws IOException {
    QueryResponse answer = super.queryRpcSkipExceptionTranslation(project, request);
    if (!Boolean.TRUE.equals(answer.getJobComplete()) && answer.getJobReference() != null) {
      answer = ended(answer.getJobReference());
    }
    note(
        answer.getJobReference(),
        answer.getQueryId(),
        answer.getTotalBytesBilled(),
        answer.getTotalBytesProcessed());
    return answer;
  }

  private QueryResponse ended(JobReference job) throws IOException {
    long began = elapsed.nanos();
    GetQueryResultsResponse results = resultsOf(job);
    while (!Boolean.TRUE.equals(results.getJobComplete())) {
      if (elapsed.nanos() - began > LONGEST) {
        // It may end yet: what it writes is conditional, and is read before it is written again.
        throw new SocketTimeoutException("The statement did not end");
      }
      pause();
      results = resultsOf(job);
    }
    return new QueryResponse()
        .setJobComplete(true)
        .setJobReference(job)
        .setSchema(
            results.getSchema() == null
                ? new TableSchema().setFields(List.of())
                : results.getSchema())
        .setRows(results.getRows())
        .setPageToken(results.getPageToken())
        .setTotalRows(results.getTotalRows())
        .setNumDmlAffectedRows(results.getNumDmlAffectedRows())
        .setTotalBytesProcessed(results.getTotalBytesProcessed())
        .setErrors(results.getErrors());
  }

  /** The server holds the answer back for ten seconds, unless the statement ends. */
  private GetQueryResultsResponse resultsOf(JobReference job) throws IOException {
    return super.getQueryResultsSkipExceptionTranslation(
        job.getProjectId(), job.getJobId(), job.getLocation(), Map.of());
  }

  private void pause() throws InterruptedIOException {
    try {
      elapsed.sleep(BETWEEN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  @Override
  public GetQueryResultsResponse getQueryResultsSkipExceptionTranslation(
      String project, String job, String location, Map<Option, ?> options) throws IOException {
    GetQueryResultsResponse answer =
        super.getQueryResultsSkipExceptionTranslation(project, job, location, options);
    if (Boolean.TRUE.equals(answer.getJobComplete())) {
      note(answer.getJobReference(), job, null, answer.getTotalBytesProcessed());
    }
    return answer;
  }

  @Override
  public Job getJobSkipExceptionTranslation(
      String project, String job, String location, Map<Option, ?> options) throws IOException {
    return noted(super.getJobSkipExceptionTranslation(project, job, location, options));
  }

  @Override
  public Job createSkipExceptionTranslation(Job job, Map<Option, ?> options) throws IOException {
    return noted(super.createSkipExceptionTranslation(job, options));
  }

  @Override
  public TableDataList listTableDataSkipExceptionTranslation(
      String project, String dataset, String table, Map<Option, ?> options) throws IOException {
    TableDataList answer =
        super.listTableDataSkipExceptionTranslation(project, dataset, table, options);
    if (answer != null && answer.getRows() != null) {
      answer.setFactory(null);
      answer.setRows(new Untold(answer.getRows()));
    }
    return answer;
  }

  /**
   * Rows that no text is made of. The client makes one of each answer, as JSON, and parses it, to
   * see whether it tells of a failed job (read in its source). Rows never do, and it cost more than
   * to read them.
   */
  private static final class Untold extends AbstractList<TableRow> {
    private final List<TableRow> rows;

    Untold(List<TableRow> rows) {
      this.rows = rows;
    }

    @Override
    public TableRow get(int index) {
      return rows.get(index);
    }

    @Override
    public int size() {
      return rows.size();
    }

    @Override
    public String toString() {
      return size() + " rows";
    }
  }

  private Job noted(Job job) {
    JobStatistics2 query =
        job == null || job.getStatistics() == null ? null : job.getStatistics().getQuery();
    if (query != null) {
      note(
          job.getJobReference(), null, query.getTotalBytesBilled(), query.getTotalBytesProcessed());
    }
    return job;
  }

  private void note(JobReference reference, String otherwise, Long told, Long processed) {
    String job = reference == null ? otherwise : reference.getJobId();
    if (job == null) {
      return;
    }
    if (told != null) {
      billed.charge(job, told);
    } else if (processed != null && processed > 0) {
      billed.charge(job, BilledBytes.billed(processed, 1));
    }
  }
}
