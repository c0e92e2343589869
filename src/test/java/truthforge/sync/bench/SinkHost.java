package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An HTTP sink that speaks just as much of Supabase's REST as an empty table that is filled: it
 * parses what is posted, gives each row an id and a time, keeps it and answers with it. It takes
 * what comes as fast as it can, which a stand-in with rules and a feed does not.
 */
public final class SinkHost {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ID = "00000000-0000-0000-0000-%012d";
  private static final Pattern AFTER = Pattern.compile("id=gt\\.[\"]?[0-9-]{24}(\\d{12})");
  private static final int PAGE = 1000;

  private final List<byte[]> rows = new ArrayList<>();
  private int posts;
  private long firstNanos;
  private long lastNanos;

  private SinkHost() {}

  public static void main(String[] arguments) throws IOException {
    SinkHost sink = new SinkHost();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "sink");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", sink::handle);
    server.start();
    ObjectNode settings = JsonNodeFactory.instance.objectNode();
    settings.put("supabase.url", "http://127.0.0.1:" + server.getAddress().getPort());
    settings.put("supabase.key", "sb_secret_bench");
    System.out.println(settings);
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      System.out.println(line.equals("reset") ? sink.reset() : sink.report());
    }
    System.exit(0);
  }

  private synchronized ObjectNode reset() {
    rows.clear();
    posts = 0;
    return JsonNodeFactory.instance.objectNode();
  }

  private synchronized ObjectNode report() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("rows", rows.size())
        .put("posts", posts)
        .put("nanos", lastNanos - firstNanos);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try {
      String path = exchange.getRequestURI().getPath();
      String method = exchange.getRequestMethod();
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (path.equals("/rest/v1/")) {
        answer(exchange, 200, description());
      } else if (path.equals("/rest/v1/" + Postgres.TABLE) && method.equals("POST")) {
        answer(exchange, 201, store(body));
      } else if (path.equals("/rest/v1/" + Postgres.TABLE) && method.equals("GET")) {
        page(exchange);
      } else {
        answer(exchange, 404, bytes("{\"code\":\"PGRST202\",\"message\":\"none\"}"));
      }
    } finally {
      exchange.close();
    }
  }

  private byte[] store(byte[] body) throws IOException {
    long began = System.nanoTime();
    JsonNode posted = JSON.readTree(body);
    synchronized (this) {
      if (posts++ == 0) {
        firstNanos = began;
      }
      String now = Instant.now().toString();
      ByteArrayOutputStream answer = new ByteArrayOutputStream(body.length + 8192);
      answer.write('[');
      for (JsonNode row : posted) {
        ((ObjectNode) row).put("id", String.format(ID, rows.size() + 1)).put("updated_at", now);
        byte[] kept = JSON.writeValueAsBytes(row);
        rows.add(kept);
        if (answer.size() > 1) {
          answer.write(',');
        }
        answer.write(kept);
      }
      answer.write(']');
      lastNanos = System.nanoTime();
      return answer.toByteArray();
    }
  }

  private synchronized void page(HttpExchange exchange) throws IOException {
    String query =
        URLDecoder.decode(
            String.valueOf(exchange.getRequestURI().getRawQuery()), StandardCharsets.UTF_8);
    if (query.contains("limit=1") && !query.contains("limit=1000")) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", rows.isEmpty() ? "*/0" : "0-0/" + rows.size());
      answer(exchange, 200, rows.isEmpty() ? bytes("[]") : list(0, 1));
    } else if (query.contains("or=(")) {
      // Nobody but the service writes here, so nothing ever changed since it last looked.
      answer(exchange, 200, bytes("[]"));
    } else {
      Matcher after = AFTER.matcher(query);
      int from = after.find() ? Integer.parseInt(after.group(1)) : 0;
      answer(exchange, 200, list(from, Math.min(rows.size(), from + PAGE)));
    }
  }

  private byte[] list(int from, int to) throws IOException {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    page.write('[');
    for (int i = from; i < to; i++) {
      if (i > from) {
        page.write(',');
      }
      page.write(rows.get(i));
    }
    page.write(']');
    return page.toByteArray();
  }

  private static byte[] description() {
    ObjectNode description = JsonNodeFactory.instance.objectNode();
    ObjectNode columns =
        description.putObject("definitions").putObject(Postgres.TABLE).putObject("properties");
    for (String[] column : People.COLUMNS) {
      columns.putObject(column[0]).put("format", column[1]);
    }
    columns.putObject("updated_at").put("format", "timestamp with time zone");
    description.putObject("paths");
    return bytes(description.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
