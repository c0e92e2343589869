package truthforge.sync.text;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import javax.net.ssl.SSLException;

/** What went wrong with a connection or a file, in words that need no knowledge of Java. */
public final class Broken {

  private Broken() {}

  /** What keeps a system from being reached, as it stands in brackets. */
  public static String connection(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return "the name of its host is not known";
      }
      if (cause instanceof SSLException) {
        return "no TLS connection that can be trusted";
      }
      if (cause instanceof SocketTimeoutException || cause instanceof HttpTimeoutException) {
        return "no answer in time";
      }
      if (cause instanceof NoRouteToHostException) {
        return "no way leads to its host";
      }
      if (cause instanceof ConnectException && !(cause.getCause() instanceof RuntimeException)
          || cause instanceof PortUnreachableException) {
        return "nothing answers at its address";
      }
    }
    return "the connection broke off without an answer";
  }

  /** What keeps a file from being used, as it stands in brackets. */
  public static String file(IOException thrown) {
    if (thrown instanceof AccessDeniedException) {
      return "this user has no right to it";
    }
    if (thrown instanceof NoSuchFileException) {
      return "there is none";
    }
    if (thrown instanceof FileAlreadyExistsException || thrown instanceof NotDirectoryException) {
      return "something else stands in its place, or in that of its folder";
    }
    return "the disk does not let it be used";
  }
}
