package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import truthforge.sync.sandbox.StandInRequest;

/**
 * Who a request comes from, by its keys: at the gateway {@code apikey}, at PostgREST the bearer
 * token.
 */
final class Keys {

  private static final Set<String> ROLES = Set.of("anon", "authenticated", "service_role");

  private final String secretKey;
  private final String publishableKey;
  private final byte[] jwtSecret;
  private final Clock clock;

  Keys(String secretKey, String publishableKey, String jwtSecret, Clock clock) {
    this.secretKey = secretKey;
    this.publishableKey = publishableKey;
    this.jwtSecret = jwtSecret.getBytes(StandardCharsets.UTF_8);
    this.clock = clock;
  }

  /** What the gateway of a hosted project lets through. */
  Session atGateway(StandInRequest request) {
    String key = request.header("apikey");
    if (key == null) {
      key = request.query("apikey");
    }
    if (key == null) {
      throw refusedAtGateway(
          "No API key found in request", "No `apikey` request header or url param was found.");
    }
    String role = null;
    if (key.equals(secretKey)) {
      role = "service_role";
    } else if (key.equals(publishableKey)) {
      role = "anon";
    } else if (!signedHere(key)) {
      throw refusedAtGateway(
          "Invalid API key", "Double check your Supabase `anon` or `service_role` API key.");
    }
    if (request.header("Authorization") != null) {
      return atPostgrest(request);
    }
    // A legacy key names its role only in the bearer token.
    return role == null
        ? new Session("anon", true, origin(request))
        : new Session(role, role.equals("anon"), origin(request));
  }

  Session atPostgrest(StandInRequest request) {
    String header = request.header("Authorization");
    if (header == null || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return new Session("anon", true, origin(request));
    }
    String token = header.substring(7).trim();
    int parts = token.split("\\.", -1).length;
    if (parts != 3) {
      throw unauthorized("PGRST301", "Expected 3 parts in JWT; got " + parts, null);
    }
    if (!signedHere(token)) {
      throw unauthorized(
          "PGRST301",
          "No suitable key or wrong key type",
          "None of the keys was able to decode the JWT");
    }
    JsonNode claims = claims(token);
    JsonNode expiry = claims.get("exp");
    if (expiry != null && expiry.asLong() <= Instant.now(clock).getEpochSecond() - 30) {
      throw unauthorized("PGRST303", "JWT expired", null);
    }
    String role = claims.path("role").asText("anon");
    if (!ROLES.contains(role)) {
      throw PgException.postgrest(401, "22023", "role \"" + role + "\" does not exist", null, null);
    }
    return new Session(role, false, origin(request));
  }

  /**
   * A signed token with these claims.
   *
   * @param claims a JSON object
   */
  String jwt(String claims) {
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String signed =
        encoder.encodeToString(
                "{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + encoder.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
    return signed + "." + encoder.encodeToString(signature(signed));
  }

  private boolean signedHere(String token) {
    int dot = token.lastIndexOf('.');
    if (dot < 0 || claims(token) == null) {
      return false;
    }
    try {
      byte[] given = Base64.getUrlDecoder().decode(token.substring(dot + 1));
      return MessageDigest.isEqual(given, signature(token.substring(0, dot)));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static JsonNode claims(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return null;
    }
    try {
      return PgJson.parse(
          new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private byte[] signature(String signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(jwtSecret, "HmacSHA256"));
      return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HmacSHA256", e);
    }
  }

  private static String origin(StandInRequest request) {
    String origin = request.header("x-sync-origin");
    return origin == null || origin.isEmpty() ? null : origin;
  }

  private static PgException unauthorized(String code, String message, String details) {
    return PgException.postgrest(401, code, message, details, null);
  }

  private static PgException refusedAtGateway(String message, String hint) {
    return PgException.postgrest(401, GATEWAY, message, null, hint);
  }

  /** The code of a refusal by the gateway, whose answer has another shape. */
  static final String GATEWAY = "GATEWAY";
}
