package truthforge.sync.config;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import truthforge.sync.text.Nearest;

/**
 * The settings that the service runs with. Immutable and complete: every option without a value of
 * its own has its default.
 *
 * <p>A value may hold placeholders of Camel ({@code {{env:NAME}}}, or one of its vaults). They are
 * kept as written until {@link #resolved}; reading such an option before that throws.
 */
public final class Configuration {

  private final Map<String, Setting> settings;

  /**
   * @param value as written, or the content of the file that was named
   * @param place the file, environment variable or command line that it comes from
   * @param line in that file; else 0
   */
  record Setting(String value, String place, int line) {
    boolean hasPlaceholder() {
      return value.contains("{{");
    }
  }

  Configuration(Map<String, Setting> settings) {
    this.settings = Map.copyOf(settings);
  }

  /**
   * Reads the properties file, and over it the environment, and over that the command line.
   *
   * @param environment as of {@link System#getenv()}
   * @param commandLine options that were given there, with their values
   * @throws ConfigurationException with all faults at once
   */
  public static Configuration load(
      Places places, Map<String, String> environment, Map<Option, String> commandLine) {
    return new ConfigurationReader(places, environment, commandLine).read();
  }

  /** Only these values, and defaults for all else: for the sandbox, and for tests. */
  public static Configuration of(Map<Option, String> values) {
    return new ConfigurationReader(null, Map.of(), values).read();
  }

  /** The systems that take part, in the order of {@link Options#SYSTEMS}. */
  public List<String> systems() {
    return Options.SYSTEMS.stream().filter(this::has).toList();
  }

  /** Whether a system has the settings to take part. */
  public boolean has(String system) {
    return switch (system) {
      case "bigquery" -> isSet(Options.BIGQUERY_PROJECT);
      case "twenty" -> isSet(Options.TWENTY_URL);
      case "supabase" -> isSet(Options.SUPABASE_URL) || isSet(Options.SUPABASE_JDBC_URL);
      case "local" -> isSet(Options.LOCAL_JDBC_URL);
      default -> throw new IllegalArgumentException("There is no system " + system);
    };
  }

  /** Whether Supabase is read and written as a database, and not by its API. */
  public boolean reachesSupabaseByJdbc() {
    return isSet(Options.SUPABASE_JDBC_URL) && !isSet(Options.SUPABASE_URL);
  }

  /** Whether a system is observed but never written. */
  public boolean isReadOnly(String system) {
    return flag(Options.find(system + ".read-only"));
  }

  /** Whether the option has a value, its default included. */
  public boolean isSet(Option option) {
    return settings.containsKey(option.name());
  }

  /** Where the value comes from, for messages: a file with its line, a variable, or the default. */
  public String origin(Option option) {
    Setting setting = settings.get(option.name());
    if (setting == null) {
      return "not set";
    }
    return setting.line() > 0 ? setting.place() + ":" + setting.line() : setting.place();
  }

  /**
   * The value; for a secret given as a file, its content.
   *
   * @return null where it has none
   * @throws IllegalStateException when it still holds a placeholder
   */
  public String text(Option option) {
    Setting setting = settings.get(option.name());
    if (setting == null) {
      return null;
    }
    if (setting.hasPlaceholder()) {
      throw new IllegalStateException(
          option.name() + " was read before its placeholder was resolved");
    }
    return option.kind() instanceof Kind.Choice
        ? setting.value().toLowerCase(Locale.ROOT)
        : setting.value();
  }

  /**
   * A value that must be there.
   *
   * @throws IllegalStateException when it is not
   */
  public String required(Option option) {
    String value = text(option);
    if (value == null) {
      throw new IllegalStateException(option.name() + " is not set");
    }
    return value;
  }

  /** The value of an option that takes a number and has a default. */
  public int integer(Option option) {
    return Math.toIntExact(Long.parseLong(required(option)));
  }

  /** The value of an option that takes a number. */
  public OptionalLong number(Option option) {
    String value = text(option);
    return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value));
  }

  /** The value of an option that takes a period in days and has a default. */
  public Duration days(Option option) {
    return Kind.Days.period(required(option));
  }

  /** The value of an option that takes true or false and has a default. */
  public boolean flag(Option option) {
    return Boolean.parseBoolean(required(option));
  }

  /** The value of an option in seconds that has a default. */
  public Duration seconds(Option option) {
    return Duration.ofSeconds(Long.parseLong(required(option)));
  }

  /** An address, without a slash at its end. */
  public Optional<URI> url(Option option) {
    return Optional.ofNullable(text(option)).map(v -> URI.create(v.replaceAll("/+$", "")));
  }

  /** The value of an option that takes systems, in the order given. */
  public List<String> systems(Option option) {
    return Kind.Systems.split(required(option));
  }

  /** What settles a conflict in this field: {@code latest}, {@code manual}, {@code prefer:…}. */
  public String conflictPolicy(String field) {
    Setting own = settings.get(Options.POLICY_PREFIX + field);
    return own == null ? required(Options.SYNC_CONFLICT_POLICY) : own.value();
  }

  /** Policies for fields that are none, each with the name that was probably meant. */
  public List<Finding> policiesForUnknownFields(Collection<String> fields) {
    return settings.entrySet().stream()
        .filter(e -> e.getKey().startsWith(Options.POLICY_PREFIX))
        .filter(e -> !fields.contains(e.getKey().substring(Options.POLICY_PREFIX.length())))
        .sorted(Map.Entry.comparingByKey())
        .map(
            e -> {
              String field = e.getKey().substring(Options.POLICY_PREFIX.length());
              String near = Nearest.nearest(field, fields);
              return Finding.error(
                  e.getValue().place(),
                  e.getValue().line(),
                  e.getKey() + ": there is no field " + field,
                  near == null
                      ? "Name a field of config/mappings, or remove the line"
                      : "Did you mean " + Options.POLICY_PREFIX + near + "?");
            })
        .toList();
  }

  /**
   * For Camel: its own settings, and every option that is no secret, so that routes can name it.
   * Secrets are left out because Camel shows its properties to consoles.
   */
  public Map<String, String> forCamel() {
    Map<String, String> properties = new LinkedHashMap<>();
    settings.forEach(
        (name, setting) -> {
          Option option = Options.find(name);
          if (option == null || !option.secret()) {
            properties.put(name, setting.value());
          }
        });
    return properties;
  }

  /** Whether any value still holds a placeholder. */
  public boolean hasPlaceholders() {
    return settings.values().stream().anyMatch(Setting::hasPlaceholder);
  }

  /**
   * The same settings with their placeholders resolved, Camel's own settings excepted.
   *
   * @param resolver from a text with placeholders to one without
   * @throws ConfigurationException with all faults that the resolved values have
   */
  public Configuration resolved(UnaryOperator<String> resolver) {
    return ConfigurationReader.resolved(settings, resolver);
  }

  /** The same settings with these in their place. */
  public Configuration with(Map<Option, String> values) {
    Map<String, Setting> changed = new LinkedHashMap<>(settings);
    values.forEach((o, v) -> changed.put(o.name(), new Setting(v, "the service", 0)));
    return ConfigurationReader.checked(changed);
  }

  /** Every option with its value and origin, secrets covered. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Option option : Options.all()) {
      Setting setting = settings.get(option.name());
      if (setting != null) {
        text.append(option.name())
            .append('=')
            .append(option.secret() ? "***" : setting.value())
            .append("  (")
            .append(origin(option))
            .append(")\n");
      }
    }
    return text.toString();
  }
}
