package truthforge.sync.operate;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A stretch of network between the service and a server, which can fail. */
final class Relay implements AutoCloseable {

  /** What becomes of what is sent. */
  private enum Way {
    OPEN,
    /** Requests arrive and answers do not. */
    SILENT,
    /** Answers break off in the middle. */
    CUT,
    /** Something else answers than the server. */
    STRANGER
  }

  private final int server;
  private final int port;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private volatile ServerSocket listening;
  private volatile Way way = Way.OPEN;
  private volatile byte[] strangersAnswer = {};

  /**
   * @param server the port of the server on this machine
   */
  Relay(int server) throws IOException {
    this.server = server;
    listening = listen(0);
    port = listening.getLocalPort();
  }

  int port() {
    return port;
  }

  /** Nobody listens any more, and all connections are reset. */
  void refuse() throws IOException {
    listening.close();
    breakAll();
  }

  void silence() {
    way = Way.SILENT;
  }

  void cutAnswers() {
    way = Way.CUT;
  }

  void answerAlways(String text) {
    strangersAnswer = text.getBytes(StandardCharsets.UTF_8);
    way = Way.STRANGER;
    breakAll();
  }

  /** Works again; connections that failed stay broken. */
  void work() throws IOException {
    boolean failed = way != Way.OPEN;
    way = Way.OPEN;
    if (failed) {
      breakAll();
    }
    if (listening.isClosed()) {
      listening = listen(port);
    }
  }

  private ServerSocket listen(int at) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), at));
    start(() -> accept(socket));
    return socket;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        if (way == Way.STRANGER) {
          client.getOutputStream().write(strangersAnswer);
          client.close();
          continue;
        }
        Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
        client.setTcpNoDelay(true);
        there.setTcpNoDelay(true);
        connections.add(client);
        connections.add(there);
        start(() -> requests(client, there));
        start(() -> answers(there, client));
      } catch (IOException e) {
        // The one who connected is gone, or nobody listens any more: the loop tells which.
        continue;
      }
    }
  }

  private void requests(Socket client, Socket there) {
    byte[] bytes = new byte[65_536];
    try {
      InputStream in = client.getInputStream();
      OutputStream out = there.getOutputStream();
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        out.write(bytes, 0, n);
      }
    } catch (IOException e) {
      breakOff(client, there);
      return;
    }
    breakOff(client, there);
  }

  private void answers(Socket there, Socket client) {
    byte[] bytes = new byte[65_536];
    try {
      InputStream in = there.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        if (way == Way.CUT) {
          out.write(bytes, 0, n / 2);
          break;
        }
        if (way == Way.OPEN) {
          out.write(bytes, 0, n);
        }
      }
    } catch (IOException e) {
      breakOff(client, there);
      return;
    }
    breakOff(client, there);
  }

  private void breakAll() {
    connections.forEach(this::breakOff);
  }

  private void breakOff(Socket one, Socket other) {
    breakOff(one);
    breakOff(other);
  }

  /** As when a process dies: with a reset. */
  private void breakOff(Socket socket) {
    connections.remove(socket);
    try {
      if (!socket.isClosed()) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    breakAll();
  }
}
