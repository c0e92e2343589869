package truthforge.sync.cli;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.FileSystemException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.ledger.Ledger.LedgerUnavailable;
import truthforge.sync.text.Broken;

/** The one place that turns outcomes and exceptions into exit codes and plain words. */
public final class ExitCodes {

  public static final int DONE = 0;
  public static final int FOUND = 1;
  public static final int USAGE = 2;
  public static final int UNREACHABLE = 3;

  private static final String OWN_CODE = "truthforge.sync.";

  private ExitCodes() {}

  public static int of(Outcome outcome) {
    return switch (outcome) {
      case DONE -> DONE;
      case FOUND -> FOUND;
      case USAGE -> USAGE;
      case UNREACHABLE -> UNREACHABLE;
    };
  }

  /** What an exception means, by the first of it and its causes that says so. */
  public static int of(Throwable thrown) {
    for (Throwable cause : chain(thrown)) {
      if (cause instanceof Problem problem) {
        return of(problem.outcome());
      }
      if (cause instanceof ConfigurationException) {
        return FOUND;
      }
      if (cause instanceof CommandLine.ParameterException) {
        return USAGE;
      }
      if (isUnreachable(cause)) {
        return UNREACHABLE;
      }
    }
    return FOUND;
  }

  /**
   * What happened and what to do next, for people. Messages of other people's code are left out, as
   * drivers put rows into theirs.
   */
  public static String explain(Throwable thrown) {
    for (Throwable cause : chain(thrown)) {
      if (cause instanceof Problem problem) {
        return problem.getMessage() + (problem.remedy().isEmpty() ? "" : ". " + problem.remedy());
      }
      if (cause instanceof ConfigurationException || cause instanceof LedgerUnavailable) {
        return cause.getMessage();
      }
      if (isUnreachable(cause)) {
        return "a system could not be reached ("
            + Broken.connection(cause)
            + "). Run doctor: it says which, and what to do";
      }
      if (cause instanceof FileSystemException file) {
        return "the file "
            + file.getFile()
            + " cannot be used ("
            + Broken.file(file)
            + "). Check that it exists and that the service may use it";
      }
    }
    Throwable root = chain(thrown).get(chain(thrown).size() - 1);
    return "stopped by an unexpected "
        + named(root)
        + ". Run the command again with --debug to see where, and doctor to check the set-up";
  }

  /** The kind of an exception; its message only where it was written by this project. */
  static String named(Throwable thrown) {
    String name = thrown.getClass().getSimpleName();
    if (thrown instanceof SQLException sql && sql.getSQLState() != null) {
      return name + ", SQL state " + sql.getSQLState();
    }
    StackTraceElement[] trace = thrown.getStackTrace();
    boolean own = trace.length > 0 && trace[0].getClassName().startsWith(OWN_CODE);
    return own && thrown.getMessage() != null && !repeatsItsCause(thrown)
        ? name + ": " + thrown.getMessage()
        : name;
  }

  /** An exception that is given nothing but a cause takes the cause's words for its own. */
  private static boolean repeatsItsCause(Throwable thrown) {
    for (Throwable cause : chain(thrown)) {
      String words = cause == thrown ? null : cause.getMessage();
      if (words != null && !words.isEmpty() && thrown.getMessage().contains(words)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUnreachable(Throwable thrown) {
    return thrown instanceof ConnectException
        || thrown instanceof NoRouteToHostException
        || thrown instanceof PortUnreachableException
        || thrown instanceof SocketTimeoutException
        || thrown instanceof SocketException
        || thrown instanceof UnknownHostException
        || thrown instanceof HttpTimeoutException
        || thrown instanceof UnresolvedAddressException
        || thrown instanceof SQLException sql
            && sql.getSQLState() != null
            && sql.getSQLState().startsWith("08");
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    Set<Throwable> met = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable t = thrown; t != null && met.add(t); t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }
}
