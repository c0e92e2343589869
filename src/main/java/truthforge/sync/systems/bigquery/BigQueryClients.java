package truthforge.sync.systems.bigquery;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.http.HttpTransportOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes the client for BigQuery. */
public final class BigQueryClients {

  private static final String SCOPE = "https://www.googleapis.com/auth/bigquery";
  private static final int CONNECT_MILLIS = 10_000;
  private static final int READ_MILLIS = 120_000;

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
    BigQueryOptions.Builder options =
        BigQueryOptions.newBuilder()
            .setProjectId(project)
            .setTransportOptions(
                HttpTransportOptions.newBuilder()
                    .setConnectTimeout(CONNECT_MILLIS)
                    .setReadTimeout(READ_MILLIS)
                    .build());
    if (url != null) {
      String host = url.toString();
      options.setHost(host.endsWith("/") ? host.substring(0, host.length() - 1) : host);
    }
    if (credentials != null) {
      options.setCredentials(read(credentials));
    } else if (url != null) {
      options.setCredentials(NoCredentials.getInstance());
    } else {
      options.setCredentials(GoogleCredentials.getApplicationDefault().createScoped(SCOPE));
    }
    return options.build().getService();
  }

  private static Credentials read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return GoogleCredentials.fromStream(in).createScoped(List.of(SCOPE));
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IOException("No credentials file " + file, e);
    } catch (RuntimeException | IOException e) {
      // The cause's message may quote the file.
      throw new IOException(
          file + " holds no Google credentials (" + e.getClass().getSimpleName() + ")");
    }
  }
}
