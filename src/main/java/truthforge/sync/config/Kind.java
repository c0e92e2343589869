package truthforge.sync.config;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import truthforge.sync.text.Nearest;

/** What values an option takes. */
public sealed interface Kind {

  /** What it takes, in a few words for the reference page. */
  String describe();

  /**
   * What is wrong with a value, as the end of a sentence that begins with the option's name.
   *
   * @return null if nothing is wrong. Never repeats a value that may be secret
   */
  String fault(String value);

  /** Any text. */
  record Text() implements Kind {
    @Override
    public String describe() {
      return "text";
    }

    @Override
    public String fault(String value) {
      return null;
    }
  }

  /** A name of a table, column, dataset or the like, safe to stand in a statement. */
  record Name() implements Kind {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    @Override
    public String describe() {
      return "name";
    }

    @Override
    public String fault(String value) {
      return SAFE.matcher(value).matches()
          ? null
          : "must consist of letters, digits and underscores, and not begin with a digit";
    }
  }

  /** A project of Google Cloud. */
  record Project() implements Kind {
    private static final Pattern SAFE = Pattern.compile("([a-z0-9.-]+:)?[a-z][a-z0-9-]*");

    @Override
    public String describe() {
      return "project id";
    }

    @Override
    public String fault(String value) {
      return SAFE.matcher(value).matches()
          ? null
          : "must be a project id: small letters, digits and hyphens";
    }
  }

  /** A whole number. Both bounds are included. */
  record Whole(long least, long most) implements Kind {
    @Override
    public String describe() {
      return most == Long.MAX_VALUE
          ? "whole number from " + least
          : "whole number, " + least + " to " + most;
    }

    @Override
    public String fault(String value) {
      try {
        long number = Long.parseLong(value);
        if (number >= least && number <= most) {
          return null;
        }
      } catch (NumberFormatException e) {
        return "must be a " + describe() + ", not \"" + value + "\"";
      }
      return "must be a " + describe() + ", not " + value;
    }
  }

  /** A period in days, above 0; parts of a day have a point. */
  record Days(int most) implements Kind {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");

    @Override
    public String describe() {
      return "days, up to " + most + "; parts of a day as 0.5";
    }

    @Override
    public String fault(String value) {
      boolean fits = NUMBER.matcher(value).matches();
      if (fits && !period(value).isZero() && period(value).toDays() <= most) {
        return null;
      }
      return "must be a number of " + describe() + ", not \"" + value + "\"";
    }

    static Duration period(String value) {
      return Duration.ofMillis(
          new BigDecimal(value).multiply(BigDecimal.valueOf(86_400_000)).longValue());
    }
  }

  /** {@code true} or {@code false}. */
  record Flag() implements Kind {
    @Override
    public String describe() {
      return "true or false";
    }

    @Override
    public String fault(String value) {
      return value.equals("true") || value.equals("false")
          ? null
          : "must be true or false, not \"" + value + "\"";
    }
  }

  /** One of a few words. Letter case does not matter. */
  record Choice(List<String> words) implements Kind {
    public Choice {
      words = List.copyOf(words);
    }

    @Override
    public String describe() {
      return String.join(", ", words.subList(0, words.size() - 1))
          + " or "
          + words.get(words.size() - 1);
    }

    @Override
    public String fault(String value) {
      return words.contains(value.toLowerCase(Locale.ROOT))
          ? null
          : "must be " + describe() + ", not \"" + value + "\"";
    }
  }

  /** An address of an HTTP service, without credentials or query. */
  record Url() implements Kind {
    @Override
    public String describe() {
      return "http(s) address";
    }

    @Override
    public String fault(String value) {
      URI uri;
      try {
        uri = new URI(value);
      } catch (URISyntaxException e) {
        return "is no address: it must look like https://host or https://host/path";
      }
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https") || uri.getHost() == null) {
        return "is no address: it must look like https://host or https://host/path";
      }
      if (uri.getRawUserInfo() != null) {
        return "holds credentials: take them out of the address";
      }
      return uri.getRawQuery() != null || uri.getRawFragment() != null
          ? "must end before any ? or #"
          : null;
    }
  }

  /** A JDBC URL of one of some databases, without credentials: URLs get into logs and consoles. */
  record JdbcUrl(List<String> databases) implements Kind {
    private static final Pattern CREDENTIALS =
        Pattern.compile(
            "(//[^/?]*@)|([?&;](user|username|password|pass|sslpassword|key|hexkey)=)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern IN_MEMORY =
        Pattern.compile("^jdbc:sqlite:(file:)?(\\?|$|:)|^jdbc:sqlite:.*[?&]mode=memory(&|$)");

    public JdbcUrl {
      databases = List.copyOf(databases);
    }

    @Override
    public String describe() {
      return databases.stream()
          .map(d -> "jdbc:" + d + ":…")
          .reduce((a, b) -> a + " or " + b)
          .orElseThrow();
    }

    @Override
    public String fault(String value) {
      if (databases.stream().noneMatch(d -> value.startsWith("jdbc:" + d + ":"))) {
        return "must be " + describe();
      }
      if (IN_MEMORY.matcher(value).find()) {
        return "must name a file that outlives the process, as jdbc:sqlite:data/contacts.db";
      }
      return CREDENTIALS.matcher(value).find()
          ? "holds a user or a password: move them to the options for username and password"
          : null;
    }
  }

  /** A path of a file. Relative paths begin at the folder that the service was started in. */
  record File() implements Kind {
    @Override
    public String describe() {
      return "path";
    }

    @Override
    public String fault(String value) {
      return value.indexOf('\0') < 0 ? null : "is no path";
    }
  }

  /** A key of a service account: its JSON text, or the path of the file that holds it. */
  record ServiceAccount() implements Kind {
    @Override
    public String describe() {
      return "JSON text or path";
    }

    @Override
    public String fault(String value) {
      return null;
    }
  }

  /** How a conflict is settled: {@code latest}, {@code manual} or {@code prefer:<system>}. */
  record Policy() implements Kind {
    @Override
    public String describe() {
      return "latest, prefer:<system> or manual";
    }

    @Override
    public String fault(String value) {
      if (value.equals("latest") || value.equals("manual")) {
        return null;
      }
      if (value.startsWith("prefer:")) {
        String system = value.substring("prefer:".length());
        return Options.SYSTEMS.contains(system) ? null : "names " + unknown(system);
      }
      return "must be " + describe() + ", not \"" + value + "\"";
    }
  }

  /** Systems in an order, with commas between them. */
  record Systems() implements Kind {
    @Override
    public String describe() {
      return "systems, with commas";
    }

    @Override
    public String fault(String value) {
      List<String> names = split(value);
      for (String name : names) {
        if (!Options.SYSTEMS.contains(name)) {
          return "names " + unknown(name);
        }
      }
      return new HashSet<>(names).size() == names.size() ? null : "names a system twice";
    }

    static List<String> split(String value) {
      return Arrays.stream(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
    }
  }

  private static String unknown(String system) {
    String near = Nearest.nearest(system, Options.SYSTEMS);
    return "\""
        + system
        + "\", which is no system; "
        + (near == null
            ? "the systems are " + String.join(", ", Options.SYSTEMS)
            : "did you mean " + near + "?");
  }
}
