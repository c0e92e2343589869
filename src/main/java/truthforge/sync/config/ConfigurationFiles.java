package truthforge.sync.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** Writes {@code config/application.properties} and {@code docs/configuration.md}. */
final class ConfigurationFiles {

  private static final Map<String, String> GROUPS = new LinkedHashMap<>();

  static {
    GROUPS.put("sync", "Synchronising");
    GROUPS.put("init", "Initial sync");
    GROUPS.put("bigquery", "BigQuery, the record of truth");
    GROUPS.put("twenty", "Twenty CRM");
    GROUPS.put("supabase", "Supabase");
    GROUPS.put("local", "Local database");
    GROUPS.put("ledger", "Ledger, the service's memory");
    GROUPS.put("log", "Log");
    GROUPS.put("service", "Webhooks' port");
    GROUPS.put("operate", "Operator's port");
    GROUPS.put("alert", "Alerts");
    GROUPS.put("trace", "Traces");
    GROUPS.put("server", "TLS of both ports");
    GROUPS.put("jmx", "JMX consoles");
  }

  private ConfigurationFiles() {}

  static String properties() {
    StringBuilder text =
        new StringBuilder(
            """
            # Options of Truth Forge Sync. Each can also be set by an environment variable: sync.batch-size by
            # SYNC_BATCH_SIZE. Without settings of its own a system is left out. Secrets can be given as files
            # (twenty.api-key.file=/run/secrets/twenty) or as placeholders of Camel ({{env:NAME}}, vaults).
            # Keys that begin with camel. go to Camel. "validate" checks this file without starting.
            """);
    GROUPS.forEach(
        (group, title) -> {
          text.append("\n# ---- ").append(title).append(" ----\n");
          for (Option option : Options.all()) {
            if (option.group().equals(group)) {
              text.append("\n# ").append(option.description()).append('\n');
              text.append(option.defaultValue() == null ? "#" : "").append(option.name());
              text.append('=').append(option.defaultValue() == null ? "" : option.defaultValue());
              text.append('\n');
            }
          }
        });
    return text.toString();
  }

  static String page() {
    StringBuilder text =
        new StringBuilder(
            """
            # Configuration

            Generated from `Options`; do not edit.

            Options stand in `config/application.properties`. An environment variable overrides the file, and the command
            line overrides both. A secret may also be given as a file: `twenty.api-key.file=/run/secrets/twenty`, or
            `TWENTY_API_KEY_FILE`. A value may hold placeholders of Camel, for example `{{env:NAME}}`, or those of its
            vaults. Keys that begin with `camel.` are Camel's own. Any other key is an error that names the nearest real
            one. `validate` reports all faults at once, with their lines.

            A system without settings of its own is left out: each needs `bigquery.project`; `twenty.url` and
            `twenty.api-key`; `supabase.url` and `supabase.key`, or `supabase.jdbc-url`; `local.jdbc-url`.

            The policy for a single field is `sync.conflict-policy.FIELD`, for example
            `sync.conflict-policy.notes=prefer:twenty`.
            """);
    GROUPS.forEach(
        (group, title) -> {
          text.append("\n## ").append(title).append("\n\n");
          text.append("| option | environment | takes | default | |\n");
          text.append("| --- | --- | --- | --- | --- |\n");
          for (Option option : Options.all()) {
            if (option.group().equals(group)) {
              text.append("| `").append(option.name()).append("` | `");
              text.append(option.environmentName()).append("` | ");
              text.append(option.kind().describe()).append(option.secret() ? ", secret" : "");
              text.append(" | ");
              text.append(option.defaultValue() == null ? "" : "`" + option.defaultValue() + "`");
              text.append(" | ").append(option.description()).append(" |\n");
            }
          }
        });
    return text.toString();
  }

  /** Every group must have a title, or its options would be missing from both files. */
  static Map<String, String> groups() {
    return Map.copyOf(GROUPS);
  }
}
