package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Lately;
import truthforge.sync.contact.Value;

/**
 * Twenty's PHONES. It splits a number in E.164 into national digits, country and calling code by
 * itself, refuses national digits without either, and a country that contradicts the number
 * (recorded with 2.19). A number need not be assigned, only have an assigned calling code; its
 * country is unknown then. A write of the primary number alone clears the others (recorded), so all
 * are always written.
 */
final class PhonesComposite implements Shape {

  private static final Pattern E164 = Pattern.compile("\\+[1-9][0-9]{6,14}");
  private static final Pattern NATIONAL = Pattern.compile("[0-9() ./-]+");

  private static final Lately<String, Parts> SPLIT = new Lately<>(PhonesComposite::asTwentySplits);

  /** One number as Twenty keeps it. */
  private record Parts(String number, String countryCode, String callingCode) {}

  @Override
  public Value read(FieldType type, JsonNode node) {
    ArrayNode items = JsonNodeFactory.instance.arrayNode();
    parts(node).forEach(parts -> items.add(international(parts)));
    return type.normalise(items);
  }

  private static List<Parts> parts(JsonNode node) {
    List<Parts> all = new ArrayList<>();
    all.add(
        new Parts(
            text(node, "primaryPhoneNumber"),
            text(node, "primaryPhoneCountryCode"),
            text(node, "primaryPhoneCallingCode")));
    node.path("additionalPhones")
        .forEach(
            phone ->
                all.add(
                    new Parts(
                        text(phone, "number"),
                        text(phone, "countryCode"),
                        text(phone, "callingCode"))));
    return all;
  }

  private static String text(JsonNode node, String property) {
    return node.path(property).asText("").strip();
  }

  private static String international(Parts parts) {
    if (!NATIONAL.matcher(parts.number()).matches()) {
      return parts.number();
    }
    String callingCode = parts.callingCode();
    if (callingCode.isEmpty() && !parts.countryCode().isEmpty()) {
      PhoneNumberUtil plans = PhoneNumberUtil.getInstance();
      // What is no region would be logged by the library, as it was written (promise 10).
      int known =
          plans.getSupportedRegions().contains(parts.countryCode())
              ? plans.getCountryCodeForRegion(parts.countryCode())
              : 0;
      callingCode = known == 0 ? "" : Integer.toString(known);
    }
    if (callingCode.isEmpty()) {
      return parts.number();
    }
    return (callingCode.startsWith("+") ? "" : "+") + callingCode + parts.number();
  }

  @Override
  public Split split(Value value, Traits traits) {
    if (!(value instanceof Value.Items all)) {
      return Split.all(value);
    }
    List<String> held = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (String phone : all.items()) {
      (split(phone) == null ? refused : held).add(phone);
    }
    return refused.isEmpty()
        ? Split.all(value)
        : new Split(
            Value.ofItems(held),
            new Withheld(
                Value.ofItems(refused),
                "Twenty accepts international phone numbers only, as +33612345678"));
  }

  /** Null where Twenty would refuse the number, or make another one of it. */
  private static Parts split(String phone) {
    return SPLIT.of(phone);
  }

  private static Parts asTwentySplits(String phone) {
    if (!E164.matcher(phone).matches()) {
      return null;
    }
    PhoneNumberUtil plans = PhoneNumberUtil.getInstance();
    PhoneNumber number;
    try {
      number = plans.parse(phone, null);
    } catch (NumberParseException e) {
      return null;
    }
    String national = plans.getNationalSignificantNumber(number);
    String callingCode = "+" + number.getCountryCode();
    if (!phone.equals(callingCode + national)) {
      return null;
    }
    String region = plans.getRegionCodeForNumber(number);
    boolean isCountry = region != null && region.matches("[A-Z]{2}");
    return new Parts(national, isCountry ? region : "", callingCode);
  }

  @Override
  public JsonNode write(Value held, JsonNode current, Traits traits) {
    List<String> phones = held instanceof Value.Items all ? all.items() : List.of();
    Map<String, Parts> known = current == null ? Map.of() : byNumber(current);
    List<Parts> parts =
        phones.stream()
            .map(phone -> known.containsKey(phone) ? known.get(phone) : split(phone))
            .toList();
    Parts primary = parts.isEmpty() ? new Parts("", "", "") : parts.get(0);
    ObjectNode composite = JsonNodeFactory.instance.objectNode();
    composite.put("primaryPhoneNumber", primary.number());
    composite.put("primaryPhoneCountryCode", primary.countryCode());
    composite.put("primaryPhoneCallingCode", primary.callingCode());
    ArrayNode additional = composite.putArray("additionalPhones");
    parts.stream()
        .skip(1)
        .forEach(
            phone ->
                additional
                    .addObject()
                    .put("number", phone.number())
                    .put("callingCode", phone.callingCode())
                    .put("countryCode", phone.countryCode()));
    return composite;
  }

  /** A number that the record already has keeps the country that people gave it. */
  private static Map<String, Parts> byNumber(JsonNode current) {
    Map<String, Parts> known = new LinkedHashMap<>();
    for (Parts parts : parts(current)) {
      ArrayNode one = JsonNodeFactory.instance.arrayNode().add(international(parts));
      if (FieldType.PHONES.normalise(one) instanceof Value.Items item) {
        known.putIfAbsent(item.items().get(0), parts);
      }
    }
    return known;
  }
}
