package truthforge.sync.operate.port;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the page, from inside the jar: these and no others. */
final class Assets {

  private static final Map<String, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put("/", "index.html");
    for (String name :
        new String[] {
          "page.css",
          "page.js",
          "api.js",
          "dom.js",
          "overview.js",
          "flow.js",
          "contacts.js",
          "contact.js",
          "decisions.js",
          "icon.svg"
        }) {
      FILES.put("/assets/" + name, name);
    }
  }

  private Assets() {}

  record Asset(String type, Buffer content) {
    void answer(HttpServerRequest request) {
      request.response().putHeader("Content-Type", type).end(content);
    }
  }

  static Map<String, Asset> load() {
    Map<String, Asset> assets = new LinkedHashMap<>();
    FILES.forEach((path, name) -> assets.put(path, new Asset(type(name), read(name))));
    return assets;
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      default -> "image/svg+xml";
    };
  }

  private static Buffer read(String name) {
    try (InputStream in = Assets.class.getResourceAsStream("/operator/" + name)) {
      if (in == null) {
        throw new IllegalStateException("The jar is incomplete: it lacks the page's " + name);
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
