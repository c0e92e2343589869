package truthforge.sync.sandbox.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryPatch;
import truthforge.sync.systems.bigquery.BigQueryRows;
import truthforge.sync.systems.bigquery.BigQueryRunner;
import truthforge.sync.systems.bigquery.BigQueryStatements;
import truthforge.sync.systems.bigquery.BigQueryTable;
import truthforge.sync.systems.bigquery.BigQueryTables;

/** The stand-in must not be what a measurement of the service measures. */
@Tag("long")
class BigQueryStandInSpeedTest {

  private static final int ROWS = Integer.getInteger("rows", 100_000);
  private static final TableId ID = TableId.of("a-project", "identity", "contacts_master");

  @Test
  void a_hundred_thousand_rows_are_read_and_written_within_the_time_of_a_cycle() throws Exception {
    try (BigQueryStandIn standIn = new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"))) {
      standIn.execute("CREATE SCHEMA identity");
      BigQuery client = BigQueryClients.client("a-project", standIn.url(), null);
      client.create(TableInfo.of(ID, BigQueryTables.contacts()));
      List<ObjectNode> rows = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        rows.add(contact(i));
      }
      long loading = System.nanoTime();
      standIn.load("identity", "contacts_master", rows);
      report("load of rows", loading);
      rows.clear();
      BigQueryRunner runner = new BigQueryRunner(client, Map.of(), 1L << 40);
      BigQueryTable table = runner.table(ID).orElseThrow().table();

      for (int round = 0; round < 5; round++) {
        long querying = System.nanoTime();
        java.net.http.HttpResponse<byte[]> page =
            java.net.http.HttpClient.newHttpClient()
                .send(
                    java.net.http.HttpRequest.newBuilder(
                            java.net.URI.create(
                                standIn.url() + "/bigquery/v2/projects/a-project/queries"))
                        .POST(
                            java.net.http.HttpRequest.BodyPublishers.ofString(
                                JsonNodeFactory.instance
                                    .objectNode()
                                    .put(
                                        "query",
                                        BigQueryStatements.all(table).sql() + " LIMIT 5000")
                                    .put("useLegacySql", false)
                                    .toString()))
                        .build(),
                    java.net.http.HttpResponse.BodyHandlers.ofByteArray());
        report("one page of 5,000, without the client, of " + page.body().length, querying);
      }
      Map<String, String> etags = new HashMap<>();
      long reading = System.nanoTime();
      runner.read(
          BigQueryStatements.all(table),
          page ->
              page.forEach(
                  row -> {
                    BigQueryRows.Row read = BigQueryRows.decode(table, row);
                    etags.put(read.values().get("contact_id").asText(), read.etag());
                  }));
      report("read of rows", reading);

      long total = 0;
      for (int round = 0; round < 10; round++) {
        List<BigQueryPatch> patches = new ArrayList<>();
        for (int i = round * 500; patches.size() < 500; i++) {
          String id = "contact-" + i;
          patches.add(
              new BigQueryPatch(
                  id,
                  new BigQueryPatch.Seen.Etag(etags.get(id)),
                  contact(i)
                      .put("first_name", "changed")
                      .without(List.of("contact_id", "updated_at", "notes")),
                  List.of("notes"),
                  round));
        }
        long writing = System.nanoTime();
        assertThat(runner.write(BigQueryStatements.apply(table, patches), "job-" + round))
            .extracting(BigQueryRunner.Written::affectedRows)
            .isEqualTo(500L);
        report("merge of 500 into rows", writing);
        total += System.nanoTime() - writing;
      }
      assertThat(total / 10).isLessThan(1_000_000_000L);
    }
  }

  private static void report(String what, long since) {
    System.out.println(what + ": " + (System.nanoTime() - since) / 1_000_000 + " ms");
  }

  private static ObjectNode contact(int i) {
    ObjectNode contact = JsonNodeFactory.instance.objectNode();
    contact.put("contact_id", "contact-" + i).put("first_name", "First " + i);
    contact.put("last_name", "Last " + i).put("organization", "Org " + i % 100);
    contact.put("notes", "note ".repeat(20)).put("is_business", i % 2 == 0);
    contact.put("birthday", "1990-01-02").put("updated_at", "2026-01-01T00:00:00Z");
    contact.putArray("emails").add("a" + i + "@example.org").add("b" + i + "@example.org");
    contact.putArray("phones").add("+4930" + i);
    contact.putObject("llm_context").put("summary", "text ".repeat(30)).putArray("tags").add("x");
    contact.putObject("social_network").put("degree", i);
    return contact;
  }
}
