package truthforge.sync.operate.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.mapping.Codec;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.systems.ClockDifference;
import truthforge.sync.systems.twenty.PersonFields;

/** A workspace of Twenty: its people's fields, as {@code /rest/metadata} tells them. */
final class TwentyInspection implements Inspection {

  private static final int PAGE = 200;

  /** Reading one page of changes, the schema, companies, and the witness after a batch. */
  private static final int OTHER_CALLS = 10;

  private final Configuration configuration;
  private final Mapping mapping;
  private final HttpApi api;
  private JsonNode person;
  private ClockDifference clockDifference;

  /**
   * A field as the mapping needs it.
   *
   * @param type null where the service cannot create it: a part of one of Twenty's own
   */
  private record Wanted(String name, String type, boolean unique) {}

  TwentyInspection(Configuration configuration, Mapping mapping, Clock clock) {
    this.configuration = configuration;
    this.mapping = mapping;
    this.api =
        new HttpApi(
            "twenty",
            Options.TWENTY_API_KEY.name(),
            configuration.url(Options.TWENTY_URL).orElseThrow(),
            Map.of("Authorization", "Bearer " + configuration.required(Options.TWENTY_API_KEY)),
            clock);
  }

  @Override
  public String system() {
    return "twenty";
  }

  @Override
  public List<Missing> missing() {
    Map<String, JsonNode> fields = fields();
    List<Missing> missing = new ArrayList<>();
    for (Wanted wanted : wanted()) {
      if (fields.containsKey(wanted.name())) {
        continue;
      }
      String what = "field " + wanted.name() + " of people";
      if (wanted.type() == null) {
        missing.add(
            Missing.byHand(
                what,
                "A part of it is mapped, so it cannot be created as a field of its own: create it"
                    + " in Twenty's data model, or map to another place in mappings/twenty.yaml"));
      } else {
        missing.add(creation(what, wanted));
      }
    }
    missing.addAll(missingWebhook());
    return missing;
  }

  /** The address that Twenty is to post to; null where it is not to. */
  private String webhookUrl() {
    boolean wanted =
        configuration.isSet(Options.SERVICE_PUBLIC_URL)
            && configuration.isSet(Options.TWENTY_WEBHOOK_SECRET);
    return wanted
        ? configuration.url(Options.SERVICE_PUBLIC_URL).orElseThrow() + "/webhooks/twenty"
        : null;
  }

  /**
   * Found by its address, so that a second setup makes no second one. Twenty shows secrets in clear
   * (recorded with 2.19), so one that differs is set anew.
   */
  private List<Missing> missingWebhook() {
    String url = webhookUrl();
    if (url == null) {
      return List.of();
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("targetUrl", url);
    body.putArray("operations").add("person.*");
    body.put("description", "truth-forge-sync");
    ObjectNode shown = body.deepCopy();
    String secret = configuration.required(Options.TWENTY_WEBHOOK_SECRET);
    body.put("secret", secret);
    for (JsonNode hook : webhooks()) {
      if (hook.path("targetUrl").asText().equals(url)) {
        boolean asWanted =
            hook.path("secret").asText().equals(secret) && asksForPeople(hook.path("operations"));
        if (asWanted) {
          return List.of();
        }
        String path = "/rest/metadata/webhooks/" + hook.path("id").asText();
        String what = "secret and operations of the webhook to " + url;
        return List.of(
            Missing.created(
                what,
                "PATCH " + path + " " + shown,
                () -> api.successful(api.patch(path, body), "to change the " + what)));
      }
    }
    String what = "webhook to " + url;
    return List.of(
        Missing.created(
            what,
            "POST /rest/metadata/webhooks " + shown,
            () -> api.successful(api.post("/rest/metadata/webhooks", body), "to create " + what)));
  }

  private static boolean asksForPeople(JsonNode operations) {
    for (JsonNode operation : operations) {
      if (List.of("person.*", "*.*").contains(operation.asText())) {
        return true;
      }
    }
    return false;
  }

  /** In 2.19 the list itself; in older workspaces under {@code data}. */
  private JsonNode webhooks() {
    JsonNode body = api.successful(api.get("/rest/metadata/webhooks"), "to read the webhooks");
    return body.isArray() ? body : body.path("data").path("webhooks");
  }

  private Missing creation(String what, Wanted wanted) {
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("name", wanted.name())
            .put("label", label(wanted.name()))
            .put("type", wanted.type())
            .put("objectMetadataId", person().path("id").asText());
    if (wanted.unique()) {
      body.put("isUnique", true);
    }
    return Missing.created(
        what,
        "POST /rest/metadata/fields " + body,
        () -> api.successful(api.post("/rest/metadata/fields", body), "to create " + what));
  }

  /** {@code contactNotes} as people write it: Contact notes. */
  static String label(String name) {
    String words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    words = words.replaceAll("\\bid\\b", "ID").replaceAll("\\bllm\\b", "LLM");
    words = words.replaceAll("\\bai\\b", "AI");
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  private List<Wanted> wanted() {
    Map<String, Wanted> all = new LinkedHashMap<>();
    if (mapping.contactIdPath() != null) {
      all.put(mapping.contactIdPath(), new Wanted(mapping.contactIdPath(), "TEXT", true));
    }
    for (Entry entry : mapping.entries()) {
      String name = entry.topLevelProperty();
      String type = name.equals(entry.path()) ? type(entry.codec()) : null;
      all.putIfAbsent(name, new Wanted(name, type, false));
    }
    if (mapping.syncMetadataPath() != null) {
      String name = mapping.syncMetadataPath();
      all.putIfAbsent(name, new Wanted(name, "RAW_JSON", false));
    }
    return List.copyOf(all.values());
  }

  private static String type(Codec codec) {
    return switch (codec) {
      case BOOLEAN, BOOLEAN_NEVER_EMPTY -> "BOOLEAN";
      case BOOLEAN_INTEGER, PLAIN_NUMBER -> "NUMBER";
      case DAY -> "DATE";
      case JSON_DOCUMENT -> "RAW_JSON";
      case ITEMS -> "ARRAY";
      case EMAILS_COMPOSITE -> "EMAILS";
      case PHONES_COMPOSITE -> "PHONES";
      case LINKS_COMPOSITE -> "LINKS";
      case PLAIN_TEXT, PLAIN_CODE, PLAIN_URL, ITEMS_JSON_TEXT, DOCUMENT_JSON_TEXT -> "TEXT";
    };
  }

  private JsonNode person() {
    String after = null;
    while (person == null) {
      HttpApi.Answer answer = api.get(PersonFields.page(after));
      JsonNode body = api.successful(answer, "to read the data model");
      clockDifference = answer.clock();
      person = PersonFields.person(body).orElse(null);
      String next = PersonFields.next(body);
      if (person == null && (next == null || next.equals(after))) {
        throw Trouble.found(
            "twenty",
            "shows no object 'person'",
            "Check twenty.url, and that the key may read the data model");
      }
      after = next;
    }
    return person;
  }

  private Map<String, JsonNode> fields() {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    person().path("fields").forEach(field -> fields.put(field.path("name").asText(), field));
    return fields;
  }

  @Override
  public void examine(List<Finding> findings) {
    Map<String, JsonNode> fields = fields();
    findings.add(Finding.ok("twenty", "answers, and accepts the key"));
    examineFields(fields, findings);
    if (clockDifference != null) {
      findings.add(ClockFinding.of("twenty", clockDifference));
    }
    HttpApi.Answer answer = api.get("/rest/people?limit=1");
    long people = api.successful(answer, "to read people").path("totalCount").asLong();
    findings.add(Finding.ok("twenty", "shows " + people + " people to the key"));
    findings.add(Rights.notTold(configuration, "twenty", "this key may change people"));
    examineLimits(people, findings);
  }

  private void examineFields(Map<String, JsonNode> fields, List<Finding> findings) {
    String contactId = mapping.contactIdPath();
    JsonNode id = contactId == null ? null : fields.get(contactId);
    if (id != null && !id.path("isUnique").asBoolean()) {
      findings.add(
          Finding.warning(
              "twenty",
              0,
              "the field " + contactId + " is not unique",
              "Set it to unique in Twenty's data model: until then nothing keeps two people from"
                  + " carrying one id"));
    }
    Set<String> inactive =
        wanted().stream()
            .map(Wanted::name)
            .filter(fields::containsKey)
            .filter(name -> !fields.get(name).path("isActive").asBoolean(true))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (!inactive.isEmpty()) {
      findings.add(
          Finding.warning(
              "twenty",
              0,
              "these fields are deactivated: " + String.join(", ", inactive),
              "Activate them in Twenty's data model, or take their lines out of"
                  + " mappings/twenty.yaml"));
    }
    for (Entry entry : mapping.entries()) {
      JsonNode field = fields.get(entry.path());
      String wanted = type(entry.codec());
      String there = field == null ? wanted : field.path("type").asText();
      if (!fits(entry.codec(), wanted, there)) {
        findings.add(
            Finding.warning(
                "twenty",
                0,
                "the field " + entry.path() + " is of type " + there + ", not " + wanted,
                there.equals("NUMBER") && Codec.PLAIN_NUMBER.fits(entry.field().type())
                    ? "Say codec: number in mappings/twenty.yaml, on the line of this field"
                    : "Name a codec that fits in mappings/twenty.yaml, or another field: nothing is"
                        + " retyped"));
      }
    }
  }

  /** Fields whose values are texts on the wire take any codec of texts. */
  private static boolean fits(Codec codec, String wanted, String there) {
    boolean text = wanted.equals("TEXT");
    return there.equals(wanted)
        || text && Set.of("SELECT", "DATE", "UUID", "RICH_TEXT").contains(there)
        || codec == Codec.ITEMS && there.equals("MULTI_SELECT");
  }

  private void examineLimits(long people, List<Finding> findings) {
    long perMinute = configuration.integer(Options.TWENTY_CALLS_PER_MINUTE);
    long seconds = configuration.seconds(Options.SYNC_INTERVAL_SECONDS).toSeconds();
    long perCycle = Math.max(1, perMinute * seconds / 60);
    long conditional = configuration.integer(Options.TWENTY_CONDITIONAL_LIMIT);
    if (conditional + OTHER_CALLS > perCycle && !configuration.isReadOnly("twenty")) {
      findings.add(
          Finding.warning(
              "twenty",
              0,
              "a cycle may make "
                  + (conditional + OTHER_CALLS)
                  + " calls, but in an interval of "
                  + seconds
                  + " seconds Twenty grants "
                  + perCycle,
              "Raise sync.interval-seconds, or lower twenty.conditional-limit to "
                  + Math.max(0, perCycle - OTHER_CALLS)));
    }
    long fullRead = (people + PAGE - 1) / PAGE;
    if (fullRead > perCycle) {
      findings.add(
          Finding.warning(
              "twenty",
              0,
              "reading all people takes "
                  + fullRead
                  + " calls, about "
                  + Math.max(1, fullRead / perMinute)
                  + " minutes at "
                  + perMinute
                  + " a minute, longer than a cycle",
              "Raise twenty.calls-per-minute if Twenty grants more; else cycles are late while all"
                  + " people are compared"));
    } else {
      findings.add(
          Finding.ok(
              "twenty",
              "reading all people takes " + fullRead + " of " + perCycle + " calls of a cycle"));
    }
  }
}
