package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.operate.AtWork.Answer;
import truthforge.sync.operate.port.OperatorFile;
import truthforge.sync.operate.port.OperatorPort;
import truthforge.sync.operate.port.RunningService;

/** Issue 4: the operator's port lets in who has the token, and nobody else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorPortTest {

  private static final String NAME = "Marked Person";

  private AtWork work;

  @BeforeAll
  void a_service_at_work(@TempDir Path folder) throws Exception {
    World world = World.withoutEngine(folder, "local");
    world.sql(
        "insert into contacts_master(first_name, last_name, nickname, emails, phones) values"
            + " ('Marked', 'Person', 'José', '[\"marked@example.com\"]', '[\"+493012345678\"]')");
    world.set(Options.SERVICE_REQUEST_SECONDS, "2");
    work = new AtWork(world);
  }

  @AfterAll
  void it_ends() {
    work.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/status",
        "/api/overview",
        "/api/contacts",
        "/api/contacts/x",
        "/api/conflicts",
        "/api/dead-letters",
        "/api/held",
        "/api/events",
        "/api/openapi.json",
        "/api/no-such-thing"
      })
  void nothing_is_shown_without_the_token(String path) {
    Answer answer = work.send(work.request(path).GET());

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.response().body()).doesNotContain(NAME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/sync",
        "/api/systems/local/pause",
        "/api/held/1/approve",
        "/api/dead-letters/replay",
        "/api/sandbox/edits"
      })
  void nothing_is_changed_without_the_token(String path) {
    assertThat(work.send(work.request(path).POST(HttpRequest.BodyPublishers.noBody())).status())
        .isEqualTo(401);
  }

  @Test
  void with_the_token_contacts_are_shown() {
    assertThat(work.get("/api/contacts").json().at("/contacts/0/name").asText()).isEqualTo(NAME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MARKED@example.COM",
        "jose",
        "JOSÉ",
        "Jose\u0301",
        "+49 30 1234-5678",
        "0049 (30) 12345678",
        "030 1234 5678"
      })
  void a_contact_is_found_by_what_people_type(String typed) {
    String query = URLEncoder.encode(typed, StandardCharsets.UTF_8);

    assertThat(work.get("/api/contacts?q=" + query).json().at("/contacts/0/name").asText())
        .isEqualTo(NAME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/observe/health", "/observe/health/live", "/observe/metrics"})
  void health_and_metrics_need_no_token_and_tell_nothing_personal(String path) {
    Answer answer = work.send(work.request(path).GET());

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body()).doesNotContainIgnoringCase("marked");
  }

  @Test
  void logging_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    Answer answer = logIn(work.token);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Set-Cookie"))
        .containsIgnoringCase("HttpOnly")
        .contains("SameSite=Strict", "Path=/")
        .doesNotContain(work.token);
  }

  @Test
  void a_wrong_token_logs_nobody_in() {
    Answer answer = logIn(work.token.substring(1));

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("Set-Cookie")).isNull();
  }

  @Test
  void the_sessions_of_two_services_on_one_machine_do_not_take_each_others_place() {
    String port = String.valueOf(work.url.getPort());

    assertThat(logIn(work.token).header("Set-Cookie").split("=")[0]).endsWith("_" + port);
  }

  @Test
  void a_session_changes_something_only_with_the_pages_own_header() {
    String cookie = logIn(work.token).header("Set-Cookie").split(";")[0];

    assertThat(work.send(sync().header("Cookie", cookie)).status()).isEqualTo(403);
    assertThat(work.send(sync().header("Cookie", cookie).header("X-Truth-Forge", "1")).status())
        .isEqualTo(200);
  }

  @Test
  void the_page_of_another_site_is_refused_whatever_it_holds() {
    String cookie = logIn(work.token).header("Set-Cookie").split(";")[0];

    assertThat(
            work.send(
                    sync()
                        .header("Cookie", cookie)
                        .header("X-Truth-Forge", "1")
                        .header("Origin", "http://evil.example"))
                .status())
        .isEqualTo(403);
  }

  @Test
  void a_name_that_another_site_gave_our_address_is_refused() throws Exception {
    assertThat(raw("GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
  }

  @Test
  void a_link_on_another_site_opens_the_page_and_shows_no_contact() {
    String cookie = logIn(work.token).header("Set-Cookie").split(";")[0];

    assertThat(work.send(followed("/", cookie)).status()).isEqualTo(200);
    assertThat(work.send(followed("/api/contacts", cookie)).status()).isEqualTo(403);
  }

  private HttpRequest.Builder followed(String path, String cookie) {
    return work.request(path)
        .GET()
        .header("Cookie", cookie)
        .header("Sec-Fetch-Site", "cross-site")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document");
  }

  @Test
  void the_page_may_run_no_script_but_its_own() {
    assertThat(work.send(work.request("/").GET()).header("Content-Security-Policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/assets/../logback.xml",
        "/assets/..%2flogback.xml",
        "/../../etc/passwd",
        "/operator/index.html"
      })
  void nothing_else_of_the_jar_or_the_machine_is_served(String path) throws Exception {
    assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 404");
  }

  @Test
  void what_is_no_json_or_too_large_is_refused() {
    assertThat(work.post("/api/dead-letters/replay", "{").status()).isEqualTo(400);
    assertThat(work.post("/api/dead-letters/replay", "[]").status()).isEqualTo(400);
    assertThat(work.post("/api/dead-letters/replay", " ".repeat(100_000)).status()).isEqualTo(413);
    assertThat(
            work.send(
                    sync()
                        .header("Authorization", "Bearer " + work.token)
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("{}")))
                .status())
        .isEqualTo(415);
  }

  @Test
  void whoever_sends_byte_by_byte_is_cut_off() throws Exception {
    byte[] request = "GET /observe/health HTTP/1.1\r\nX-Long: ".getBytes(StandardCharsets.US_ASCII);
    byte[] more = "y".repeat(600).getBytes(StandardCharsets.US_ASCII);

    assertThat(RawHttp.dribble(work.url.getPort(), request, more)).isEmpty();
  }

  @Test
  void whoever_guesses_tokens_has_to_wait_and_keeps_nobody_else_out() throws Exception {
    String answer = guess(0);
    for (int guess = 1; answer.startsWith("HTTP/1.1 401") && guess < 1000; guess++) {
      answer = guess(guess);
    }

    assertThat(answer).startsWith("HTTP/1.1 429");
    assertThat(logIn("guess from elsewhere").status()).isEqualTo(401);
    assertThat(work.get("/api/status").status()).isEqualTo(200);
  }

  /** From an address that nobody else has. */
  private String guess(int number) throws Exception {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress("127.0.0.2", 0));
      socket.connect(new InetSocketAddress(work.url.getHost(), work.url.getPort()));
      return raw(
          socket,
          "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
              + "Authorization: Bearer guess-"
              + number
              + "\r\n\r\n");
    }
  }

  @Test
  void the_token_of_the_run_is_in_a_file_that_its_owner_alone_can_read() throws Exception {
    Path file = OperatorFile.place(work.world.configuration());

    assertThat(OperatorFile.read(file)).contains(new OperatorFile(work.url, work.token));
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void it_listens_on_this_machine_alone() {
    assertThat(work.url.getHost()).isEqualTo("127.0.0.1");
    assertThat(work.world.configuration().required(Options.OPERATE_HOST)).isEqualTo("127.0.0.1");
  }

  @Test
  void a_port_that_another_program_has_is_told_with_what_to_do(@TempDir Path folder)
      throws Exception {
    World world = World.withoutEngine(folder, "local");
    LedgerSettings settings =
        LedgerSettings.of("jdbc:sqlite:" + folder.resolve("ledger.db"), world.time);
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        Ledger ledger = JdbcLedger.open(settings)) {
      world.set(Options.OPERATE_PORT, String.valueOf(other.getLocalPort()));
      RunningService service =
          new RunningService(world.configuration(), ledger, ledger, world.time);

      assertThatThrownBy(() -> OperatorPort.open(service))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("port " + other.getLocalPort());
      assertThat(OperatorFile.place(world.configuration())).doesNotExist();
    } finally {
      world.close();
    }
  }

  private HttpRequest.Builder sync() {
    return work.request("/api/sync").POST(HttpRequest.BodyPublishers.noBody());
  }

  private Answer logIn(String token) {
    return work.send(
        work.request("/api/session")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"token\":\"" + token + "\"}")));
  }

  private String raw(String request) throws Exception {
    try (Socket socket = new Socket(work.url.getHost(), work.url.getPort())) {
      return raw(socket, request);
    }
  }

  private static String raw(Socket socket, String request) throws Exception {
    OutputStream out = socket.getOutputStream();
    out.write(request.getBytes(StandardCharsets.US_ASCII));
    out.flush();
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
