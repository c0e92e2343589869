package truthforge.sync.operate.port;

import static org.assertj.core.api.Assertions.assertThat;
import static truthforge.sync.operate.port.Access.Verdict.FOREIGN;
import static truthforge.sync.operate.port.Access.Verdict.GRANTED;
import static truthforge.sync.operate.port.Access.Verdict.NO_OWN_HEADER;
import static truthforge.sync.operate.port.Access.Verdict.NO_TOKEN;
import static truthforge.sync.operate.port.Access.Verdict.TOO_MANY_GUESSES;
import static truthforge.sync.operate.port.Access.Verdict.WRONG_HOST;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.operate.port.Access.Verdict;

class AccessTest {

  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  private static final String CONFIGURED = "a-configured-token";
  private static final String HERE = "10.0.0.7";
  private static final String OF_THIS_RUN = Tokens.random();

  private final Tokens tokens = tokens(NOON);
  private final Access access = access(tokens, Set.of("sync.example.com"));

  private static Tokens tokens(Instant now) {
    return new Tokens(CONFIGURED, OF_THIS_RUN, Clock.fixed(now, ZoneOffset.UTC));
  }

  private static Access access(Tokens tokens, Set<String> names) {
    return new Access(tokens, new Guesses(Clock.fixed(NOON, ZoneOffset.UTC)), names);
  }

  private Verdict ask(String method, String cookie, Map<String, String> headers) {
    return access.operator(method, headers::get, cookie, HERE);
  }

  private static Map<String, String> bearing(String token) {
    return Map.of("Host", "localhost:8081", "Authorization", "Bearer " + token);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost:8081", "127.0.0.1:8081", "[::1]:8081", "10.0.0.7", "Sync.Example.com"})
  void a_name_of_ours_is_answered(String host) {
    assertThat(access.origin(Map.of("Host", host)::get)).isEqualTo(GRANTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "localhost.evil.example:8081", "127.0.0.1.evil.example", ""})
  void a_name_that_another_site_gave_our_address_is_refused(String host) {
    assertThat(access.origin(Map.of("Host", host)::get)).isEqualTo(WRONG_HOST);
  }

  @Test
  void both_tokens_open_the_port() {
    assertThat(ask("POST", null, bearing(CONFIGURED))).isEqualTo(GRANTED);
    assertThat(ask("POST", null, bearing(OF_THIS_RUN))).isEqualTo(GRANTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a-configured-toke", "a-configured-token1", "null"})
  void any_other_token_does_not(String token) {
    assertThat(ask("GET", null, bearing(token))).isEqualTo(NO_TOKEN);
  }

  @Test
  void whoever_guesses_too_often_is_not_even_told_that_a_token_is_right() {
    for (int i = 0; i < Guesses.AT_ONCE; i++) {
      assertThat(ask("GET", null, bearing("guess " + i))).isEqualTo(NO_TOKEN);
    }

    assertThat(ask("GET", null, bearing("one more"))).isEqualTo(TOO_MANY_GUESSES);
    assertThat(ask("GET", null, bearing(CONFIGURED))).isEqualTo(TOO_MANY_GUESSES);
  }

  @Test
  void guesses_keep_out_neither_others_nor_sessions_nor_commands_on_this_machine() {
    for (int i = 0; i < 2 * Guesses.AT_ONCE; i++) {
      ask("GET", null, bearing("guess " + i));
    }

    assertThat(access.operator("GET", bearing(CONFIGURED)::get, null, "10.0.0.8"))
        .isEqualTo(GRANTED);
    assertThat(ask("GET", tokens.newSession(), Map.of("Host", "localhost"))).isEqualTo(GRANTED);
    assertThat(ask("GET", null, bearing(OF_THIS_RUN))).isEqualTo(GRANTED);
  }

  @Test
  void without_a_token_of_ones_own_an_empty_one_opens_nothing() {
    Access loopback =
        access(new Tokens(null, OF_THIS_RUN, Clock.fixed(NOON, ZoneOffset.UTC)), Set.of());
    assertThat(loopback.operator("GET", bearing("")::get, null, HERE)).isEqualTo(NO_TOKEN);
    assertThat(loopback.operator("GET", Map.of("Host", "localhost")::get, null, HERE))
        .isEqualTo(NO_TOKEN);
  }

  @Test
  void a_session_reads_until_it_ends() {
    String session = tokens.newSession();
    assertThat(ask("GET", session, Map.of("Host", "localhost"))).isEqualTo(GRANTED);
    Access later = access(tokens(NOON.plus(Tokens.SESSION)), Set.of());
    assertThat(later.operator("GET", Map.of("Host", "localhost")::get, session, HERE))
        .isEqualTo(NO_TOKEN);
  }

  @Test
  void a_session_that_somebody_prolonged_is_none() {
    String session = tokens.newSession();
    String longer = "9" + session;
    assertThat(ask("GET", longer, Map.of("Host", "localhost"))).isEqualTo(NO_TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "1.2.3", "x.y.z", "4102444800.a."})
  void what_is_no_session_is_no_session(String cookie) {
    assertThat(ask("GET", cookie, Map.of("Host", "localhost"))).isEqualTo(NO_TOKEN);
  }

  @Test
  void a_session_survives_a_restart_where_the_token_is_configured_and_ends_when_it_changes() {
    String session = tokens.newSession();
    Clock clock = Clock.fixed(NOON, ZoneOffset.UTC);
    assertThat(new Tokens(CONFIGURED, Tokens.random(), clock).isSession(session)).isTrue();
    assertThat(new Tokens("another-token-now", Tokens.random(), clock).isSession(session))
        .isFalse();
  }

  @Test
  void a_change_with_a_session_needs_the_header_that_only_our_page_adds() {
    String session = tokens.newSession();
    assertThat(ask("POST", session, Map.of("Host", "localhost"))).isEqualTo(NO_OWN_HEADER);
    assertThat(ask("POST", session, Map.of("Host", "localhost", Access.OWN_HEADER, "1")))
        .isEqualTo(GRANTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://evil.example", "null", "http://localhost:8082", "http://localhost", "%"})
  void another_origin_is_refused_even_with_a_session(String origin) {
    Map<String, String> headers =
        Map.of("Host", "localhost:8081", "Origin", origin, Access.OWN_HEADER, "1");
    assertThat(ask("POST", tokens.newSession(), headers)).isEqualTo(FOREIGN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site"})
  void a_browser_that_says_the_request_came_from_elsewhere_is_believed(String site) {
    Map<String, String> headers = Map.of("Host", "localhost:8081", "Sec-Fetch-Site", site);
    assertThat(ask("GET", tokens.newSession(), headers)).isEqualTo(FOREIGN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site"})
  void a_link_on_another_site_opens_the_page_and_nothing_else(String site) {
    Map<String, String> link =
        Map.of(
            "Host", "localhost:8081",
            "Sec-Fetch-Site", site,
            "Sec-Fetch-Mode", "navigate",
            "Sec-Fetch-Dest", "document");
    Map<String, String> script =
        Map.of("Host", "localhost:8081", "Sec-Fetch-Site", site, "Sec-Fetch-Mode", "no-cors");
    Map<String, String> elsewhere =
        Map.of("Host", "evil.example", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document");

    assertThat(access.page(link::get)).isEqualTo(GRANTED);
    assertThat(access.page(script::get)).isEqualTo(FOREIGN);
    assertThat(access.page(elsewhere::get)).isEqualTo(WRONG_HOST);
    assertThat(ask("GET", tokens.newSession(), link)).isEqualTo(FOREIGN);
  }
}
