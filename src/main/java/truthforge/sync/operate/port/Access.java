package truthforge.sync.operate.port;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who may ask what of the operator's port. Decides by method and headers alone.
 *
 * <p>A page of another site can make a browser send requests, with cookies in old browsers, or give
 * its own name our address. So a request is refused that names a host which is not ours, that comes
 * from another origin, or that changes something on the strength of a cookie without the header
 * that only our own page can add.
 */
final class Access {

  private static final String COOKIE = "truth_forge_session";
  private static final Pattern PORT = Pattern.compile(":(\\d{1,5})$");

  /** Any value will do: another site's page cannot add it without being asked for first. */
  static final String OWN_HEADER = "X-Truth-Forge";

  private static final Pattern IP_V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  private final Tokens tokens;
  private final Guesses guesses;
  private final Set<String> hostNames;

  /** What is to be done with a request. */
  enum Verdict {
    GRANTED(200, ""),
    NO_TOKEN(401, "The operator's token is needed: log in, or send it as a Bearer token"),
    WRONG_HOST(
        421,
        "The service does not go by this name. Use its IP address or localhost, or add the name to"
            + " operate.host-names"),
    TOO_MANY_GUESSES(
        429, "Too many wrong tokens came from this address. Wait a minute, then try again"),
    FOREIGN(403, "This came from the page of another site"),
    NO_OWN_HEADER(403, "With a session, changes need the header " + OWN_HEADER);

    final int status;
    final String words;

    Verdict(int status, String words) {
      this.status = status;
      this.words = words;
    }
  }

  /**
   * @param hostNames names that the port is reached under, besides IP addresses and localhost
   */
  Access(Tokens tokens, Guesses guesses, Set<String> hostNames) {
    this.tokens = tokens;
    this.guesses = guesses;
    this.hostNames = Set.copyOf(hostNames);
  }

  /**
   * What the session's cookie is called: browsers give those of one port to all ports of a machine.
   *
   * @param host the header, or null
   */
  static String cookie(String host) {
    Matcher port = PORT.matcher(host == null ? "" : host);
    return port.find() ? COOKIE + "_" + port.group(1) : COOKIE;
  }

  /**
   * Whether the request comes by a name of ours and not from a page of another site.
   *
   * @param header gives a header's value, or null
   */
  Verdict origin(UnaryOperator<String> header) {
    String host = header.apply("Host");
    if (host == null || !isOurs(nameIn(host))) {
      return Verdict.WRONG_HOST;
    }
    String site = header.apply("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      return Verdict.FOREIGN;
    }
    return sameOrigin(header, host);
  }

  /**
   * Whether the page itself may be opened, which tells nothing and is followed to by links in chats
   * and on boards. A page of another site gets nothing else, nor this in a frame.
   *
   * @param header gives a header's value, or null
   */
  Verdict page(UnaryOperator<String> header) {
    String host = header.apply("Host");
    boolean followed =
        "navigate".equals(header.apply("Sec-Fetch-Mode"))
            && "document".equals(header.apply("Sec-Fetch-Dest"));
    if (!followed || host == null || !isOurs(nameIn(host))) {
      return origin(header);
    }
    return sameOrigin(header, host);
  }

  private static Verdict sameOrigin(UnaryOperator<String> header, String host) {
    String origin = header.apply("Origin");
    return origin == null || isSame(origin, host) ? Verdict.GRANTED : Verdict.FOREIGN;
  }

  /**
   * Whether the request may see contacts, or, where it is no reading one, change something.
   *
   * @param address where it comes from
   */
  Verdict operator(String method, UnaryOperator<String> header, String cookie, String address) {
    Verdict origin = origin(header);
    if (origin != Verdict.GRANTED) {
      return origin;
    }
    String authorization = header.apply("Authorization");
    if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return token(authorization.substring(7).strip(), address);
    }
    if (!tokens.isSession(cookie)) {
      return Verdict.NO_TOKEN;
    }
    boolean reads = method.equals("GET") || method.equals("HEAD");
    return reads || header.apply(OWN_HEADER) != null ? Verdict.GRANTED : Verdict.NO_OWN_HEADER;
  }

  /**
   * Whether this is the operator's token. After too many wrong ones none is looked at for a while,
   * except the one of this run, which has no need of that: so nobody can keep commands on this
   * machine from the service.
   */
  Verdict token(String given, String address) {
    if (tokens.isOfThisRun(given)) {
      return Verdict.GRANTED;
    }
    if (!guesses.wait(address).isZero()) {
      return Verdict.TOO_MANY_GUESSES;
    }
    if (tokens.isToken(given)) {
      return Verdict.GRANTED;
    }
    guesses.wrong(address);
    return Verdict.NO_TOKEN;
  }

  private boolean isOurs(String name) {
    // An address cannot be made to mean another one, as a name can.
    return name.equals("localhost")
        || name.startsWith("[")
        || IP_V4.matcher(name).matches()
        || hostNames.contains(name);
  }

  private static String nameIn(String host) {
    int end = host.startsWith("[") ? host.indexOf(']') + 1 : host.lastIndexOf(':');
    return (end > 0 ? host.substring(0, end) : host).toLowerCase(Locale.ROOT);
  }

  private static boolean isSame(String origin, String host) {
    try {
      return host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
