package truthforge.sync.sandbox.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.FormatOptions;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.TableDataWriteChannel;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.WriteChannelConfiguration;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.systems.bigquery.BigQueryClients;

/** Loads by upload, as Google's own client makes them, and in one request of two parts. */
class BigQueryUploadsTest {

  private static final String JOB =
      "{\"configuration\":{\"load\":{\"destinationTable\":{\"projectId\":\"a-project\","
          + "\"datasetId\":\"ds\",\"tableId\":\"t\"},\"sourceFormat\":"
          + "\"NEWLINE_DELIMITED_JSON\"}}}";

  private BigQueryStandIn standIn;
  private BigQuery client;

  @BeforeEach
  void create_a_table() throws Exception {
    standIn = new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"));
    standIn.execute("CREATE SCHEMA ds", "CREATE TABLE ds.t (id STRING NOT NULL, n INT64)");
    client = BigQueryClients.client("a-project", standIn.url(), null);
  }

  @AfterEach
  void close() {
    standIn.close();
  }

  private Job load(String jobId, String lines, int chunk) throws Exception {
    TableDataWriteChannel channel =
        client.writer(
            JobId.newBuilder().setProject("a-project").setJob(jobId).build(),
            WriteChannelConfiguration.newBuilder(TableId.of("a-project", "ds", "t"))
                .setFormatOptions(FormatOptions.json())
                .build());
    try (channel) {
      channel.setChunkSize(chunk);
      channel.write(ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)));
    }
    return channel.getJob().waitFor();
  }

  private static String lines(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append("{\"id\":\"Zoë-").append(i).append("\",\"n\":").append(i).append("}\n");
    }
    return lines.toString();
  }

  @Test
  void the_rows_of_a_load_are_there() throws Exception {
    load("once", lines(3), 1 << 20);
    assertThat(standIn.rows("ds", "t"))
        .extracting(row -> row.get("id").asText())
        .containsExactly("Zoë-0", "Zoë-1", "Zoë-2");
  }

  @Test
  void a_load_of_many_chunks_is_whole() throws Exception {
    load("once", lines(40_000), 256 << 10);
    assertThat(standIn.rows("ds", "t")).hasSize(40_000);
  }

  @Test
  void loaded_rows_can_be_changed_at_once() throws Exception {
    load("once", lines(1), 1 << 20);
    standIn.execute("UPDATE ds.t SET n = 9 WHERE TRUE");
    assertThat(standIn.rows("ds", "t").get(0).get("n").asInt()).isEqualTo(9);
  }

  @Test
  void one_bad_line_keeps_out_all_others() throws Exception {
    BigQueryException refused =
        catchThrowableOfType(
            BigQueryException.class,
            () -> load("once", lines(3) + "{\"id\":\"x\",\"n\":\"many\"}\n", 1 << 20));
    assertThat(refused.getErrors().get(0).getReason()).isEqualTo("invalid");
    assertThat(standIn.rows("ds", "t")).isEmpty();
  }

  @Test
  void a_load_of_a_known_id_is_refused_and_loads_nothing() throws Exception {
    load("once", lines(3), 1 << 20);
    BigQueryException again =
        catchThrowableOfType(BigQueryException.class, () -> load("once", lines(3), 1 << 20));
    assertThat(again.getCode()).isEqualTo(409);
    assertThat(standIn.rows("ds", "t")).hasSize(3);
  }

  @Test
  void two_parts_in_one_request_are_a_load() throws Exception {
    String body =
        "--b\r\nContent-Type: application/json\r\n\r\n"
            + JOB
            + "\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n"
            + lines(2)
            + "\r\n--b--\r\n";
    assertThat(post("multipart", "multipart/related; boundary=b", body).statusCode())
        .isEqualTo(200);
    assertThat(standIn.rows("ds", "t")).hasSize(2);
  }

  @Test
  void a_chunk_of_an_odd_size_is_refused_unless_it_is_the_last() throws Exception {
    String session =
        post("resumable", "application/json", JOB).headers().firstValue("Location").orElseThrow();
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(session))
                    .header("Content-Range", "bytes 0-9/*")
                    .PUT(HttpRequest.BodyPublishers.ofString("0123456789"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(400);
  }

  private HttpResponse<String> post(String type, String contentType, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        standIn.url()
                            + "/upload/bigquery/v2/projects/a-project/jobs?uploadType="
                            + type))
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
