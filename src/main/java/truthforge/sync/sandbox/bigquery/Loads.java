package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Load jobs: rows as lines of JSON, all of them or none. */
final class Loads {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private Loads() {}

  static Executor.Outcome run(Store store, JsonNode load, byte[] data) {
    JsonNode destination = load.path("destinationTable");
    StoredTable table = destination(store, load, destination);
    table.beginLoad();
    List<StoredTable.Row> rows = new ArrayList<>();
    for (String line : new String(data, StandardCharsets.UTF_8).split("\n")) {
      if (!line.isBlank()) {
        rows.add(row(table, line, rows.size()));
      }
    }
    synchronized (table) {
      switch (load.path("writeDisposition").asText("WRITE_APPEND")) {
        case "WRITE_TRUNCATE" -> table.replaceRows(rows);
        case "WRITE_EMPTY" -> {
          if (!table.rows().isEmpty()) {
            throw Refusal.duplicate("Already Exists: Table " + table.id());
          }
          table.append(rows);
        }
        default -> table.append(rows);
      }
    }
    return new Executor.Outcome("LOAD", List.of(), List.of(), (long) rows.size(), null, Map.of());
  }

  private static StoredTable destination(Store store, JsonNode load, JsonNode destination) {
    String dataset = destination.path("datasetId").asText();
    String name = destination.path("tableId").asText();
    boolean creates =
        load.path("createDisposition").asText("CREATE_IF_NEEDED").equals("CREATE_IF_NEEDED");
    if (store.find(dataset, name) == null && creates) {
      return store.createTable(dataset, name, Schemas.columns(load.path("schema")));
    }
    return store.table(dataset, name);
  }

  private static StoredTable.Row row(StoredTable table, String line, int before) {
    try {
      return StoredTable.Row.of(Schemas.row(table, JSON.readTree(line), false, true), 0);
    } catch (JsonProcessingException | Refusal e) {
      throw Refusal.invalid(
          "Error while reading data, error message: JSON table encountered too many errors, giving"
              + " up. Rows: "
              + (before + 1)
              + "; errors: 1. Please look into the errors[] collection for more details.");
    }
  }
}
