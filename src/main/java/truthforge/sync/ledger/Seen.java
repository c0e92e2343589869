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
    if (value instanceof Value.Text text) {
      return new Digest(text);
    }
    return value.isEmpty() ? Whole.OF_NOTHING : new Whole(value);
  }

  static Seen fromJson(JsonNode json) {
    return json.isTextual() ? new Digest(json.textValue()) : Seen.of(Value.fromJson(json));
  }

  /** Empty, a flag, a list or a document. */
  record Whole(Value value) implements Seen {
    private static final Whole OF_NOTHING = new Whole(Value.EMPTY);

    @Override
    public boolean matches(Value other) {
      return value.equals(other);
    }

    @Override
    public JsonNode toJson() {
      return value.toJson();
    }
  }

  /**
   * The first 72 bits of the SHA-256 of a text, in Base64. Computed when it is first needed: as
   * long as the text itself is at hand, it is compared.
   */
  final class Digest implements Seen {

    /** Null where only its digest is known. */
    private final String text;

    private volatile String base64;

    Digest(String base64) {
      this.text = null;
      this.base64 = base64;
    }

    private Digest(Value.Text text) {
      this.text = text.text();
    }

    String base64() {
      String known = base64;
      if (known == null) {
        known = digest(text);
        base64 = known;
      }
      return known;
    }

    private static String digest(String text) {
      try {
        byte[] hash =
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        byte[] head = new byte[9];
        System.arraycopy(hash, 0, head, 0, head.length);
        return Base64.getEncoder().encodeToString(head);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("Every Java has SHA-256", e);
      }
    }

    @Override
    public boolean matches(Value other) {
      if (!(other instanceof Value.Text told)) {
        return false;
      }
      return text == null ? base64.equals(digest(told.text())) : text.equals(told.text());
    }

    @Override
    public JsonNode toJson() {
      return TextNode.valueOf(base64());
    }

    @Override
    public boolean equals(Object other) {
      if (!(other instanceof Digest that)) {
        return false;
      }
      return text != null && that.text != null
          ? text.equals(that.text)
          : base64().equals(that.base64());
    }

    @Override
    public int hashCode() {
      return base64().hashCode();
    }

    @Override
    public String toString() {
      return "Digest[" + base64() + "]";
    }
  }
}
