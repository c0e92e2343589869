package truthforge.sync.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** Single stand-ins, as they are after {@code setup} unless bare, and how to connect to them. */
final class StandIns {

  static final String PROJECT = "sandbox";

  private StandIns() {}

  /**
   * @param settings properties with which the service reaches it
   */
  record Listening(StandIn standIn, Map<String, String> settings) {}

  static Listening open(String system, int port, boolean bare) {
    Map<String, String> settings = new LinkedHashMap<>();
    switch (system) {
      case "bigquery" -> {
        BigQueryStandIn bigquery = bigquery(port, bare);
        settings.put("bigquery.url", bigquery.url().toString());
        settings.put("bigquery.project", PROJECT);
        return new Listening(bigquery, settings);
      }
      case "twenty" -> {
        TwentyStandIn.Options options =
            bare ? TwentyStandIn.Options.bare() : TwentyStandIn.Options.afterSetup();
        TwentyStandIn twenty = TwentyStandIn.start(options.withPort(port));
        settings.put("twenty.url", twenty.url().toString());
        settings.put("twenty.api-key", twenty.apiKey());
        return new Listening(twenty, settings);
      }
      case "supabase" -> {
        SupabaseStandIn.Builder builder = SupabaseStandIn.builder().port(port);
        SupabaseStandIn supabase = (bare ? builder.bare() : builder).start();
        settings.put("supabase.url", supabase.url().toString());
        settings.put("supabase.key", supabase.secretKey());
        return new Listening(supabase, settings);
      }
      default -> throw new IllegalArgumentException("There is no stand-in " + system);
    }
  }

  static BigQueryStandIn bigquery(int port, boolean bare) {
    BigQueryStandIn bigquery =
        new BigQueryStandIn(new BigQueryStandIn.Options(port, PROJECT, Clock.systemUTC(), null));
    if (!bare) {
      bigquery.execute(script("bigquery.sql"));
    }
    return bigquery;
  }

  /** A script of {@code config/sql}, from inside the jar. */
  static String script(String name) {
    String path = "/defaults/config/sql/" + name;
    try (InputStream in = StandIns.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("The jar is incomplete: it lacks " + path);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
