package truthforge.sync.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A real headless Chromium, steered by its driver over HTTP (W3C WebDriver). */
final class Browser implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
  private static final Pattern PORT = Pattern.compile("on port (\\d+)");
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Process driver;
  private final URI session;

  private Browser(Process driver, URI session) {
    this.driver = driver;
    this.session = session;
  }

  private static Optional<Path> program(String... names) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> Stream.of(names).map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  static boolean isInstalled() {
    return program("chromedriver").isPresent()
        && program("chromium", "chromium-browser", "google-chrome").isPresent();
  }

  static Browser start(Path folder) throws IOException {
    Process driver =
        new ProcessBuilder(program("chromedriver").orElseThrow().toString(), "--port=0")
            .redirectErrorStream(true)
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
    String port = null;
    for (String line = said.readLine(); line != null && port == null; line = said.readLine()) {
      Matcher found = PORT.matcher(line);
      port = line.contains("started successfully") && found.find() ? found.group(1) : null;
      if (port != null) {
        break;
      }
    }
    if (port == null) {
      driver.destroy();
      throw new IllegalStateException("chromedriver did not start");
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ObjectNode wanted = body.putObject("capabilities").putObject("alwaysMatch");
    wanted.putObject("goog:loggingPrefs").put("browser", "ALL");
    ObjectNode options = wanted.putObject("goog:chromeOptions");
    options.put(
        "binary",
        program("chromium", "chromium-browser", "google-chrome").orElseThrow().toString());
    options
        .putArray("args")
        .add("--headless=new")
        .add("--no-sandbox")
        .add("--disable-gpu")
        .add("--disable-dev-shm-usage")
        .add("--hide-scrollbars")
        .add("--lang=en-GB")
        .add("--user-data-dir=" + folder.resolve("chromium"));
    URI root = URI.create("http://127.0.0.1:" + port + "/session");
    Browser opening = new Browser(driver, root);
    try {
      String id = opening.send("POST", "", body).get("sessionId").textValue();
      return new Browser(driver, URI.create(root + "/" + id));
    } catch (RuntimeException | Error e) {
      driver.destroy();
      throw e;
    }
  }

  private JsonNode send(String method, String path, JsonNode body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(session + path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      JsonNode value =
          JSON.readTree(http.send(request, BodyHandlers.ofString()).body()).path("value");
      if (value.has("error")) {
        throw new Refused(value.get("error").textValue(), value.get("message").textValue());
      }
      return value;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The browser could not do it, for example as there is no such element yet. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String error;

    Refused(String error, String message) {
      super(error + ": " + message);
      this.error = error;
    }

    boolean maybeLater() {
      return List.of(
              "no such element",
              "stale element reference",
              "element click intercepted",
              "element not interactable")
          .contains(error);
    }
  }

  void open(String url) {
    send("POST", "/url", JsonNodeFactory.instance.objectNode().put("url", url));
  }

  void size(int width, int height) {
    send(
        "POST",
        "/window/rect",
        JsonNodeFactory.instance.objectNode().put("width", width).put("height", height));
  }

  JsonNode script(String script) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("script", script);
    body.putArray("args");
    return send("POST", "/execute/sync", body);
  }

  private String find(String css) {
    ObjectNode body =
        JsonNodeFactory.instance.objectNode().put("using", "css selector").put("value", css);
    return send("POST", "/element", body).get(ELEMENT).textValue();
  }

  boolean has(String css) {
    return script("return document.querySelector(" + quoted(css) + ") !== null").asBoolean();
  }

  /** What a person reads there; empty where there is nothing. */
  String text(String css) {
    return script(
            "const e = document.querySelector(" + quoted(css) + "); return e ? e.innerText : ''")
        .asText();
  }

  static String quoted(String text) {
    return JsonNodeFactory.instance.textNode(text).toString();
  }

  /** As soon as it can be clicked. */
  void click(String css) throws Exception {
    whenPossible(
        css, () -> send("POST", "/element/" + find(css) + "/click", JSON.createObjectNode()));
  }

  void type(String css, String text) throws Exception {
    whenPossible(
        css,
        () -> {
          String element = find(css);
          send("POST", "/element/" + element + "/clear", JSON.createObjectNode());
          send("POST", "/element/" + element + "/value", JSON.createObjectNode().put("text", text));
        });
  }

  /** Presses a key wherever the focus is. */
  void press(String key) {
    ObjectNode body = JSON.createObjectNode();
    ObjectNode keyboard = body.putArray("actions").addObject();
    keyboard.put("type", "key").put("id", "keyboard");
    keyboard.putArray("actions").addObject().put("type", "keyDown").put("value", key);
    keyboard.withArray("actions").addObject().put("type", "keyUp").put("value", key);
    send("POST", "/actions", body);
  }

  private interface Act {
    void now();
  }

  private static void whenPossible(String css, Act act) throws Exception {
    Refused[] last = new Refused[1];
    try {
      AtWork.await(
          () -> {
            try {
              act.now();
              return true;
            } catch (Refused e) {
              last[0] = e;
              if (e.maybeLater()) {
                return false;
              }
              throw e;
            }
          },
          css);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage(), last[0]);
    }
  }

  void awaitText(String css, String part) throws Exception {
    AtWork.await(() -> text(css).contains(part), css + " to say: " + part);
  }

  void awaitGone(String css) throws Exception {
    AtWork.await(() -> !has(css), css + " to go");
  }

  /** The whole page, as high as it is. */
  void screenshot(Path file, int width) throws IOException {
    size(width, 900);
    int height = script("return document.documentElement.scrollHeight").asInt();
    size(width, Math.min(height + 150, 4000));
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(send("GET", "/screenshot", null).textValue()));
  }

  /** What the page's scripts complained of, its content policy included, since the last time. */
  List<String> complaints() {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("type", "browser");
    return StreamSupport.stream(send("POST", "/se/log", body).spliterator(), false)
        .filter(line -> !line.get("source").textValue().equals("network"))
        .map(line -> line.get("message").textValue())
        .toList();
  }

  @Override
  public void close() {
    try {
      send("DELETE", "", null);
    } finally {
      driver.destroy();
      try {
        if (!driver.waitFor(20, TimeUnit.SECONDS)) {
          driver.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        driver.destroyForcibly();
      }
    }
  }
}
