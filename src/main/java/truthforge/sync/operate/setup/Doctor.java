package truthforge.sync.operate.setup;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.systems.jdbc.PostgresqlListener;

/**
 * Looks at configuration, ledger and systems, changes none, and says what to do. Findings hold
 * neither secrets nor personal data.
 */
public final class Doctor {

  private final Configuration configuration;
  private final Places places;
  private final Mappings mappings;
  private final Clock clock;

  /**
   * @param mappings of the systems that are configured, at least
   */
  public Doctor(Configuration configuration, Places places, Mappings mappings) {
    this(configuration, places, mappings, Clock.systemUTC());
  }

  /**
   * @param clock what the systems' clocks are compared with
   */
  public Doctor(Configuration configuration, Places places, Mappings mappings, Clock clock) {
    this.configuration = Objects.requireNonNull(configuration);
    this.places = Objects.requireNonNull(places);
    this.mappings = Objects.requireNonNull(mappings);
    this.clock = Objects.requireNonNull(clock);
  }

  /**
   * All findings: configuration first, then the ledger, then each system. A system that fails is a
   * finding and keeps no other from being looked at.
   */
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    examineConfiguration(findings);
    looking("ledger", findings, () -> new LedgerExamination(configuration).examine(findings));
    List<Inspection> inspections = Inspections.of(configuration, places, mappings, clock);
    for (Inspection inspection : inspections) {
      looking(
          inspection.system(),
          findings,
          () -> {
            inspection.examine(findings);
            tellMissing(inspection.system(), inspection.missing(), findings);
          });
    }
    return findings;
  }

  private static void looking(String place, List<Finding> findings, Runnable look) {
    try {
      look.run();
    } catch (Trouble e) {
      findings.add(e.finding());
    } catch (RuntimeException e) {
      // Whose message is not ours, and may hold anything.
      findings.add(
          Finding.error(
              place,
              0,
              "could not be examined (" + e.getClass().getName() + ")",
              "Run 'validate'; if it finds nothing, report this with the system's version"));
    }
  }

  /** What can be done about by the same means is told in one line. */
  private void tellMissing(String system, List<Missing> missing, List<Finding> findings) {
    Map<String, List<String>> lesser = new LinkedHashMap<>();
    for (Missing lacking : missing) {
      String remedy = remedy(system, lacking);
      if (lacking.essential()) {
        findings.add(Finding.error(system, 0, "there is no " + lacking.what(), remedy));
      } else {
        lesser.computeIfAbsent(remedy, r -> new ArrayList<>()).add(lacking.what());
      }
    }
    lesser.forEach(
        (remedy, what) ->
            findings.add(Finding.warning(system, 0, "lacks " + String.join("; ", what), remedy)));
    if (missing.isEmpty()) {
      findings.add(Finding.ok(system, "has all that the mapping names"));
    }
  }

  private String remedy(String system, Missing missing) {
    if (configuration.isReadOnly(system)) {
      return "Nothing while "
          + system
          + ".read-only is set: 'setup' leaves the system as it is, and what it lacks is not"
          + " compared";
    }
    return missing.isByHand()
        ? "Run 'setup': it shows what to do by hand"
        : "Run 'setup', which creates it; 'setup --dry-run' shows how";
  }

  private void examineConfiguration(List<Finding> findings) {
    List<String> systems = configuration.systems();
    if (systems.size() < 2) {
      findings.add(
          Finding.warning(
              "configuration",
              0,
              systems.isEmpty()
                  ? "no system is configured"
                  : "only " + systems.get(0) + " is configured: there is nothing to keep the same",
              "Set the options of two systems at least in config/application.properties"));
    }
    if (!systems.contains("bigquery")) {
      findings.add(
          Finding.note(
              "configuration",
              "BigQuery is left out: the ledger is the record of truth",
              "Set bigquery.project to take it in"));
    }
    examineWebhook("twenty", Options.TWENTY_WEBHOOK_SECRET, findings);
    examineWebhook("supabase", Options.SUPABASE_WEBHOOK_SECRET, findings);
  }

  /** Whether its database tells of changes by itself. */
  private boolean isHeard(String system) {
    String url = system.equals("supabase") ? configuration.text(Options.SUPABASE_JDBC_URL) : null;
    return url != null && PostgresqlListener.canHear(url);
  }

  private void examineWebhook(String system, Option secret, List<Finding> findings) {
    if (configuration.has(system) && !configuration.isSet(secret) && !isHeard(system)) {
      findings.add(
          Finding.note(
              secret.name(),
              "is not set: webhooks of "
                  + system
                  + " are refused, and its changes are seen every "
                  + configuration.seconds(Options.SYNC_INTERVAL_SECONDS).toSeconds()
                  + " seconds",
              "Set it, and the same secret in " + system + ", to have changes within seconds"));
    } else if (system.equals("twenty")
        && configuration.has(system)
        && !configuration.isSet(Options.SERVICE_PUBLIC_URL)) {
      findings.add(
          Finding.note(
              Options.SERVICE_PUBLIC_URL.name(),
              "is not set: 'setup' registers no webhook with Twenty",
              "Set it to the address under which Twenty reaches this service, then run 'setup'; or"
                  + " register the webhook in Twenty by hand"));
    }
  }
}
