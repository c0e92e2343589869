package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.util.Map;

/** How a person in Twenty shows fields of a contact; the company apart. */
final class TwentyShapes {

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("contact_id", "contactId"),
          Map.entry("middle_name", "middleName"),
          Map.entry("nickname", "nickname"),
          Map.entry("name_suffix", "nameSuffix"),
          Map.entry("title", "honorific"),
          Map.entry("canonical_name", "canonicalName"),
          Map.entry("name_normalized", "nameNormalized"),
          Map.entry("job_title", "jobTitle"),
          Map.entry("department", "department"),
          Map.entry("is_business", "isBusiness"),
          Map.entry("social_profiles", "socialProfiles"),
          Map.entry("category_code", "categoryCode"),
          Map.entry("subcategory_code", "subcategoryCode"),
          Map.entry("relationship_category", "relationshipCategory"),
          Map.entry("notes", "contactNotes"),
          Map.entry("birthday", "birthday"),
          Map.entry("is_me", "isMe"),
          Map.entry("llm_context", "llmContext"),
          Map.entry("communication_stats", "communicationStats"),
          Map.entry("social_network", "socialNetwork"),
          Map.entry("ai_insights", "aiInsights"),
          Map.entry("recommendations", "recommendations"));

  private TwentyShapes() {}

  /** The property of a person that shows a field which is no composite. */
  static String property(String field) {
    String name = NAMES.get(field);
    if (name == null) {
      throw new IllegalArgumentException("Twenty has no plain property for " + field);
    }
    return name;
  }

  /** The properties of a whole person; what a contact lacks is empty there. */
  static ObjectNode fields(ObjectNode contact) {
    ObjectNode person = JsonNodeFactory.instance.objectNode();
    ObjectNode name = person.putObject("name");
    name.put("firstName", contact.path("first_name").asText());
    name.put("lastName", contact.path("last_name").asText());
    person.set("emails", emails(contact.path("emails")));
    person.set("phones", phones(contact.path("phones")));
    person.set("linkedinLink", link(contact.path("linkedin_url").asText()));
    person.put("isBusiness", false).put("isMe", false);
    NAMES.forEach(
        (field, property) -> {
          if (contact.has(field)) {
            person.set(property, contact.get(field));
          }
        });
    return person;
  }

  /** The fields of the model that a person shows, its company, lists and phones apart. */
  static ObjectNode read(ObjectNode person) {
    ObjectNode contact = JsonNodeFactory.instance.objectNode();
    contact.set("first_name", person.at("/name/firstName"));
    contact.set("last_name", person.at("/name/lastName"));
    contact.set("linkedin_url", person.at("/linkedinLink/primaryLinkUrl"));
    NAMES.forEach((field, property) -> contact.set(field, person.path(property)));
    return contact;
  }

  static ObjectNode emails(JsonNode emails) {
    ObjectNode composite = JsonNodeFactory.instance.objectNode();
    composite.put("primaryEmail", emails.path(0).asText());
    ArrayNode additional = composite.putArray("additionalEmails");
    for (int i = 1; i < emails.size(); i++) {
      additional.add(emails.get(i));
    }
    return composite;
  }

  static ObjectNode phones(JsonNode phones) {
    ObjectNode composite = JsonNodeFactory.instance.objectNode();
    ObjectNode first = phone(phones.path(0).asText());
    composite.set("primaryPhoneNumber", first.get("number"));
    composite.set("primaryPhoneCountryCode", first.get("countryCode"));
    composite.set("primaryPhoneCallingCode", first.get("callingCode"));
    ArrayNode additional = composite.putArray("additionalPhones");
    for (int i = 1; i < phones.size(); i++) {
      additional.add(phone(phones.get(i).asText()));
    }
    return composite;
  }

  /** A number in E.164 in parts, the country empty where the numbering plans know none. */
  static ObjectNode phone(String international) {
    ObjectNode parts = JsonNodeFactory.instance.objectNode();
    if (international.isEmpty()) {
      return parts.put("number", "").put("callingCode", "").put("countryCode", "");
    }
    PhoneNumberUtil plans = PhoneNumberUtil.getInstance();
    try {
      PhoneNumber number = plans.parse(international, null);
      String region = plans.getRegionCodeForNumber(number);
      return parts
          .put("number", plans.getNationalSignificantNumber(number))
          .put("callingCode", "+" + number.getCountryCode())
          .put("countryCode", region == null ? "" : region);
    } catch (NumberParseException e) {
      throw new IllegalArgumentException("A sample phone number is none", e);
    }
  }

  static ObjectNode link(String url) {
    ObjectNode composite = JsonNodeFactory.instance.objectNode();
    composite.put("primaryLinkLabel", "").put("primaryLinkUrl", url);
    composite.putArray("secondaryLinks");
    return composite;
  }
}
