package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.JobException;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.SystemUnavailable.Kind;
import truthforge.sync.text.Broken;

/**
 * What an error of BigQuery means for a delivery: whether it is about a record or about BigQuery as
 * a whole. BigQuery's own message can quote values of the row, so it is not passed on.
 *
 * <p>The reasons are those of BigQuery's error table
 * (cloud.google.com/bigquery/docs/error-messages).
 */
public final class BigQueryErrors {

  /** What depends on the columns and not on the values. */
  private static final Pattern OTHER_COLUMNS =
      Pattern.compile(
          "Unrecognized name|is not present in table|cannot be assigned|No matching signature"
              + "|Syntax error|cannot be coerced|Inserted row has wrong column count");

  private static final Pattern OTHER_WRITERS =
      Pattern.compile("concurrent update|[Tt]oo many DML|outstanding");

  private BigQueryErrors() {}

  /** Whether {@link #of} knows an exception of this kind. */
  public static boolean knows(Throwable thrown) {
    return thrown instanceof BigQueryException || thrown instanceof JobException;
  }

  /**
   * @param thrown of which {@link #knows} holds
   * @return a {@link BatchRefused} or a {@link SystemUnavailable}; never null
   */
  public static RuntimeException of(String system, Throwable thrown) {
    if (thrown instanceof JobException job) {
      List<BigQueryError> errors = job.getErrors();
      BigQueryError error = errors == null || errors.isEmpty() ? null : errors.get(0);
      return of(system, 400, error);
    }
    BigQueryException exception = (BigQueryException) thrown;
    BigQueryError error = exception.getError();
    if (error == null && exception.getCode() == 0) {
      return new SystemUnavailable(system, Kind.UNREACHABLE, unreachable(system, exception));
    }
    return of(system, exception.getCode(), error);
  }

  private static String unreachable(String system, BigQueryException exception) {
    Throwable cause = exception;
    while (cause.getCause() != null && !(cause instanceof IOException)) {
      cause = cause.getCause();
    }
    return system
        + " cannot be reached ("
        + Broken.connection(cause)
        + "). It is tried again by itself; if this stays, check the network, and bigquery.url where"
        + " it is set.";
  }

  private static RuntimeException of(String system, int code, BigQueryError error) {
    String reason = error == null || error.getReason() == null ? "" : error.getReason();
    String message = error == null || error.getMessage() == null ? "" : error.getMessage();
    String told = " (" + (reason.isEmpty() ? "HTTP " + code : reason) + ")";
    return switch (reason) {
      case "rateLimitExceeded", "jobRateLimitExceeded", "quotaExceeded", "tableUnavailable" ->
          new SystemUnavailable(
              system,
              Kind.LIMITED,
              "BigQuery limits us"
                  + told
                  + ". It is tried again by itself; if this stays, look at the project's quotas.");
      case "backendError", "internalError", "jobBackendError", "jobInternalError", "stopped" ->
          failing(system, told);
      case "bytesBilledLimitExceeded" ->
          new SystemUnavailable(
              system,
              Kind.LIMITED,
              "BigQuery would bill more for a statement than its table explains"
                  + told
                  + ": the table has grown since it was last looked at, or is a view on larger"
                  + " ones.");
      case "billingNotEnabled", "billingTierLimitExceeded" ->
          new SystemUnavailable(
              system,
              Kind.KEY_REFUSED,
              "BigQuery's free sandbox changes no rows"
                  + told
                  + ": enable billing of the project.");
      case "notFound" -> missing(system, told);
      case "accessDenied", "authError", "required", "blocked", "forbidden" ->
          refusedKey(system, told);
      case "invalidQuery", "invalid", "resourcesExceeded", "timeout", "uploadTooLarge" ->
          refused(system, reason, message, told);
      default -> byCode(system, code, reason, message, told);
    };
  }

  private static RuntimeException byCode(
      String system, int code, String reason, String message, String told) {
    return switch (code) {
      case 401, 403 -> refusedKey(system, told);
      case 404 -> missing(system, told);
      case 429 ->
          new SystemUnavailable(
              system, Kind.LIMITED, "BigQuery limits us" + told + ". It is tried again by itself.");
      case 400, 409, 413 -> refused(system, reason, message, told);
      default -> failing(system, told);
    };
  }

  private static RuntimeException refused(
      String system, String reason, String message, String told) {
    if (OTHER_WRITERS.matcher(message).find()) {
      return new SystemUnavailable(
          system,
          Kind.LIMITED,
          "Others change the same table at the same time"
              + told
              + ". It is tried again by itself.");
    }
    if (message.contains("streaming buffer")) {
      return new BatchRefused(
          "The row was streamed into the table in the last 30 minutes, in which BigQuery does not"
              + " change it"
              + told
              + ".",
          false);
    }
    if (OTHER_COLUMNS.matcher(message).find()) {
      return new SystemUnavailable(
          system,
          Kind.MISCONFIGURED,
          "The table's columns are not as they were when they were last read"
              + told
              + ": they are read again by themselves; if this stays, run 'doctor'.");
    }
    if (reason.equals("resourcesExceeded") || reason.equals("timeout")) {
      return new BatchRefused("The statement was too much for BigQuery" + told + ".", false);
    }
    return new BatchRefused(
        "BigQuery refuses a value: it is too large, or none that its column can hold" + told + ".",
        true);
  }

  private static SystemUnavailable failing(String system, String told) {
    return new SystemUnavailable(
        system, Kind.FAILING, "BigQuery failed" + told + ". It is tried again by itself.");
  }

  private static SystemUnavailable missing(String system, String told) {
    return new SystemUnavailable(
        system,
        Kind.MISCONFIGURED,
        "BigQuery has no such project, dataset or table"
            + told
            + ". Check bigquery.project, bigquery.dataset and bigquery.table; 'setup' creates what"
            + " is missing.");
  }

  private static SystemUnavailable refusedKey(String system, String told) {
    return new SystemUnavailable(
        system,
        Kind.KEY_REFUSED,
        "BigQuery refuses our credentials"
            + told
            + ". Check bigquery.credentials, bigquery.project, and that the account may run jobs"
            + " (roles/bigquery.jobUser) and edit the dataset (roles/bigquery.dataEditor).");
  }
}
