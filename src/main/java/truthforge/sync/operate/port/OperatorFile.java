package truthforge.sync.operate.port;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.ledger.OwnerOnly;

/**
 * Where a running service is reached and the token of this run, in a file beside the ledger that
 * its owner alone can read. Commands find the service by it.
 */
public record OperatorFile(URI url, String token) {

  private static final String NAME = "operator.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The file's place for this configuration, whether it is there or not. */
  public static Path place(Configuration configuration) {
    String ledger = configuration.required(Options.LEDGER_JDBC_URL);
    Path beside =
        LedgerSettings.file(ledger)
            .or(() -> LedgerSettings.file(LedgerSettings.DEFAULT_URL))
            .orElseThrow();
    return beside.resolveSibling(NAME);
  }

  /** Empty where there is none, or none that can be used. */
  public static Optional<OperatorFile> read(Path file) {
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      return json.path("url").isTextual() && json.path("token").isTextual()
          ? Optional.of(
              new OperatorFile(
                  URI.create(json.get("url").textValue()), json.get("token").textValue()))
          : Optional.empty();
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Appears whole or not at all. */
  void write(Path file) {
    String text =
        JsonNodeFactory.instance
            .objectNode()
            .put("url", url.toString())
            .put("token", token)
            .toString();
    Path absolute = file.toAbsolutePath();
    Path part = absolute.resolveSibling(NAME + ".part");
    try {
      OwnerOnly.folder(absolute.getParent());
      OwnerOnly.file(part);
      Files.writeString(part, text);
      Files.move(part, absolute, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names nobody's token. */
  @Override
  public String toString() {
    return "the operator's port at " + url;
  }
}
