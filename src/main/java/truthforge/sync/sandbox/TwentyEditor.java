package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** A person at Twenty's screen, which calls the API with that person's token. */
final class TwentyEditor implements LiveEditor {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String FIRST_ID = new UUID(0, 0).toString();

  private final SampleHttp http;
  private final Random random;
  private final Map<String, String> companyIds = new HashMap<>();

  TwentyEditor(SampleSystems systems, Random random) {
    this.random = random;
    http =
        new SampleHttp(
            systems.twenty().url(), "Authorization", "Bearer " + systems.twenty().userToken());
  }

  @Override
  public Found find(boolean deleted) {
    ObjectNode person = any("people", deleted);
    if (person == null) {
      return null;
    }
    ObjectNode fields = TwentyShapes.read(person);
    JsonNode companyId = person.path("companyId");
    if (companyId.isTextual()) {
      JsonNode company = http.call("GET", "/rest/companies/" + companyId.textValue(), null);
      fields.put("organization", company.at("/data/company/name").asText());
    }
    return new Found(person.get("id").textValue(), fields, person);
  }

  private ObjectNode any(String objects, boolean deleted) {
    ObjectNode found = from(objects, new UUID(random.nextLong(), random.nextLong()), deleted);
    return found != null ? found : from(objects, UUID.fromString(FIRST_ID), deleted);
  }

  private ObjectNode from(String objects, UUID id, boolean deleted) {
    String filter =
        "and(id[gte]:\"" + id + "\",deletedAt[is]:" + (deleted ? "NOT_NULL" : "NULL") + ")";
    JsonNode answer =
        http.call(
            "GET", "/rest/" + objects + "?limit=1&filter=" + SampleHttp.encoded(filter), null);
    return answer.path("data").path(objects).path(0) instanceof ObjectNode record ? record : null;
  }

  @Override
  public boolean set(Found found, String field, JsonNode value) {
    ObjectNode body = JSON.objectNode();
    switch (field) {
      case "last_name" -> body.putObject("name").set("lastName", value);
      case "linkedin_url" ->
          body.set("linkedinLink", TwentyShapes.link(value.isNull() ? "" : value.textValue()));
      case "organization" -> body.put("companyId", companyIds.get(value.textValue()));
      default -> body.set(TwentyShapes.property(field), value);
    }
    patch(found, body);
    return true;
  }

  private void patch(Found found, ObjectNode body) {
    http.call("PATCH", "/rest/people/" + found.id(), body);
  }

  @Override
  public boolean append(Found found, String list, String item) {
    ObjectNode body = JSON.objectNode();
    // Whole composites: a part that is left out may be wiped.
    ObjectNode composite = ((ObjectNode) found.record().get(list)).deepCopy();
    boolean emails = list.equals("emails");
    String first = emails ? "primaryEmail" : "primaryPhoneNumber";
    boolean empty = composite.path(first).asText().isEmpty();
    if (empty && emails) {
      composite.put(first, item);
    } else if (empty) {
      ObjectNode phone = TwentyShapes.phone(item);
      composite.set("primaryPhoneNumber", phone.get("number"));
      composite.set("primaryPhoneCountryCode", phone.get("countryCode"));
      composite.set("primaryPhoneCallingCode", phone.get("callingCode"));
    } else if (emails) {
      composite.withArrayProperty("additionalEmails").add(item);
    } else {
      composite.withArrayProperty("additionalPhones").add(TwentyShapes.phone(item));
    }
    body.set(list, composite);
    patch(found, body);
    return true;
  }

  @Override
  public boolean delete(Found found, boolean deleted) {
    if (deleted) {
      http.call("DELETE", "/rest/people/" + found.id() + "?soft_delete=true", null);
    } else {
      http.call(
          "PATCH",
          "/rest/restore/people?filter=" + SampleHttp.encoded("id[eq]:\"" + found.id() + "\""),
          null);
    }
    return true;
  }

  @Override
  public String add(ObjectNode fields) {
    ObjectNode person = TwentyShapes.fields(fields);
    // The screen chooses the id.
    String id =
        new UUID(random.nextLong() & ~0xF000L | 0x4000L, random.nextLong() & ~(3L << 62) | 1L << 63)
            .toString();
    person.put("id", id);
    if (fields.has("organization")) {
      person.put("companyId", companyIds.get(fields.get("organization").textValue()));
    }
    http.call("POST", "/rest/people", person);
    return id;
  }

  /** One of the companies that are there, as the screen offers them. */
  @Override
  public String organization(SampleFirms firms) {
    ObjectNode company = any("companies", false);
    if (company == null) {
      return null;
    }
    companyIds.put(company.get("name").textValue(), company.get("id").textValue());
    return company.get("name").textValue();
  }
}
