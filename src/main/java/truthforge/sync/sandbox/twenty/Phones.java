package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.util.List;

/** How Twenty splits, completes and refuses phone numbers. */
final class Phones {
  private static final PhoneNumberUtil NUMBERS = PhoneNumberUtil.getInstance();

  private Phones() {}

  /**
   * What a {@code phones} value sent by a client changes. The additional numbers are always among
   * it: left out, they are wiped; a part of the primary number that is absent here is kept.
   */
  static ObjectNode changes(JsonNode input) {
    Number primary =
        infer(
            new Number(
                text(input, "primaryPhoneNumber"),
                text(input, "primaryPhoneCountryCode"),
                text(input, "primaryPhoneCallingCode")));
    ObjectNode changes = Json.object();
    put(changes, "primaryPhoneNumber", input, primary.number());
    put(changes, "primaryPhoneCountryCode", input, primary.country());
    put(changes, "primaryPhoneCallingCode", input, primary.calling());
    ArrayNode additional = changes.putArray("additionalPhones");
    for (JsonNode phone : Emails.list(input.path("additionalPhones"))) {
      Number one =
          infer(
              new Number(
                  text(phone, "number"), text(phone, "countryCode"), text(phone, "callingCode")));
      ObjectNode entry = additional.addObject();
      if (one.number() != null) {
        entry.put("number", one.number());
      }
      if (one.calling() != null) {
        entry.put("callingCode", one.calling());
      }
      if (one.country() != null) {
        entry.put("countryCode", one.country());
      }
    }
    return changes;
  }

  private static void put(ObjectNode changes, String part, JsonNode input, String value) {
    if (value != null || input.has(part)) {
      changes.put(part, value == null ? "" : value);
    }
  }

  private static String text(JsonNode value, String part) {
    JsonNode text = value.path(part);
    return text.isTextual() ? text.textValue() : null;
  }

  private static Number infer(Number given) {
    String country = given.country();
    String calling = given.calling();
    if (filled(country) && !NUMBERS.getSupportedRegions().contains(country)) {
      throw Refusal.coded("INVALID_PHONE_COUNTRY_CODE", "Invalid country code " + country);
    }
    List<String> regions = filled(calling) ? regions(calling) : List.of();
    if (filled(calling)) {
      if (regions.isEmpty()) {
        throw Refusal.coded("INVALID_PHONE_CALLING_CODE", "Invalid calling code " + calling);
      }
      if (filled(country) && !regions.contains(country)) {
        throw Refusal.coded(
            "CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE",
            "Provided country code and calling code are conflicting");
      }
    }
    if (!filled(given.number())) {
      return given;
    }
    PhoneNumber parsed = parse(given.number(), filled(country) ? country : first(regions));
    String region = NUMBERS.getRegionCodeForNumber(parsed);
    if (region != null && filled(country) && !region.equals(country)) {
      throw Refusal.coded(
          "CONFLICTING_PHONE_COUNTRY_CODE", "Provided and inferred country code are conflicting");
    }
    if (filled(calling) && !digits(calling).equals("" + parsed.getCountryCode())) {
      throw Refusal.coded(
          "CONFLICTING_PHONE_CALLING_CODE", "Provided and inferred calling code are conflicting");
    }
    // A code that was sent empty stays empty: only one that was not sent is inferred.
    return new Number(
        NUMBERS.getNationalSignificantNumber(parsed),
        country != null ? country : region,
        calling != null ? calling : "+" + parsed.getCountryCode());
  }

  private static PhoneNumber parse(String number, String region) {
    try {
      return NUMBERS.parse(number, region);
    } catch (NumberParseException e) {
      throw Refusal.coded("INVALID_PHONE_NUMBER", "Provided phone number is invalid " + number);
    }
  }

  private static List<String> regions(String callingCode) {
    String digits = digits(callingCode);
    if (digits.isEmpty() || digits.length() > 4) {
      return List.of();
    }
    return NUMBERS.getRegionCodesForCountryCode(Integer.parseInt(digits)).stream()
        .filter(region -> !region.equals("001"))
        .toList();
  }

  private static String digits(String callingCode) {
    String digits = callingCode.replace("+", "");
    return digits.chars().allMatch(c -> c >= '0' && c <= '9') ? digits : "";
  }

  private static String first(List<String> regions) {
    return regions.isEmpty() ? null : regions.get(0);
  }

  private static boolean filled(String text) {
    return text != null && !text.isEmpty();
  }

  /** The three parts of a number; null for one that is not known. */
  private record Number(String number, String country, String calling) {}
}
