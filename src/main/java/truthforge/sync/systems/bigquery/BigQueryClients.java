package truthforge.sync.systems.bigquery;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.http.HttpTransportOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import truthforge.sync.systems.SystemUnavailable;

/** Makes the client for BigQuery. */
public final class BigQueryClients {

  private static final String SCOPE = "https://www.googleapis.com/auth/bigquery";
  private static final int CONNECT_MILLIS = 10_000;
  private static final Duration ANSWER = Duration.ofSeconds(120);

  private BigQueryClients() {}

  /**
   * @param project whom the queries are billed to
   * @param url another host than Google's, or null. The machine's own credentials are never sent to
   *     it: without a credentials file, none are
   * @param credentials a file with a service account's key or other Google credentials, or null for
   *     the machine's own (application default credentials)
   * @throws IOException if the credentials are missing or cannot be read; the message names the
   *     file and tells nothing of what it holds
   */
  public static BigQuery client(String project, URI url, Path credentials) throws IOException {
    return client(project, url, credentials == null ? null : read(credentials), ANSWER);
  }

  /**
   * As configured.
   *
   * @param credentials a service account's key as JSON, or the path of its file, or null as above
   * @throws SystemUnavailable if the credentials are missing or cannot be read
   */
  public static BigQuery configured(String project, URI url, String credentials) {
    return configured(project, url, credentials, ANSWER);
  }

  /**
   * The same.
   *
   * @param answer how long an answer may take
   */
  public static BigQuery configured(String project, URI url, String credentials, Duration answer) {
    try {
      if (credentials == null || !credentials.strip().startsWith("{")) {
        Credentials own = credentials == null ? null : read(Path.of(credentials));
        return client(project, url, own, answer);
      }
      InputStream key = new ByteArrayInputStream(credentials.getBytes(StandardCharsets.UTF_8));
      return client(project, url, read(key, "bigquery.credentials"), answer);
    } catch (IOException e) {
      throw new SystemUnavailable(
          "bigquery",
          SystemUnavailable.Kind.KEY_REFUSED,
          "There are no usable credentials for BigQuery: "
              + e.getMessage()
              + ". Set bigquery.credentials.");
    }
  }

  private static BigQuery client(String project, URI url, Credentials credentials, Duration answer)
      throws IOException {
    BigQueryOptions.Builder options =
        BigQueryOptions.newBuilder()
            .setProjectId(project)
            .setTransportOptions(
                HttpTransportOptions.newBuilder()
                    .setConnectTimeout(CONNECT_MILLIS)
                    .setReadTimeout((int) answer.toMillis())
                    .build());
    if (url != null) {
      String host = url.toString();
      options.setHost(host.endsWith("/") ? host.substring(0, host.length() - 1) : host);
    }
    if (credentials != null) {
      options.setCredentials(credentials);
    } else if (url != null) {
      options.setCredentials(NoCredentials.getInstance());
    } else {
      options.setCredentials(GoogleCredentials.getApplicationDefault().createScoped(SCOPE));
    }
    return options.build().getService();
  }

  private static Credentials read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, file.toString());
    } catch (NoSuchFileException e) {
      throw new IOException("No credentials file " + file, e);
    }
  }

  private static Credentials read(InputStream in, String name) throws IOException {
    try {
      return GoogleCredentials.fromStream(in).createScoped(List.of(SCOPE));
    } catch (RuntimeException | IOException e) {
      // The cause's message may quote the key.
      throw new IOException(
          name + " holds no Google credentials (" + e.getClass().getSimpleName() + ")");
    }
  }
}
