package truthforge.sync.contact;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** What people and programs put into fields, well meant or not. */
public final class NastyJson {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  public static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "\u0000",
          "a\u0000b",
          "\r\u0000\n",
          "line\r\nline\rline",
          "Zoe\u0308",
          "\ud83d\ude80",
          "\ud83d",
          "x\ude80",
          "\u0390",
          "\u0130@Example.COM",
          "\u039f\u03a3@\u03a3.gr",
          "\u212a",
          "stra\u00dfe",
          "\u2000blank\u2003",
          "\u00a0hard\u00a0",
          "[]",
          "{}",
          "[1] and more",
          "{\"a\":1} x",
          "{\"a\"\u0000:1}",
          "\"\"",
          "\" \"",
          "null",
          "[abc",
          "[\"a\",[\"b\"],{\"c\":null},null]",
          "{\"b\":1.0,\"a\":[1e2,100,0.1,-0.0]}",
          "{\"k\":\"\\u0000\",\"\\u0000\":\"\\ud800\"}",
          "1e400",
          "12345678901234567890.123",
          "true",
          "YES",
          "0",
          "maybe",
          "2024-02-29",
          "2024-02-31",
          "2024-02-29T23:00:00Z",
          "2024-02-29 in spring",
          "HTTPS://WWW.LinkedIn.com/in/Zo\u00eb//",
          "https://a.example/x / /",
          "https://a.example/%c3%ab?q=\u00e9",
          "https://m\u00fcller.example:443/",
          "linkedin.com/in/x/",
          "not a url",
          "///",
          "http://",
          "http:///x/",
          "+33 6 12 34 56 78",
          "0033612345678",
          "+1882261739",
          "+15551234",
          "+49 30 12345 abc",
          "+390612345678",
          "+8001234567",
          "0612345678",
          "abc",
          "ann@example.com",
          "  Ann@Example.com ",
          "no at",
          "a@b@c",
          "\"quoted\"@example.com",
          "z\u00f6e@m\u00fcller.example",
          "a..b@example.com");

  private NastyJson() {}

  public static Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.of(TEXTS),
        Arbitraries.of(TEXTS),
        Arbitraries.strings().ofMaxLength(12),
        Arbitraries.strings().withChars("+0123456789 ()-/").ofMaxLength(16),
        Arbitraries.strings().withChars("ab@.\"+ \u00e9").ofMaxLength(10),
        Arbitraries.strings()
            .withChars("htps:/.x?#% \u00e9c3")
            .ofMaxLength(16)
            .map(t -> "https://x" + t),
        Arbitraries.strings().withChars("{}[]\":,1e. ").ofMaxLength(12));
  }

  /** Scalars, and arrays and objects of up to two levels. */
  public static Arbitrary<JsonNode> any() {
    Arbitrary<JsonNode> level = scalars();
    for (int depth = 0; depth < 2; depth++) {
      level = Arbitraries.oneOf(scalars(), scalars(), arrays(level), objects(level));
    }
    return level;
  }

  private static Arbitrary<JsonNode> scalars() {
    return Arbitraries.oneOf(
        texts().map(JSON::textNode),
        texts().map(JSON::textNode),
        texts().map(JSON::textNode),
        Arbitraries.of(true, false).map(JSON::booleanNode),
        Arbitraries.integers().map(JSON::numberNode),
        Arbitraries.doubles().map(JSON::numberNode),
        Arbitraries.bigDecimals().map(JSON::numberNode),
        Arbitraries.just(JSON.nullNode()));
  }

  public static Arbitrary<JsonNode> arrays(Arbitrary<? extends JsonNode> items) {
    return items
        .list()
        .ofMaxSize(3)
        .map(
            list -> {
              ArrayNode array = JSON.arrayNode();
              list.forEach(array::add);
              return array;
            });
  }

  public static Arbitrary<JsonNode> objects(Arbitrary<? extends JsonNode> values) {
    return Arbitraries.maps(texts(), values)
        .ofMaxSize(3)
        .map(
            map -> {
              ObjectNode object = JSON.objectNode();
              map.forEach(object::set);
              return object;
            });
  }
}
