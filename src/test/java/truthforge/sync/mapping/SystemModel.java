package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import truthforge.sync.contact.FieldType;

/** What each system makes of a fragment that is written to it: refuses it, or keeps it its way. */
final class SystemModel {

  /** The system would answer with an error. Holds no value of a person. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why);
    }
  }

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Set<String> PERSON_TEXTS =
      Set.of(
          "middleName",
          "nickname",
          "nameSuffix",
          "honorific",
          "canonicalName",
          "nameNormalized",
          "jobTitle",
          "department",
          "categoryCode",
          "subcategoryCode",
          "relationshipCategory",
          "contactNotes");
  private static final Set<String> PERSON_FLAGS = Set.of("isBusiness", "isMe");

  private final Mapping mapping;

  SystemModel(Mapping mapping) {
    this.mapping = mapping;
  }

  /** The record after the write, as it would be read. */
  ObjectNode store(ObjectNode current, ObjectNode fragment) {
    ObjectNode record = current == null ? JSON.objectNode() : current.deepCopy();
    fragment
        .properties()
        .forEach(
            e ->
                record.set(
                    e.getKey(),
                    mapping.system().equals("twenty")
                        ? inTwenty(e.getKey(), e.getValue(), record.path(e.getKey()))
                        : inTable(e.getKey(), e.getValue())));
    return record;
  }

  private JsonNode inTable(String column, JsonNode value) {
    boolean local = mapping.system().equals("local");
    Entry entry =
        mapping.entries().stream().filter(e -> e.path().equals(column)).findFirst().orElseThrow();
    FieldType type = entry.field().type();
    switch (type) {
      case FLAG -> demand(local ? value.isInt() || value.isNull() : isFlagOrNull(value), "BOOL");
      case DATE -> {
        demand(value.isNull() || value.isTextual(), "DATE");
        demand(value.isNull() || local || isDate(value.textValue()), "DATE");
      }
      case EMAILS, PHONES, LIST ->
          demand(local ? value.isTextual() || value.isNull() : value.isArray(), "ARRAY");
      case DOCUMENT ->
          demand(local ? value.isTextual() || value.isNull() : isObjectOrNull(value), "JSON");
      default -> demand(value.isNull() || value.isTextual(), "STRING");
    }
    if (mapping.system().equals("bigquery") && type == FieldType.DOCUMENT) {
      bigQueryNumbers(value);
    }
    return value;
  }

  private static void bigQueryNumbers(JsonNode node) {
    if (node.isNumber()) {
      BigDecimal number = node.decimalValue();
      boolean integer = number.stripTrailingZeros().scale() <= 0;
      boolean fits = integer && number.abs().compareTo(new BigDecimal("18446744073709551615")) <= 0;
      double rounded = number.doubleValue();
      boolean exact =
          !Double.isInfinite(rounded)
              && new BigDecimal(Double.toString(rounded)).compareTo(number) == 0;
      demand(fits || exact, "number of a JSON");
    }
    node.forEach(SystemModel::bigQueryNumbers);
  }

  private static JsonNode inTwenty(String property, JsonNode value, JsonNode before) {
    if (PERSON_TEXTS.contains(property)) {
      return twentyText(value);
    }
    if (PERSON_FLAGS.contains(property)) {
      demand(value.isBoolean(), "BOOLEAN");
      return value;
    }
    return switch (property) {
      case "name" -> {
        ObjectNode name = before instanceof ObjectNode old ? old.deepCopy() : JSON.objectNode();
        value.properties().forEach(e -> name.set(e.getKey(), twentyText(e.getValue())));
        yield name;
      }
      case "company" -> company(value);
      case "emails" -> emails(value);
      case "phones" -> phones(value);
      case "linkedinLink" -> links(value);
      case "birthday" -> {
        demand(value.isNull() || isDate(value.asText()), "DATE");
        yield value;
      }
      default -> {
        demand(isObjectOrNull(value), "RAW_JSON");
        yield javaScript(value);
      }
    };
  }

  private static JsonNode twentyText(JsonNode value) {
    demand(value.isNull() || value.isTextual(), "TEXT");
    demand(!value.asText().contains("\u0000"), "TEXT");
    return value.isNull() ? JSON.textNode("") : value;
  }

  /** The adapter finds or makes the company; the person only points to it. */
  private static JsonNode company(JsonNode value) {
    String name = value.path("name").asText("");
    return name.isEmpty()
        ? JSON.nullNode()
        : JSON.objectNode().put("id", "of " + name).put("name", name);
  }

  private static JsonNode emails(JsonNode value) {
    ObjectNode result = JSON.objectNode();
    String primary = value.path("primaryEmail").asText("").toLowerCase(Locale.ROOT);
    demand(primary.isEmpty() || isEmail(primary), "primaryEmail");
    result.put("primaryEmail", primary);
    ArrayNode additional = result.putArray("additionalEmails");
    for (JsonNode item : value.path("additionalEmails")) {
      demand(isEmail(item.asText()), "additionalEmails");
      additional.add(item.asText().toLowerCase(Locale.ROOT));
    }
    return result;
  }

  private static boolean isEmail(String text) {
    int at = text.indexOf('@');
    return at > 0
        && at < text.length() - 1
        && text.indexOf('@', at + 1) < 0
        && text.codePoints().noneMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c));
  }

  private record Phone(String number, String country, String calling) {}

  private static JsonNode phones(JsonNode value) {
    Phone primary =
        phone(
            value.path("primaryPhoneNumber").asText(""),
            value.path("primaryPhoneCountryCode").asText(""),
            value.path("primaryPhoneCallingCode").asText(""));
    ObjectNode result = JSON.objectNode();
    result.put("primaryPhoneNumber", primary.number());
    result.put("primaryPhoneCountryCode", primary.country());
    result.put("primaryPhoneCallingCode", primary.calling());
    ArrayNode additional = result.putArray("additionalPhones");
    for (JsonNode item : value.path("additionalPhones")) {
      Phone phone =
          phone(
              item.path("number").asText(""),
              item.path("countryCode").asText(""),
              item.path("callingCode").asText(""));
      additional
          .addObject()
          .put("number", phone.number())
          .put("callingCode", phone.calling())
          .put("countryCode", phone.country());
    }
    return result;
  }

  private static Phone phone(String number, String country, String calling) {
    if (number.isEmpty()) {
      return new Phone(number, country, calling);
    }
    demand(country.isEmpty() || country.matches("[A-Z]{2}"), "country code");
    PhoneNumberUtil plans = PhoneNumberUtil.getInstance();
    String written = number.startsWith("+") || calling.isEmpty() ? number : calling + number;
    try {
      var parsed = plans.parse(written, country.isEmpty() ? null : country);
      String inferred = plans.getRegionCodeForNumber(parsed);
      demand(country.isEmpty() || inferred == null || inferred.equals(country), "country code");
      String national = plans.getNationalSignificantNumber(parsed);
      return new Phone(
          national,
          country.isEmpty() && calling.isEmpty() && inferred != null ? inferred : country,
          "+" + parsed.getCountryCode());
    } catch (NumberParseException e) {
      throw new Refused("phone number");
    }
  }

  private static JsonNode links(JsonNode value) {
    List<ObjectNode> links = new ArrayList<>();
    link(links, value.path("primaryLinkUrl"), value.path("primaryLinkLabel"));
    value.path("secondaryLinks").forEach(l -> link(links, l.path("url"), l.path("label")));
    ObjectNode result = JSON.objectNode();
    ObjectNode first = links.isEmpty() ? JSON.objectNode() : links.get(0);
    result.put("primaryLinkLabel", first.path("label").asText(""));
    result.put("primaryLinkUrl", first.path("url").asText(""));
    ArrayNode secondary = result.putArray("secondaryLinks");
    links.stream().skip(1).forEach(secondary::add);
    return result;
  }

  private static void link(List<ObjectNode> links, JsonNode url, JsonNode label) {
    if (!url.asText("").isEmpty()) {
      demand(
          url.asText()
              .matches(
                  "(https?://)?((([a-zA-Z0-9-]+\\.)+[a-zA-Z]{2,})|localhost)"
                      + "(:\\d+)?(/[^\\s]*)?(\\?[^\\s]*)?"),
          "URL");
      String kept = url.asText().replaceFirst("/$", "");
      kept = kept.replaceFirst("^(https://[^/?]+):443(?=[/?]|$)", "$1");
      kept = kept.replaceFirst("^(http://[^/?]+):80(?=[/?]|$)", "$1");
      links.add(JSON.objectNode().put("url", kept).put("label", label.asText("")));
    }
  }

  /** Every number becomes a double. */
  private static JsonNode javaScript(JsonNode node) {
    if (node.isNumber()) {
      double number = node.doubleValue();
      demand(!Double.isInfinite(number), "number");
      return DoubleNode.valueOf(number);
    }
    if (node.isArray()) {
      ArrayNode array = JSON.arrayNode();
      node.forEach(item -> array.add(javaScript(item)));
      return array;
    }
    if (node.isObject()) {
      ObjectNode object = JSON.objectNode();
      node.properties().forEach(e -> object.set(e.getKey(), javaScript(e.getValue())));
      return object;
    }
    return node;
  }

  private static boolean isFlagOrNull(JsonNode value) {
    return value.isBoolean() || value.isNull();
  }

  private static boolean isObjectOrNull(JsonNode value) {
    return value.isObject() || value.isNull();
  }

  private static boolean isDate(String text) {
    try {
      return LocalDate.parse(text).getYear() > 0;
    } catch (java.time.format.DateTimeParseException e) {
      return false;
    }
  }

  private static void demand(boolean right, String what) {
    if (!right) {
      throw new Refused("Not accepted: " + what);
    }
  }
}
