package truthforge.sync.systems;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes of something good something that looks like it, the same for the same seed. */
public final class Mangled {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "\u0000",
          "null",
          "[]",
          "{}",
          "[1",
          "\ud83d",
          "9".repeat(400),
          "1e400",
          "-0",
          "2099-13-45T99:99:99Z",
          "9999-12-31T23:59:59.999999999Z",
          "+999999999-12-31T23:59:59Z",
          "{{twenty.api-key}}",
          "${body}",
          "' or 1=1 --",
          "../../etc/passwd",
          "\r\nX-Evil: 1",
          "6f0a6a3e-0000-4000-8000-000000000001",
          "x".repeat(10_000));

  private final Random random;

  public Mangled(long seed) {
    random = new Random(seed);
  }

  public int below(int bound) {
    return random.nextInt(bound);
  }

  public String text() {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  /** Bytes lost, doubled, changed and moved; sometimes none of them is left as it was. */
  public byte[] bytes(byte[] good) {
    if (random.nextInt(10) == 0) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      return noise;
    }
    List<Byte> bytes = new ArrayList<>();
    for (byte one : good) {
      bytes.add(one);
    }
    for (int i = random.nextInt(4); i >= 0 && !bytes.isEmpty(); i--) {
      int at = random.nextInt(bytes.size());
      switch (random.nextInt(4)) {
        case 0 -> bytes.remove(at);
        case 1 -> bytes.add(at, (byte) random.nextInt(256));
        case 2 -> bytes.set(at, (byte) random.nextInt(256));
        default -> bytes.subList(at, bytes.size()).clear();
      }
    }
    byte[] mangled = new byte[bytes.size()];
    for (int i = 0; i < mangled.length; i++) {
      mangled[i] = bytes.get(i);
    }
    return mangled;
  }

  /** The same tree with some of its nodes lost or turned into something else. */
  public JsonNode tree(JsonNode good) {
    if (random.nextInt(12) == 0) {
      return anything(3);
    }
    if (good instanceof ObjectNode object) {
      ObjectNode mangled = JSON.objectNode();
      object
          .properties()
          .forEach(
              each -> {
                if (random.nextInt(20) != 0) {
                  mangled.set(each.getKey(), tree(each.getValue()));
                }
              });
      return mangled;
    }
    if (good instanceof ArrayNode array) {
      ArrayNode mangled = JSON.arrayNode();
      array.forEach(each -> mangled.add(tree(each)));
      if (random.nextInt(5) == 0) {
        mangled.add(anything(2));
      }
      return mangled;
    }
    return good;
  }

  public JsonNode anything(int depth) {
    return switch (random.nextInt(depth > 0 ? 10 : 8)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2 -> JSON.numberNode(random.nextLong());
      case 3 -> JSON.numberNode(random.nextDouble());
      case 4 -> JSON.numberNode(new BigInteger("9".repeat(60)));
      case 5 -> JSON.numberNode(new BigDecimal("1e-300"));
      case 6, 7 -> JSON.textNode(text());
      case 8 -> JSON.arrayNode().add(anything(depth - 1)).add(anything(depth - 1));
      default -> JSON.objectNode().set(text(), anything(depth - 1));
    };
  }

  public static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
