package truthforge.sync.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.config.Configuration.Setting;
import truthforge.sync.text.Nearest;

/** Puts the layers of the configuration over each other, and collects every fault on the way. */
final class ConfigurationReader {

  private static final String CAMEL_PREFIX = "camel.";
  private static final String COMMAND_LINE = "command line";
  private static final String DEFAULT = "default";
  private static final Pattern VARIABLE = Pattern.compile("\\{\\{env:([^:{}?]+)}}");

  private final Places places;
  private final Map<String, String> environment;
  private final Map<Option, String> commandLine;

  private final List<Finding> faults = new ArrayList<>();
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  /**
   * @param places null where there is no properties file to read
   */
  ConfigurationReader(
      Places places, Map<String, String> environment, Map<Option, String> commandLine) {
    this.places = places;
    this.environment = environment;
    this.commandLine = commandLine;
  }

  Configuration read() {
    if (places != null) {
      places.config(Places.PROPERTIES).ifPresent(this::readFile);
    }
    readEnvironment();
    Map<String, Setting> given = new HashMap<>();
    commandLine.forEach(
        (option, value) -> given.put(option.name(), new Setting(value, COMMAND_LINE, 0)));
    layer(given);
    settings.forEach(this::checkVariables);
    readSecretFiles();
    return checked(settings, faults);
  }

  /** As Camel looks for them; a name with a default after it, or with ? before, may be absent. */
  private void checkVariables(String name, Setting setting) {
    Matcher variables = VARIABLE.matcher(setting.value());
    while (variables.find()) {
      String variable = variables.group(1);
      String upper = variable.toUpperCase(Locale.ROOT);
      boolean set =
          environment.containsKey(variable)
              || environment.containsKey(upper)
              || environment.containsKey(upper.replaceAll("[.-]", "_"));
      if (!set) {
        fault(
            setting.place(),
            setting.line(),
            name + ": there is no environment variable " + variable,
            "Set it, or correct the name in the braces");
      }
    }
  }

  /** Adds defaults to settings that have none, and looks at all of them together. */
  static Configuration checked(Map<String, Setting> settings) {
    return checked(settings, new ArrayList<>());
  }

  static Configuration resolved(Map<String, Setting> settings, UnaryOperator<String> resolver) {
    List<Finding> faults = new ArrayList<>();
    Map<String, Setting> resolved = new LinkedHashMap<>();
    settings.forEach(
        (name, setting) -> {
          if (!setting.hasPlaceholder() || name.startsWith(CAMEL_PREFIX)) {
            resolved.put(name, setting);
            return;
          }
          try {
            String value = resolver.apply(setting.value());
            resolved.put(name, new Setting(value, setting.place(), setting.line()));
          } catch (RuntimeException e) {
            faults.add(
                Finding.error(
                    setting.place(),
                    setting.line(),
                    name + ": its placeholder leads to no value",
                    "Check the name in the braces, and that the vault or variable has it"));
          }
        });
    return checked(resolved, faults);
  }

  private static Configuration checked(Map<String, Setting> settings, List<Finding> faults) {
    Map<String, Setting> complete = new LinkedHashMap<>();
    for (Option option : Options.all()) {
      if (option.defaultValue() != null) {
        complete.put(option.name(), new Setting(option.defaultValue(), DEFAULT, 0));
      }
    }
    settings.forEach(
        (name, setting) -> {
          if (!setting.value().isEmpty()) {
            complete.put(name, setting);
          }
        });
    readServiceAccount(complete, faults);
    complete.forEach((name, setting) -> checkValue(name, setting, faults));
    new Together(complete, faults).check();
    if (!faults.isEmpty()) {
      faults.sort(Comparator.comparing(Finding::place).thenComparingInt(Finding::line));
      throw new ConfigurationException(faults);
    }
    return new Configuration(complete);
  }

  private void readFile(Places.Source source) {
    Map<String, Setting> layer = new LinkedHashMap<>();
    for (PropertiesFile.Entry entry : PropertiesFile.read(source.text())) {
      String key = entry.key();
      if (entry.value() == null) {
        fault(
            source.name(), entry.line(), key + " holds a broken \\u escape", "Write \\\\ for a \\");
        continue;
      }
      if (!isKnown(key)) {
        fault(source.name(), entry.line(), "there is no option " + key, nearestTo(key));
        continue;
      }
      Setting former = layer.put(key, new Setting(entry.value(), source.name(), entry.line()));
      if (former != null) {
        fault(
            source.name(),
            entry.line(),
            key + " stands here and in line " + former.line(),
            "Remove one of the two lines");
      }
    }
    layer(layer);
  }

  private static boolean isKnown(String key) {
    return Options.find(key) != null
        || secretOf(key) != null
        || key.startsWith(CAMEL_PREFIX)
        || key.startsWith(Options.POLICY_PREFIX) && key.length() > Options.POLICY_PREFIX.length();
  }

  /** The option that a {@code ….file} key names, or null. */
  private static Option secretOf(String key) {
    if (!key.endsWith(".file")) {
      return null;
    }
    Option option = Options.find(key.substring(0, key.length() - ".file".length()));
    return option != null && option.secret() ? option : null;
  }

  private static String nearestTo(String key) {
    List<String> names = new ArrayList<>();
    for (Option option : Options.all()) {
      names.add(option.name());
      if (option.secret()) {
        names.add(option.fileName());
      }
    }
    String near = Nearest.nearest(key, names);
    return near == null
        ? "Remove the line; docs/configuration.md lists all options"
        : "Did you mean " + near + "?";
  }

  private void readEnvironment() {
    Map<String, Setting> layer = new LinkedHashMap<>();
    for (Option option : Options.all()) {
      variable(option.environmentName(), option.name(), layer);
      if (option.secret()) {
        variable(option.environmentName() + "_FILE", option.fileName(), layer);
      }
    }
    String policies = Option.environmentName(Options.POLICY_PREFIX);
    for (String name : environment.keySet()) {
      if (name.startsWith(policies) && name.length() > policies.length()) {
        String field = name.substring(policies.length()).toLowerCase(Locale.ROOT);
        variable(name, Options.POLICY_PREFIX + field, layer);
      }
    }
    layer(layer);
  }

  private void variable(String variable, String key, Map<String, Setting> layer) {
    String value = environment.get(variable);
    if (value != null) {
      layer.put(key, new Setting(value.strip(), "environment variable " + variable, 0));
    }
  }

  /** A secret replaces the file that was named for it in a lower layer, and the other way round. */
  private void layer(Map<String, Setting> layer) {
    for (Option option : Options.all()) {
      if (!option.secret()) {
        continue;
      }
      Setting direct = layer.get(option.name());
      Setting file = layer.get(option.fileName());
      if (direct != null && file != null && !direct.value().isEmpty() && !file.value().isEmpty()) {
        fault(
            file.place(),
            file.line(),
            option.name() + " is given twice, as a value and as a file",
            "Remove " + option.name() + " or " + option.fileName());
      }
      if (direct != null) {
        settings.remove(option.fileName());
      }
      if (file != null) {
        settings.remove(option.name());
      }
    }
    settings.putAll(layer);
  }

  private void readSecretFiles() {
    for (Option option : Options.all()) {
      Setting file = option.secret() ? settings.remove(option.fileName()) : null;
      if (file == null || file.value().isEmpty()) {
        continue;
      }
      String content = contentOf(file.value());
      if (content == null || content.isEmpty()) {
        fault(
            file.place(),
            file.line(),
            option.fileName()
                + (content == null ? ": the file cannot be read" : ": the file is empty"),
            "Check the path " + file.value() + ", and that the service may read it");
        content = "(unread)";
      }
      settings.put(option.name(), new Setting(content, file.place(), file.line()));
    }
  }

  /** Null where it cannot be read. */
  private static String contentOf(String path) {
    try {
      return Places.withoutMark(Files.readString(Path.of(path))).strip();
    } catch (IOException | InvalidPathException e) {
      return null;
    }
  }

  private static void readServiceAccount(Map<String, Setting> settings, List<Finding> faults) {
    for (Option option : Options.all()) {
      Setting setting = settings.get(option.name());
      if (!(option.kind() instanceof Kind.ServiceAccount)
          || setting == null
          || setting.value().startsWith("{")
          || setting.value().equals("(unread)")) {
        continue;
      }
      String content = contentOf(setting.value());
      if (content == null || !content.startsWith("{")) {
        faults.add(
            Finding.error(
                setting.place(),
                setting.line(),
                option.name()
                    + (content == null
                        ? " is neither JSON nor the path of a file that can be read"
                        : " names a file that holds no JSON"),
                "Give the path of the service account's key file, and let the service read it"));
      } else {
        settings.put(option.name(), new Setting(content, setting.place(), setting.line()));
      }
    }
  }

  private static void checkValue(String name, Setting setting, List<Finding> faults) {
    Option option =
        name.startsWith(Options.POLICY_PREFIX) ? Options.SYNC_CONFLICT_POLICY : Options.find(name);
    if (option == null || setting.hasPlaceholder()) {
      return;
    }
    String fault = option.kind().fault(setting.value());
    if (fault != null) {
      faults.add(
          Finding.error(
              setting.place(),
              setting.line(),
              name + " " + fault,
              option.defaultValue() == null
                  ? "See " + name + " in docs/configuration.md"
                  : "The default is " + option.defaultValue()));
    }
  }

  private void fault(String place, int line, String what, String remedy) {
    faults.add(Finding.error(place, line, what, remedy));
  }

  /** The rules that bind options to each other. */
  private record Together(Map<String, Setting> settings, List<Finding> faults) {

    private static final int SHORTEST_TOKEN = 20;
    private static final int FEWEST_CHARACTERS = 8;
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}");

    void check() {
      needs(Options.BIGQUERY_URL, Options.BIGQUERY_PROJECT, "BigQuery");
      needs(Options.BIGQUERY_CREDENTIALS, Options.BIGQUERY_PROJECT, "BigQuery");
      needs(Options.TWENTY_URL, Options.TWENTY_API_KEY, "Twenty");
      needs(Options.TWENTY_API_KEY, Options.TWENTY_URL, "Twenty");
      needs(Options.TWENTY_WEBHOOK_SECRET, Options.TWENTY_URL, "Twenty");
      needs(Options.SUPABASE_URL, Options.SUPABASE_KEY, "Supabase");
      needs(Options.SUPABASE_KEY, Options.SUPABASE_URL, "Supabase");
      needs(Options.SUPABASE_USERNAME, Options.SUPABASE_JDBC_URL, "Supabase");
      needs(Options.SUPABASE_PASSWORD, Options.SUPABASE_JDBC_URL, "Supabase");
      if (!has(Options.SUPABASE_JDBC_URL)) {
        needs(Options.SUPABASE_WEBHOOK_SECRET, Options.SUPABASE_URL, "Supabase");
      }
      needs(Options.LOCAL_USERNAME, Options.LOCAL_JDBC_URL, "the local database");
      needs(Options.LOCAL_PASSWORD, Options.LOCAL_JDBC_URL, "the local database");
      String host = settings.get(Options.OPERATE_HOST.name()).value();
      if (!isLoopback(host) && !has(Options.OPERATE_TOKEN)) {
        fault(
            Options.OPERATE_HOST,
            "operate.host opens the operator's port to others, but operate.token is not set",
            "Set operate.token, or operate.host=" + Options.OPERATE_HOST.defaultValue());
      }
      Setting token = settings.get(Options.OPERATE_TOKEN.name());
      if (!isLoopback(host) && token != null && !token.hasPlaceholder() && isWeak(token.value())) {
        fault(
            Options.OPERATE_TOKEN,
            "operate.token can be guessed, and operate.host opens the operator's port to others",
            "Give it at least "
                + SHORTEST_TOKEN
                + " characters that nobody can guess, for example those of: openssl rand -hex 32");
      }
      String port = settings.get(Options.OPERATE_PORT.name()).value();
      if (port.equals(settings.get(Options.SERVICE_PORT.name()).value()) && !port.equals("0")) {
        fault(
            Options.OPERATE_PORT,
            "operate.port and service.port are the same",
            "Give them different ports: webhooks come from outside, the operator's page does not"
                + " go there");
      }
    }

    private boolean has(Option option) {
      return settings.containsKey(option.name());
    }

    private void needs(Option given, Option other, String system) {
      if (has(given) && !has(other)) {
        fault(
            given,
            given.name() + " is set, but " + other.name() + " is not",
            "Set "
                + other.name()
                + " ("
                + other.environmentName()
                + "), or remove every "
                + given.group()
                + " setting to leave "
                + system
                + " out");
      }
    }

    private void fault(Option option, String what, String remedy) {
      Setting setting = settings.get(option.name());
      faults.add(Finding.error(setting.place(), setting.line(), what, remedy));
    }

    private static boolean isLoopback(String host) {
      return LOOPBACK.matcher(host).matches() || host.equals("localhost") || host.equals("::1");
    }

    /** Too short, or much of the same. */
    private static boolean isWeak(String token) {
      return token.length() < SHORTEST_TOKEN
          || token.chars().distinct().count() < FEWEST_CHARACTERS;
    }
  }
}
