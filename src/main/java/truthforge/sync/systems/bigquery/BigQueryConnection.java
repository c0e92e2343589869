package truthforge.sync.systems.bigquery;

import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.gax.retrying.RetrySettings;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.http.HttpTransportOptions;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.component.google.bigquery.GoogleBigQueryConnectionFactory;
import truthforge.sync.systems.Elapsed;

/**
 * The way to BigQuery: counts the requests that go out, and gives what Camel's component sends what
 * it cannot give by itself: a job id that follows from what is sent, labels, and a limit of what
 * may be billed.
 */
final class BigQueryConnection {

  static final Map<String, String> LABELS = Map.of("app", "truth-forge-sync");
  static final String JOB = "truth-forge-sync_";
  private static final long LEAST_ALLOWED_BYTES = 1L << 30;

  /** Three tries within about a second: whoever is down longer is backed off by the cycle. */
  private static final RetrySettings RETRIES =
      RetrySettings.newBuilder()
          .setMaxAttempts(3)
          .setInitialRetryDelayDuration(java.time.Duration.ofMillis(200))
          .setRetryDelayMultiplier(2)
          .setMaxRetryDelayDuration(java.time.Duration.ofSeconds(1))
          .setTotalTimeoutDuration(java.time.Duration.ofSeconds(150))
          .setInitialRpcTimeoutDuration(java.time.Duration.ofSeconds(120))
          .setRpcTimeoutMultiplier(1)
          .setMaxRpcTimeoutDuration(java.time.Duration.ofSeconds(120))
          .build();

  private final AtomicLong calls = new AtomicLong();
  private final BigQuery client;
  private volatile long allowedBytes = LEAST_ALLOWED_BYTES;

  BigQueryConnection(BigQuery given, BilledBytes billed, Elapsed elapsed) {
    HttpTransportOptions transport =
        (HttpTransportOptions) given.getOptions().getTransportOptions();
    BigQueryOptions options =
        given.getOptions().toBuilder()
            .setRetrySettings(RETRIES)
            .setServiceRpcFactory(rpc -> new MeteredRpc(rpc, billed, elapsed))
            .setTransportOptions(
                transport.toBuilder()
                    .setHttpTransportFactory(
                        () ->
                            new NetHttpTransport.Builder().setConnectionFactory(this::open).build())
                    .build())
            .build();
    client = options.getService();
  }

  private HttpURLConnection open(URL url) throws IOException {
    calls.incrementAndGet();
    return (HttpURLConnection) url.openConnection();
  }

  /** Requests sent since the start. */
  long calls() {
    return calls.get();
  }

  BigQuery client() {
    return client;
  }

  /** No statement may bill much more than reading the table twice would. */
  void tableHolds(long bytes) {
    allowedBytes = LEAST_ALLOWED_BYTES + 2 * bytes;
  }

  QueryJobConfiguration stamped(QueryJobConfiguration query) {
    return query.toBuilder().setLabels(LABELS).setMaximumBytesBilled(allowedBytes).build();
  }

  /** For Camel's component; what it sends is stamped on its way. */
  GoogleBigQueryConnectionFactory forCamel() {
    BigQuery stamping =
        (BigQuery)
            Proxy.newProxyInstance(
                BigQuery.class.getClassLoader(),
                new Class<?>[] {BigQuery.class},
                (proxy, method, arguments) -> {
                  if (arguments != null && arguments[0] instanceof JobInfo job) {
                    arguments[0] = stamped(job);
                  }
                  try {
                    return method.invoke(client, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new GoogleBigQueryConnectionFactory(stamping);
  }

  private JobInfo stamped(JobInfo job) {
    if (!(job.getConfiguration() instanceof QueryJobConfiguration query)) {
      return job;
    }
    return JobInfo.newBuilder(stamped(query))
        .setJobId(
            JobId.newBuilder()
                .setProject(client.getOptions().getProjectId())
                .setJob(jobId(query))
                .build())
        .build();
  }

  /** The same for the same text and parameters: what was sent twice is done once. */
  static String jobId(QueryJobConfiguration query) {
    return JOB + digest(query);
  }

  private static String digest(QueryJobConfiguration query) {
    StringBuilder content = new StringBuilder(query.getQuery());
    for (Map.Entry<String, QueryParameterValue> parameter :
        new TreeMap<>(query.getNamedParameters()).entrySet()) {
      content.append('\0').append(parameter.getKey()).append('\0');
      content.append(parameter.getValue().getValue());
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(content.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
