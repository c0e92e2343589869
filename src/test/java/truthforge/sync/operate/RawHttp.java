package truthforge.sync.operate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Somebody who sends bytes to a port, whatever they are, and reads what comes until it closes. */
final class RawHttp {

  private static final int PATIENCE_MILLIS = 30_000;
  private static final int MOMENT_MILLIS = 100;

  /** The end of a body that comes in chunks: all of it where it is empty. */
  private static final String NO_CHUNK = "0\r\n\r\n";

  private RawHttp() {}

  /**
   * @param status 0 where the connection was closed without an answer
   */
  record Answer(int status, String head, String body) {}

  /** Sends bytes and reads one answer. */
  static Answer exchange(int port, byte[] request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      OutputStream out = socket.getOutputStream();
      try {
        out.write(request);
        out.flush();
      } catch (IOException e) {
        // Refused before all was sent; the answer says why, if it can still be read.
        return read(socket.getInputStream());
      }
      return read(socket.getInputStream());
    }
  }

  /**
   * Sends the first bytes at once and the others one by one, each after a moment, until the other
   * side closes the connection.
   *
   * @return what was answered until then; null where all was sent and the connection is open still
   */
  static String dribble(int port, byte[] atOnce, byte[] oneByOne) throws IOException {
    StringBuilder answered = new StringBuilder();
    try (Socket socket = new Socket("127.0.0.1", port)) {
      OutputStream out = socket.getOutputStream();
      out.write(atOnce);
      socket.setSoTimeout(MOMENT_MILLIS);
      for (byte one : oneByOne) {
        out.write(one);
        try {
          for (int got; (got = socket.getInputStream().read()) >= 0; ) {
            answered.append((char) got);
          }
          return answered.toString();
        } catch (SocketTimeoutException quiet) {
          // The next one.
        }
      }
      return null;
    } catch (SocketException closed) {
      return answered.toString();
    }
  }

  /** Opens a connection and sends nothing. */
  static Socket connect(int port) throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Whether the other side has closed the connection, or does so soon. */
  static boolean isClosed(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  private static Answer read(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int end = -1;
    int length = 0;
    while (end < 0 || all.size() < end + length) {
      int one;
      try {
        one = in.read();
      } catch (SocketException reset) {
        one = -1;
      }
      if (one < 0) {
        break;
      }
      all.write(one);
      if (end < 0 && all.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        end = all.size();
        length = length(all.toString(StandardCharsets.ISO_8859_1));
      }
    }
    String text = all.toString(StandardCharsets.ISO_8859_1);
    if (end < 0) {
      return new Answer(0, text, "");
    }
    int status = Integer.parseInt(text.split(" ", 3)[1].substring(0, 3));
    String body = text.substring(end);
    return new Answer(status, text.substring(0, end), body.equals(NO_CHUNK) ? "" : body);
  }

  /** Where no length is told, whatever comes until the connection is closed. */
  private static int length(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    if (head.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")) {
      return NO_CHUNK.length();
    }
    return head.contains(" 204 ") ? 0 : Integer.MAX_VALUE / 2;
  }
}
