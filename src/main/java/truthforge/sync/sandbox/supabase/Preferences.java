package truthforge.sync.sandbox.supabase;

import com.sun.net.httpserver.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The {@code Prefer} headers of a request. Each part is null where it was not given.
 *
 * @param maxAffected heeded only with {@code strict}
 */
record Preferences(
    String resolution,
    String missing,
    String returns,
    String count,
    String handling,
    Long maxAffected) {

  private static final Set<String> RESOLUTIONS = Set.of("merge-duplicates", "ignore-duplicates");
  private static final Set<String> MISSING = Set.of("default", "null");
  private static final Set<String> RETURNS = Set.of("minimal", "representation", "headers-only");
  private static final Set<String> COUNTS = Set.of("exact", "planned", "estimated");
  private static final Set<String> HANDLINGS = Set.of("strict", "lenient");
  private static final Set<String> TRANSACTIONS = Set.of("commit", "rollback");

  static Preferences of(Headers headers) {
    String resolution = null;
    String missing = null;
    String returns = null;
    String count = null;
    String handling = null;
    Long maxAffected = null;
    List<String> invalid = new ArrayList<>();
    for (String header : headers.getOrDefault("Prefer", List.of())) {
      for (String item : header.split(",")) {
        String preference = item.trim();
        int equals = preference.indexOf('=');
        String name = equals < 0 ? preference : preference.substring(0, equals).trim();
        String value = equals < 0 ? "" : preference.substring(equals + 1).trim();
        boolean known = true;
        switch (name) {
          case "resolution" -> {
            known = RESOLUTIONS.contains(value);
            resolution = known ? value : resolution;
          }
          case "missing" -> {
            known = MISSING.contains(value);
            missing = known ? value : missing;
          }
          case "return" -> {
            known = RETURNS.contains(value);
            returns = known ? value : returns;
          }
          case "count" -> {
            known = COUNTS.contains(value);
            count = known ? value : count;
          }
          case "handling" -> {
            known = HANDLINGS.contains(value);
            handling = known ? value : handling;
          }
          case "max-affected" -> {
            known = value.matches("\\d{1,18}");
            maxAffected = known ? Long.valueOf(value) : maxAffected;
          }
          // Hosted projects do not let the caller end the transaction.
          case "tx" -> known = TRANSACTIONS.contains(value);
          case "timezone" -> known = true;
          default -> known = false;
        }
        if (!known) {
          invalid.add(preference);
        }
      }
    }
    if ("strict".equals(handling) && !invalid.isEmpty()) {
      throw PgException.postgrest(
          400,
          "PGRST122",
          "Invalid preferences given with handling=strict",
          "Invalid preferences: " + String.join(", ", invalid),
          null);
    }
    return new Preferences(resolution, missing, returns, count, handling, maxAffected);
  }

  boolean representation() {
    return "representation".equals(returns);
  }

  void refuseMore(long affected) {
    if ("strict".equals(handling) && maxAffected != null && affected > maxAffected) {
      throw PgException.postgrest(
          400,
          "PGRST124",
          "Query result exceeds max-affected preference constraint",
          "The query affects " + affected + " rows",
          null);
    }
  }

  /**
   * The value of {@code Preference-Applied}; null for none.
   *
   * @param writing whether the request was a write
   * @param inserting whether it was an insert
   */
  String applied(boolean writing, boolean inserting) {
    List<String> applied = new ArrayList<>();
    add(applied, "resolution", inserting ? resolution : null);
    add(applied, "missing", writing ? missing : null);
    add(applied, "return", writing ? returns : null);
    add(applied, "count", count);
    add(applied, "handling", handling);
    boolean strictly = writing && !inserting && "strict".equals(handling);
    add(applied, "max-affected", strictly && maxAffected != null ? maxAffected.toString() : null);
    return applied.isEmpty() ? null : String.join(", ", applied);
  }

  private static void add(List<String> applied, String name, String value) {
    if (value != null) {
      applied.add(name + "=" + value);
    }
  }
}
