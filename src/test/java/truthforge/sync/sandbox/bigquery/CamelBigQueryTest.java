package truthforge.sync.sandbox.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.google.bigquery.GoogleBigQueryConnectionFactory;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryPatch;
import truthforge.sync.systems.bigquery.BigQueryStatement;
import truthforge.sync.systems.bigquery.BigQueryStatements;
import truthforge.sync.systems.bigquery.BigQueryTable;
import truthforge.sync.systems.bigquery.BigQueryTables;

/** Camel's BigQuery producers against the stand-in: what they bind, and what comes back. */
class CamelBigQueryTest {

  private BigQueryStandIn standIn;
  private CamelContext camel;
  private ProducerTemplate producer;
  private BigQueryTable table;

  @BeforeEach
  void start_camel() throws Exception {
    standIn = new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"));
    standIn.execute("CREATE SCHEMA identity");
    BigQuery client = BigQueryClients.client("a-project", standIn.url(), null);
    table =
        BigQueryTable.of(
            client.create(
                com.google.cloud.bigquery.TableInfo.of(
                    com.google.cloud.bigquery.TableId.of("identity", "contacts_master"),
                    BigQueryTables.contacts())));
    camel = new DefaultCamelContext();
    camel.getRegistry().bind("bigquery", new GoogleBigQueryConnectionFactory(client));
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            // The text comes in a header; the comment names its parameters to the component.
            from("direct:apply")
                .errorHandler(noErrorHandler())
                .to(
                    "google-bigquery-sql:a-project:${sql} -- @rows"
                        + "?connectionFactory=#bean:bigquery");
            from("direct:append")
                .to(
                    "google-bigquery:a-project:identity:contacts_master"
                        + "?connectionFactory=#bean:bigquery");
          }
        });
    camel.start();
    producer = camel.createProducerTemplate();
  }

  @AfterEach
  void stop() {
    camel.stop();
    standIn.close();
  }

  @Test
  void a_merge_of_rows_in_one_parameter_writes_them() {
    apply("1", "2");
    assertThat(standIn.rows("identity", "contacts_master"))
        .extracting(r -> r.get("first_name").asText())
        .containsExactly("a@b.c ${x}", "a@b.c ${x}");
  }

  @Test
  void the_number_of_affected_rows_comes_back() {
    assertThat(apply("1", "2")).isEqualTo(2L);
  }

  @Test
  void a_refused_write_tells_of_no_affected_rows() {
    apply("1");
    assertThat(apply("1")).isEqualTo(0L);
  }

  @Test
  void a_refusal_is_found_among_the_causes() {
    BigQueryStatement statement = statement("1");
    Throwable thrown =
        catchThrowable(
            () ->
                producer.requestBodyAndHeader(
                    "direct:apply",
                    statement.parameters(),
                    "sql",
                    "UPDATE identity.contacts_master SET notes = @rows"));
    assertThat(thrown)
        .hasRootCauseInstanceOf(
            com.google.api.client.googleapis.json.GoogleJsonResponseException.class)
        .extracting(t -> causes(t))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .hasAtLeastOneElementOfType(BigQueryException.class);
  }

  @Test
  void rows_are_appended() {
    producer.requestBody("direct:append", List.of(Map.of("contact_id", "1", "notes", "n")));
    assertThat(standIn.rows("identity", "contacts_master")).hasSize(1);
  }

  private static List<Throwable> causes(Throwable thrown) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      causes.add(t);
    }
    return causes;
  }

  private Object apply(String... ids) {
    BigQueryStatement statement = statement(ids);
    return producer.requestBodyAndHeader(
        "direct:apply", statement.parameters(), "sql", statement.sql());
  }

  private BigQueryStatement statement(String... ids) {
    List<BigQueryPatch> patches = new ArrayList<>();
    for (String id : ids) {
      patches.add(
          new BigQueryPatch(
              id,
              new BigQueryPatch.Seen.Absent(),
              JsonNodeFactory.instance.objectNode().put("first_name", "a@b.c ${x}"),
              List.of(),
              1));
    }
    return BigQueryStatements.apply(table, patches);
  }
}
