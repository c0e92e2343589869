package truthforge.sync.operate.port;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;

/** Issue 6: the OpenAPI document says what is served, all of it and nothing else. */
class OpenApiTest {

  private static final Pattern ASKED_BY_THE_PAGE = Pattern.compile("[\"`](/api/[^\"`?]*)");

  private Ledger ledger;
  private OperatorPort port;
  private JsonNode document;

  @BeforeEach
  void the_document_of_a_port(@TempDir Path folder) throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("ledger.db");
    Configuration configuration =
        Configuration.of(
            Map.of(
                Options.LOCAL_JDBC_URL,
                "jdbc:sqlite:" + folder.resolve("contacts.db"),
                Options.LEDGER_JDBC_URL,
                url,
                Options.OPERATE_PORT,
                "0"));
    Clock clock = Clock.systemUTC();
    ledger = JdbcLedger.open(LedgerSettings.of(url, clock));
    port = OperatorPort.open(new RunningService(configuration, ledger, ledger, clock));
    HttpRequest request =
        HttpRequest.newBuilder(port.url().resolve(OpenApi.PATH))
            .header("Authorization", "Bearer " + port.token())
            .build();
    document =
        new ObjectMapper()
            .readTree(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
  }

  @AfterEach
  void it_closes() {
    port.close();
    ledger.close();
  }

  private Set<String> described() {
    Set<String> described = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    return described;
  }

  @Test
  void what_is_described_is_what_is_served() {
    assertThat(described()).isEqualTo(port.served());
  }

  @Test
  void every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    List<JsonNode> operations = document.get("paths").findParents("operationId").stream().toList();
    assertThat(operations).hasSize(described().size());
    assertThat(operations).extracting(o -> o.get("operationId").asText()).doesNotHaveDuplicates();
    assertThat(operations).allSatisfy(o -> assertThat(o.get("summary").asText()).isNotBlank());
  }

  @Test
  void what_the_page_asks_for_is_described() throws Exception {
    Set<String> paths = new TreeSet<>();
    document.get("paths").fieldNames().forEachRemaining(paths::add);
    for (String script : List.of("page.js", "api.js", "contacts.js", "decisions.js")) {
      try (InputStream in = OpenApiTest.class.getResourceAsStream("/operator/" + script)) {
        Matcher asked =
            ASKED_BY_THE_PAGE.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        while (asked.find()) {
          String path = asked.group(1).replaceAll("\\$\\{.*?\\)?}", "X");
          assertThat(paths)
              .as(script + " asks for " + path)
              .anyMatch(described -> path.matches(described.replaceAll("\\{\\w+}", "[^/]+")));
        }
      }
    }
  }
}
