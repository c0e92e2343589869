package truthforge.sync.sandbox.twenty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static truthforge.sync.sandbox.twenty.TwentyClient.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TwentyStandInTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ALL = "or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)";

  private final TwentyStandIn twenty =
      TwentyStandIn.start(
          TwentyStandIn.Options.afterSetup().withTimelineLag(java.time.Duration.ZERO));
  private final TwentyClient api = new TwentyClient(twenty.url(), twenty.apiKey());

  @AfterEach
  void close() {
    twenty.close();
  }

  private String create(String body) {
    return api.post("/rest/people", body).data("createPerson").path("id").asText();
  }

  private static ObjectNode person(String id, String updatedAt) {
    return JSON.createObjectNode()
        .put("id", id)
        .put("createdAt", "2026-01-01T00:00:00.000Z")
        .put("updatedAt", updatedAt);
  }

  private List<String> walk(String parameters) {
    List<String> seen = new ArrayList<>();
    String cursor = "";
    JsonNode page;
    do {
      page = api.get("/rest/people?" + parameters + cursor).body();
      page.at("/data/people").forEach(one -> seen.add(one.get("id").asText()));
      cursor = "&starting_after=" + page.at("/pageInfo/endCursor").asText();
    } while (page.at("/pageInfo/hasNextPage").asBoolean());
    return seen;
  }

  @Test
  void an_email_of_a_deleted_person_stays_taken() {
    String id = create("{\"emails\":{\"primaryEmail\":\"ada@example.org\"}}");
    api.delete("/rest/people/" + id + "?soft_delete=true");

    TwentyClient.Answer again =
        api.post("/rest/people", "{\"emails\":{\"primaryEmail\":\"ada@example.org\"}}");

    assertThat(again.status()).isEqualTo(400);
    assertThat(again.message()).isEqualTo("A duplicate entry was detected");
  }

  @Test
  void a_contact_id_is_given_once() {
    create("{\"contactId\":\"c-1\"}");

    assertThat(api.post("/rest/people", "{\"contactId\":\"c-1\"}").status()).isEqualTo(400);
  }

  @Test
  void an_empty_contact_id_collides_with_none() {
    create("{\"contactId\":\"\"}");

    assertThat(api.post("/rest/people", "{\"contactId\":\"\"}").status()).isEqualTo(201);
  }

  @Test
  void an_upsert_takes_a_deleted_person_out_of_the_trash() {
    String id = create("{\"contactId\":\"c-1\"}");
    api.delete("/rest/people/" + id + "?soft_delete=true");

    JsonNode answer =
        api.post("/rest/people?upsert=true", "{\"contactId\":\"c-1\",\"jobTitle\":\"x\"}")
            .data("createPerson");

    assertThat(answer.get("id").asText()).isEqualTo(id);
    assertThat(answer.get("deletedAt").isNull()).isTrue();
  }

  @Test
  void a_batch_with_one_duplicate_creates_nobody() {
    create("{\"contactId\":\"c-1\"}");

    TwentyClient.Answer answer =
        api.post("/rest/batch/people", "[{\"contactId\":\"c-2\"},{\"contactId\":\"c-1\"}]");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(twenty.people()).hasSize(1);
  }

  @Test
  void updates_of_a_batch_upsert_stay_when_its_creations_fail() {
    create("{\"contactId\":\"c-1\",\"jobTitle\":\"before\"}");

    TwentyClient.Answer answer =
        api.post(
            "/rest/batch/people?upsert=true",
            "[{\"contactId\":\"c-2\"},{\"contactId\":\"c-1\",\"jobTitle\":\"after\"},"
                + "{\"contactId\":\"c-2\"}]");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(twenty.people())
        .singleElement()
        .satisfies(one -> assertThat(one.get("jobTitle").asText()).isEqualTo("after"));
  }

  @Test
  void the_people_of_a_batch_share_one_time() {
    api.post("/rest/batch/people", "[{},{},{}]");

    assertThat(twenty.people().stream().map(one -> one.get("updatedAt").asText()).distinct())
        .hasSize(1);
  }

  @Test
  void three_hundred_people_of_one_millisecond_are_all_read_by_id() {
    for (int i = 0; i < 300; i++) {
      twenty.loadPerson(
          person(UUID.randomUUID().toString(), "2026-11-22T10:00:00.123%03dZ".formatted(i)));
    }
    List<String> seen =
        walk("limit=50&" + filter("and(updatedAt[gte]:\"2026-11-22T10:00:00.123Z\"," + ALL + ")"));

    assertThat(seen).hasSize(300).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void a_walk_by_update_time_loses_people_of_one_millisecond() {
    for (int i = 0; i < 40; i++) {
      twenty.loadPerson(
          person(UUID.randomUUID().toString(), "2026-11-22T10:00:00.123%03dZ".formatted(i)));
    }

    assertThat(walk("limit=5&order_by=updatedAt%5BAscNullsFirst%5D").stream().distinct().count())
        .isLessThan(40);
  }

  @Test
  void of_five_writers_who_saw_the_same_state_one_wins() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(5);
    try {
      for (int round = 0; round < 50; round++) {
        String id = create("{}");
        String seen = api.get("/rest/people/" + id).data("person").get("updatedAt").asText();
        String condition = filter("and(id[eq]:" + id + ",updatedAt[eq]:\"" + seen + "\")");
        Callable<Integer> write =
            () ->
                api.patch("/rest/people?" + condition, "{\"jobTitle\":\"mine\"}")
                    .data("updatePeople")
                    .size();
        int won = 0;
        for (Future<Integer> one : writers.invokeAll(List.of(write, write, write, write, write))) {
          won += one.get();
        }
        assertThat(won).isEqualTo(1);
      }
    } finally {
      writers.shutdown();
    }
  }

  @Test
  void a_patch_without_a_change_moves_the_time_of_update() {
    String id = create("{\"jobTitle\":\"x\"}");
    JsonNode before = api.get("/rest/people/" + id).data("person");

    JsonNode after = api.patch("/rest/people/" + id, "{\"jobTitle\":\"x\"}").data("updatePerson");

    assertThat(after.get("updatedAt").asText()).isGreaterThan(before.get("updatedAt").asText());
  }

  @Test
  void a_document_is_replaced_and_not_merged() {
    String id = create("{\"llmContext\":{\"a\":1,\"b\":2}}");

    JsonNode after =
        api.patch("/rest/people/" + id, "{\"llmContext\":{\"a\":3}}").data("updatePerson");

    assertThat(after.get("llmContext").toString()).isEqualTo("{\"a\":3}");
  }

  @Test
  void an_empty_document_is_kept_as_none() {
    String id = create("{\"llmContext\":{}}");

    assertThat(api.get("/rest/people/" + id).data("person").get("llmContext").isNull()).isTrue();
  }

  @Test
  void a_date_that_the_calendar_lacks_is_refused() {
    assertThat(api.post("/rest/people", "{\"birthday\":\"2024-02-31\"}").message())
        .isEqualTo(
            "Invalid value '2024-02-31' for date field \"birthday\"."
                + " Expected format: 'YYYY-MM-DD'");
  }

  @Test
  void a_page_holds_200_people_at_most() {
    String batch =
        IntStream.range(0, 200).mapToObj(i -> "{}").collect(Collectors.joining(",", "[", "]"));
    api.post("/rest/batch/people", batch);
    api.post("/rest/batch/people", batch);

    JsonNode page = api.get("/rest/people?limit=1000").body();

    assertThat(page.at("/data/people")).hasSize(200);
    assertThat(page.at("/totalCount").asInt()).isEqualTo(400);
  }

  @Test
  void a_soft_deleted_company_is_shown_at_depth_0_only() {
    String company = company();
    String person = create("{\"companyId\":\"" + company + "\"}");
    api.delete("/rest/companies/" + company + "?soft_delete=true");

    assertThat(api.get("/rest/people/" + person).data("person").get("companyId").asText())
        .isEqualTo(company);
    JsonNode deep = api.get("/rest/people/" + person + "?depth=1").data("person");
    assertThat(deep.get("companyId").isNull() && deep.get("company").isNull()).isTrue();
  }

  @Test
  void a_destroyed_company_leaves_its_people_without_one_and_their_time_unmoved() {
    String company = company();
    String person = create("{\"companyId\":\"" + company + "\"}");
    JsonNode before = api.get("/rest/people/" + person).data("person");
    api.delete("/rest/companies/" + company);

    JsonNode after = api.get("/rest/people/" + person).data("person");

    assertThat(after.get("companyId").isNull()).isTrue();
    assertThat(after.get("updatedAt")).isEqualTo(before.get("updatedAt"));
  }

  private String company() {
    return api.post("/rest/companies", "{\"name\":\"A Company\"}")
        .data("createCompany")
        .get("id")
        .asText();
  }

  @Test
  void companies_are_found_by_a_list_of_names() {
    api.post("/rest/batch/companies", "[{\"name\":\"One\"},{\"name\":\"Two\"},{\"name\":\"Ten\"}]");

    JsonNode found = api.get("/rest/companies?" + filter("name[in]:[\"One\",\"Ten\"]")).body();

    List<String> names = new ArrayList<>();
    found.at("/data/companies").forEach(company -> names.add(company.get("name").asText()));
    assertThat(names).containsExactlyInAnyOrder("One", "Ten");
  }

  @Test
  void a_field_added_later_is_there_on_every_person() {
    create("{}");
    JsonNode objects = api.get("/rest/metadata/objects").body().get("data");
    String object = null;
    for (JsonNode one : objects) {
      object = one.get("nameSingular").asText().equals("person") ? one.get("id").asText() : object;
    }
    api.post(
        "/rest/metadata/fields",
        "{\"name\":\"shoeSize\",\"label\":\"Shoe size\",\"type\":\"TEXT\",\"objectMetadataId\":\""
            + object
            + "\"}");

    assertThat(api.get("/rest/people").body().at("/data/people/0/shoeSize").asText("none"))
        .isEmpty();
  }

  @Test
  void a_person_at_the_screen_is_named_in_the_record_and_in_the_timeline() {
    String id = create("{\"jobTitle\":\"before\"}");
    TwentyClient screen = new TwentyClient(twenty.url(), twenty.userToken());
    JsonNode edited =
        screen.patch("/rest/people/" + id, "{\"jobTitle\":\"after\"}").data("updatePerson");

    assertThat(edited.at("/updatedBy/source").asText()).isEqualTo("MANUAL");
    JsonNode entry =
        api.get(
                "/rest/timelineActivities?"
                    + filter("and(targetPersonId[in]:[" + id + "],name[eq]:\"person.updated\")"))
            .data("timelineActivities")
            .get(0);
    assertThat(entry.at("/properties/diff/jobTitle/before").asText()).isEqualTo("before");
    assertThat(entry.get("workspaceMemberId")).isEqualTo(edited.at("/updatedBy/workspaceMemberId"));
  }

  @Test
  void a_loaded_record_is_shown_as_it_was_given() {
    ObjectNode given = person("00000000-0000-4000-8000-000000000001", "2020-01-01T00:00:00.000Z");
    given.put("deletedAt", "2020-01-02T00:00:00.000Z").put("jobTitle", "x");
    twenty.loadPerson(given);

    JsonNode shown = api.get("/rest/people?" + filter(ALL)).body().at("/data/people/0");

    given
        .properties()
        .forEach(one -> assertThat(shown.get(one.getKey())).isEqualTo(one.getValue()));
  }

  @Test
  void a_record_with_a_field_that_the_workspace_lacks_is_not_loaded() {
    ObjectNode given = person("00000000-0000-4000-8000-000000000001", "2020-01-01T00:00:00.000Z");

    assertThatThrownBy(() -> twenty.loadPerson(given.put("shoeSize", "42")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shoeSize");
  }

  @Test
  void loading_counts_no_call() {
    twenty.loadPerson(person("00000000-0000-4000-8000-000000000001", "2020-01-01T00:00:00.000Z"));

    assertThat(twenty.calls()).isZero();
  }

  @Test
  void a_body_of_two_megabytes_is_taken_and_one_of_twelve_refused() {
    String two = "{\"jobTitle\":\"" + "x".repeat(2_400_000) + "\"}";
    String twelve = "{\"jobTitle\":\"" + "x".repeat(12_000_000) + "\"}";

    assertThat(api.post("/rest/people", two).status()).isEqualTo(201);
    TwentyClient.Answer refused = api.post("/rest/people", twelve);
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.body().asText()).isEqualTo("request entity too large");
  }

  @Test
  void an_apostrophe_in_a_condition_hides_the_next_comma() {
    create("{\"emails\":{\"primaryEmail\":\"o'brien@example.org\"},\"jobTitle\":\"x\"}");

    JsonNode found =
        api.get(
                "/rest/people?"
                    + filter("and(emails.primaryEmail[eq]:o'brien@example.org,jobTitle[eq]:\"x\")"))
            .body();

    assertThat(found.at("/totalCount").asInt()).isZero();
  }

  @Test
  void a_change_of_many_leaves_the_trash_alone_unless_the_filter_names_it() {
    String id = create("{\"jobTitle\":\"x\"}");
    api.delete("/rest/people/" + id + "?soft_delete=true");

    String some = filter("jobTitle[eq]:\"x\"");
    String all = filter("and(jobTitle[eq]:\"x\",deletedAt[is]:NOT_NULL)");
    assertThat(api.patch("/rest/people?" + some, "{}").data("updatePeople")).isEmpty();
    assertThat(api.patch("/rest/people?" + all, "{}").data("updatePeople")).hasSize(1);
  }

  @Test
  void a_person_loaded_with_an_unknown_company_can_be_changed() {
    ObjectNode given = person("00000000-0000-4000-8000-000000000001", "2020-01-01T00:00:00.000Z");
    twenty.loadPerson(given.put("companyId", "00000000-0000-4000-8000-0000000000aa"));

    assertThat(
            api.patch("/rest/people/00000000-0000-4000-8000-000000000001", "{\"jobTitle\":\"x\"}")
                .status())
        .isEqualTo(200);
  }

  @Test
  void more_than_200_people_are_not_changed_at_once() {
    String batch = "[" + "{},".repeat(199) + "{}]";
    api.post("/rest/batch/people", batch);
    api.post("/rest/people", "{}");

    TwentyClient.Answer answer = api.patch("/rest/people", "{\"jobTitle\":\"x\"}");

    assertThat(answer.body().get("code").asText()).isEqualTo("TOO_MANY_RECORDS_TO_UPDATE");
  }

  @Test
  void a_refused_change_of_many_changes_nobody() {
    create("{\"contactId\":\"c-1\"}");
    create("{\"contactId\":\"c-2\"}");

    TwentyClient.Answer answer = api.patch("/rest/people", "{\"contactId\":\"c-3\"}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(twenty.people().stream().map(one -> one.get("contactId").asText()))
        .containsExactlyInAnyOrder("c-1", "c-2");
  }

  @Test
  void a_phone_number_with_codes_sent_empty_keeps_them_empty() {
    JsonNode phones =
        api.post(
                "/rest/people",
                "{\"phones\":{\"primaryPhoneNumber\":\"+33612345678\","
                    + "\"primaryPhoneCountryCode\":\"\",\"primaryPhoneCallingCode\":\"\"}}")
            .data("createPerson")
            .get("phones");

    assertThat(phones.get("primaryPhoneNumber").asText()).isEqualTo("612345678");
    assertThat(phones.get("primaryPhoneCallingCode").asText()).isEmpty();
  }
}
