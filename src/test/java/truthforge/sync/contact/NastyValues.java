package truthforge.sync.contact;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.EnumMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Values as contacts may hold them, of each type: likely ones and nasty ones. */
public final class NastyValues {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Map<FieldType, Arbitrary<Value>> VALUES = new EnumMap<>(FieldType.class);

  private NastyValues() {}

  public static Arbitrary<Value> of(FieldType type) {
    return VALUES.computeIfAbsent(type, NastyValues::all);
  }

  private static Arbitrary<Value> all(FieldType type) {
    Arbitrary<JsonNode> good =
        switch (type) {
          case TEXT, CODE ->
              Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(8).map(JSON::textNode);
          case URL ->
              Arbitraries.of(
                      "https://linkedin.com/in/ada",
                      "https://www.linkedin.com/in/Comp/?utm=1",
                      "http://a.example:8080/x",
                      "https://a.example:443/x",
                      "http://a.example:00080?x",
                      "linkedin.com/in/zo\u00eb",
                      "localhost")
                  .map(JSON::textNode);
          case FLAG -> Arbitraries.of(true, false).map(JSON::booleanNode);
          case DATE -> Arbitraries.of("1815-12-10", "2024-02-29", "9999-12-31").map(JSON::textNode);
          case EMAILS ->
              NastyJson.arrays(
                  Arbitraries.of("ann@example.com", "Ben@Example.com", "cyd+x@a-b.example")
                      .map(JSON::textNode));
          case PHONES ->
              NastyJson.arrays(
                  Arbitraries.of(
                          "+33612345678",
                          "+14155552671",
                          "+15551234567",
                          "+390612345678",
                          "+447911123456",
                          "+6421345678",
                          "+80012345678",
                          "+77012345678",
                          "+4930123456")
                      .map(JSON::textNode));
          case LIST -> NastyJson.arrays(Arbitraries.of("a", "b").map(JSON::textNode));
          case DOCUMENT -> NastyJson.objects(NastyJson.any());
        };
    Arbitrary<JsonNode> texts = NastyJson.texts().map(JSON::textNode);
    return Arbitraries.oneOf(good, good, NastyJson.any(), NastyJson.arrays(texts), texts)
        .map(type::normalise);
  }
}
