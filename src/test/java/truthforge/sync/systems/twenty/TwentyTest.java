package truthforge.sync.systems.twenty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.flow.Participants;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/** Forms of Twenty's requests and answers that no stand-in shows. */
class TwentyTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Mapping mapping = MappingFiles.shipped("twenty");
  private final Participants participants = new Participants(List.of(mapping));
  private final Twenty twenty =
      new Twenty(
          mapping,
          participants,
          ids -> Map.of(),
          List::of,
          Duration.ofMinutes(2),
          Clock.systemUTC());

  private HttpAnswer answer(HttpCall call, String body) throws Exception {
    return new HttpAnswer(call, 200, JSON.readTree(body), null, null);
  }

  private void learn(String body) throws Exception {
    twenty.learnSchema(answer(twenty.schemaCall(), body));
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "018f-7", "ünï", ""})
  void a_derived_id_has_the_form_of_a_random_one_and_is_always_the_same(String contactId) {
    UUID id = UUID.fromString(Twenty.idOf(contactId));

    assertThat(id.version() + " " + id.variant()).isEqualTo("4 2");
    assertThat(Twenty.idOf(contactId)).isEqualTo(id.toString());
  }

  @Test
  void the_data_model_is_understood_as_it_was_recorded() throws Exception {
    Path recording = Path.of("..", "shared", "recordings", "twenty", "metadata-object-person.json");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(recording));
    JsonNode person = JSON.readTree(recording.toFile()).at("/response/body");
    learn("{\"data\":[" + person + "],\"pageInfo\":{\"hasNextPage\":false},\"totalCount\":1}");

    assertThat(participants.of("twenty").fieldNames())
        .containsExactlyInAnyOrder(
            "first_name",
            "last_name",
            "organization",
            "job_title",
            "emails",
            "phones",
            "linkedin_url");
  }

  @Test
  void the_data_model_of_older_workspaces_is_understood() throws Exception {
    learn(
        "{\"data\":{\"objects\":[{\"nameSingular\":\"person\",\"fields\":[{\"name\":\"jobTitle\"}]}"
            + "]},\"pageInfo\":{\"hasNextPage\":false}}");

    assertThat(participants.of("twenty").fieldNames()).containsExactly("job_title");
  }

  @Test
  void a_field_that_is_deactivated_is_not_sent() throws Exception {
    learn(
        "{\"data\":[{\"nameSingular\":\"person\",\"fields\":["
            + "{\"name\":\"jobTitle\",\"isActive\":true},"
            + "{\"name\":\"nickname\",\"isActive\":false}]}]}");

    assertThat(participants.of("twenty").fieldNames()).containsExactly("job_title");
  }

  @Test
  void the_next_page_of_the_data_model_is_asked_for_behind_the_last() throws Exception {
    learn(
        "{\"data\":[{\"nameSingular\":\"note\"}],"
            + "\"pageInfo\":{\"hasNextPage\":true,\"endCursor\":\"ff1dd9a9\"}}");

    assertThat(twenty.schemaKnown()).isFalse();
    assertThat(twenty.schemaCall().query()).isEqualTo("limit=200&starting_after=ff1dd9a9");
  }

  @Test
  void a_data_model_without_people_is_a_fault_of_the_configuration() {
    assertThatThrownBy(() -> learn("{\"data\":[],\"pageInfo\":{\"hasNextPage\":false}}"))
        .isInstanceOfSatisfying(
            SystemUnavailable.class,
            e -> assertThat(e.kind()).isEqualTo(SystemUnavailable.Kind.MISCONFIGURED));
  }

  @Test
  void values_that_the_parser_cannot_read_are_looked_for_by_patterns() {
    assertThat(Filters.oneOf("name", List.of("Plain & Co", "O'Hara (\"x\")", "a,b", "two\nlines")))
        .isEqualTo(
            "or(name[in]:[\"Plain & Co\"],name[like]:\"O_Hara __x__\",name[like]:\"a_b\","
                + "name[like]:\"two_lines\")");
  }

  @Test
  void a_plus_is_percent_encoded() {
    assertThat(Filters.encoded("a+b c")).isEqualTo("a%2Bb%20c");
  }

  @Test
  void a_state_tells_the_company_besides_the_time() {
    Revision revision = new Revision("2026-11-22T18:14:49.346Z", "c1");

    assertThat(Revision.of(revision.text())).isEqualTo(revision);
    assertThat(Revision.of("2026-11-22T18:14:49.346Z").companyId()).isNull();
  }
}
