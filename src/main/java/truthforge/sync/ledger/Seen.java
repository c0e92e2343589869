package truthforge.sync.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import truthforge.sync.contact.Value;

/**
 * What a system was last known to hold in one field. Texts are kept as a digest, since they are
 * only ever compared; what merges in parts is kept whole.
 */
public sealed interface Seen {

  /** Whether the system would be found unchanged if it held this value. */
  boolean matches(Value value);

  JsonNode toJson();

  static Seen of(Value value) {
    return value instanceof Value.Text text ? Digest.of(text) : new Whole(value);
  }

  static Seen fromJson(JsonNode json) {
    return json.isTextual() ? new Digest(json.textValue()) : new Whole(Value.fromJson(json));
  }

  /** Empty, a flag, a list or a document. */
  record Whole(Value value) implements Seen {
    @Override
    public boolean matches(Value other) {
      return value.equals(other);
    }

    @Override
    public JsonNode toJson() {
      return value.toJson();
    }
  }

  /** The first 72 bits of the SHA-256 of a text, in Base64. */
  record Digest(String base64) implements Seen {
    static Digest of(Value.Text text) {
      try {
        byte[] hash =
            MessageDigest.getInstance("SHA-256")
                .digest(text.text().getBytes(StandardCharsets.UTF_8));
        byte[] head = new byte[9];
        System.arraycopy(hash, 0, head, 0, head.length);
        return new Digest(Base64.getEncoder().encodeToString(head));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("Every Java has SHA-256", e);
      }
    }

    @Override
    public boolean matches(Value other) {
      return other instanceof Value.Text text && of(text).equals(this);
    }

    @Override
    public JsonNode toJson() {
      return TextNode.valueOf(base64);
    }
  }
}
