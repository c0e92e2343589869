package truthforge.sync.systems.bigquery;

import static truthforge.sync.systems.bigquery.BigQueryTable.CONTACT_ID;
import static truthforge.sync.systems.bigquery.BigQueryTable.UPDATED_AT;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The statements that the service sends about a contacts table. Pure: the same table and values
 * give the same text.
 *
 * <p>No text holds an {@code @} but of a parameter, nor a {@code ${}, in which Camel would see one.
 */
public final class BigQueryStatements {

  /** The most rows that one {@link #apply} takes. */
  public static final int MAX_PATCHES = 2_000;

  /**
   * The most bytes of patches in one {@link #apply}, as they are in the request: there the text is
   * a JSON string once more. BigQuery takes 10 MB a request.
   */
  public static final int MAX_PATCH_BYTES = 8_000_000;

  private static final String ROW_HASH = "TO_HEX(MD5(TO_JSON_STRING(t)))";

  private BigQueryStatements() {}

  /** One row: {@code now_us}, BigQuery's own time in microseconds since 1970. Reads no table. */
  public static BigQueryStatement clock() {
    return new BigQueryStatement("SELECT UNIX_MICROS(CURRENT_TIMESTAMP()) AS now_us", Map.of());
  }

  /**
   * Rows changed at or after a moment, and those that do not tell, or carry no id; ordered by
   * {@code updated_at}, then by id. Where the table has no such column, all rows. Each says whether
   * another row carries the same id.
   *
   * @param sinceMicros since 1970
   * @param again ids whose rows are read whenever they changed
   */
  public static BigQueryStatement changedSince(
      BigQueryTable table, long sinceMicros, Collection<String> again) {
    if (!table.tellsUpdates()) {
      return all(table);
    }
    String updatedAt = "t." + column(table, UPDATED_AT);
    String id = "t." + column(table, CONTACT_ID);
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("since_us", sinceMicros);
    String readAgain = "";
    if (!again.isEmpty()) {
      parameters.put("again", array(again));
      readAgain = " OR " + idText(table) + " IN UNNEST(JSON_VALUE_ARRAY(@again))";
    }
    return new BigQueryStatement(
        selectTellingDoubles(table)
            + "WHERE "
            + updatedAt
            + " >= TIMESTAMP_MICROS(@since_us) OR "
            + updatedAt
            + " IS NULL OR "
            + id
            + " IS NULL"
            + readAgain
            + "\nORDER BY "
            + updatedAt
            + ", "
            + id,
        parameters);
  }

  /** Every row, ordered by id. Each says whether another row carries the same id. */
  public static BigQueryStatement all(BigQueryTable table) {
    return new BigQueryStatement(
        selectTellingDoubles(table) + "ORDER BY t." + column(table, CONTACT_ID), Map.of());
  }

  /** The rows that carry one of these ids; more than one row may carry the same. */
  public static BigQueryStatement byIds(BigQueryTable table, Collection<String> ids) {
    return new BigQueryStatement(
        select(table) + "WHERE " + idText(table) + " IN UNNEST(JSON_VALUE_ARRAY(@ids))",
        Map.of("ids", array(ids)));
  }

  /** Deletes for good the rows that carry one of these ids. */
  public static BigQueryStatement erase(BigQueryTable table, Collection<String> ids) {
    return new BigQueryStatement(
        "DELETE FROM "
            + table.quotedName()
            + " AS t\nWHERE "
            + idText(table)
            + " IN UNNEST(JSON_VALUE_ARRAY(@ids))",
        Map.of("ids", array(ids)));
  }

  /** The same in a table of the export, whose ids are text. */
  public static BigQueryStatement eraseExported(TableId table, Collection<String> ids) {
    return new BigQueryStatement(
        "DELETE FROM `"
            + table.getProject()
            + "."
            + table.getDataset()
            + "."
            + table.getTable()
            + "` AS t\nWHERE t.`contact_id` IN UNNEST(JSON_VALUE_ARRAY(@ids))",
        Map.of("ids", array(ids)));
  }

  /** The ids that more than one row carries: {@code contact_id} and {@code copies}. */
  public static BigQueryStatement duplicateIds(BigQueryTable table) {
    return new BigQueryStatement(
        "SELECT "
            + idText(table)
            + " AS contact_id, COUNT(*) AS copies\nFROM "
            + table.quotedName()
            + " AS t\nWHERE t."
            + column(table, CONTACT_ID)
            + " IS NOT NULL\nGROUP BY 1\nHAVING COUNT(*) > 1\nORDER BY 1",
        Map.of());
  }

  /**
   * The id that a row is to carry.
   *
   * @param etag of the row
   * @param former the id that it carries; null for none
   * @param id never null
   */
  public record Naming(String etag, String former, String id) {}

  /**
   * Gives rows the ids that they are to carry; rows that changed since they were read stay as they
   * are. Rows that are equal in every column get the same id.
   *
   * @param namings 1 to {@link #MAX_PATCHES}, no two of one etag
   */
  public static BigQueryStatement name(
      BigQueryTable table, Collection<Naming> namings, long updatedMicros) {
    if (namings.isEmpty() || namings.size() > MAX_PATCHES) {
      throw new IllegalArgumentException("1 to " + MAX_PATCHES + " rows, not " + namings.size());
    }
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    for (Naming naming : namings) {
      ObjectNode row = rows.addObject().put(BigQueryRows.ETAG, naming.etag());
      row.put("contact_id", naming.id());
      if (naming.former() != null) {
        row.put("former_id", naming.former());
      }
    }
    String id = column(table, CONTACT_ID);
    BigQueryType type = table.type(CONTACT_ID).orElseThrow();
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("rows", rows.toString());
    String moved = "";
    if (table.tellsUpdates()) {
      moved = ", " + column(table, UPDATED_AT) + " = TIMESTAMP_MICROS(@updated_us)";
      parameters.put("updated_us", updatedMicros);
    }
    return new BigQueryStatement(
        "MERGE "
            + table.quotedName()
            + " AS t\nUSING (\n  SELECT\n    JSON_VALUE(r, '$.row_etag') AS row_etag,\n    "
            + value(type, "$.contact_id")
            + " AS contact_id,\n    "
            + value(type, "$.former_id")
            + " AS former_id\n  FROM UNNEST(JSON_QUERY_ARRAY(@rows)) AS r\n) AS s\nON "
            + ROW_HASH
            + " = s.row_etag AND t."
            + id
            + " IS NOT DISTINCT FROM s.former_id\nWHEN MATCHED THEN UPDATE SET "
            + id
            + " = s.contact_id"
            + moved,
        parameters);
  }

  /**
   * Applies patches in one conditional MERGE, which never deletes.
   *
   * <p>An existing row changes only if it is as its patch says it was last seen; a new one is
   * inserted only if no row carries its id. Only the columns named change, and {@code updated_at}.
   * The answer tells how many rows changed, not which: when fewer than sent, read the ids back.
   *
   * <p>A value that does not fit its column's type fails the statement as a whole.
   *
   * @param patches 1 to {@link #MAX_PATCHES}, no two of one id
   * @throws IllegalArgumentException as {@link #rows}, and for a batch that is too large
   */
  public static BigQueryStatement apply(BigQueryTable table, List<BigQueryPatch> patches) {
    return applyRows(table, rows(table, patches));
  }

  /**
   * The same of patches as {@link #rows} gives them.
   *
   * @param rows 1 to {@link #MAX_PATCHES}; {@link #fitting} cuts a longer list
   */
  static BigQueryStatement applyRows(BigQueryTable table, List<String> rows) {
    if (rows.isEmpty() || rows.size() > MAX_PATCHES) {
      throw new IllegalArgumentException("1 to " + MAX_PATCHES + " rows, not " + rows.size());
    }
    return new BigQueryStatement(
        mergeText(table, "UNNEST(JSON_QUERY_ARRAY(@rows)) AS r"),
        Map.of("rows", "[" + String.join(",", rows) + "]"));
  }

  /**
   * The same, with the patches taken out of a staging table beside the contacts: see {@link #rows}.
   */
  public static BigQueryStatement applyStaged(BigQueryTable table, String staging) {
    String name =
        new BigQueryTable(table.project(), table.dataset(), staging, Map.of()).quotedName();
    return new BigQueryStatement(mergeText(table, name + " AS staged"), Map.of());
  }

  /**
   * A text for each patch: what {@link #apply} carries, or a staging table of one column {@code r}
   * holds.
   *
   * @throws IllegalArgumentException for two patches of one id, a column that the table does not
   *     have or that is not written, and a patch that is conditional on {@code updated_at} where
   *     the table has none
   */
  public static List<String> rows(BigQueryTable table, List<BigQueryPatch> patches) {
    Set<String> writable = Set.copyOf(table.writable());
    Set<String> ids = new HashSet<>();
    List<String> rows = new ArrayList<>(patches.size());
    for (BigQueryPatch patch : patches) {
      if (!ids.add(patch.contactId())) {
        throw new IllegalArgumentException("Two patches of contact " + patch.contactId());
      }
      rows.add(row(table, writable, patch).toString());
    }
    return rows;
  }

  /** What a patch, as {@link #rows} gives it, takes of a request: UTF-8 in a JSON string. */
  public static int bytes(String row) {
    int bytes = 1;
    for (int i = 0; i < row.length(); i++) {
      char c = row.charAt(i);
      if (c == '"' || c == '\\') {
        bytes += 2;
      } else if (c < 0x80) {
        bytes++;
      } else if (c == '\u2028' || c == '\u2029') {
        // Escaped as six characters.
        bytes += 6;
      } else {
        // Each half of a surrogate pair counts for itself, and so a bit too much.
        bytes += c < 0x800 ? 2 : 3;
      }
    }
    return bytes;
  }

  /**
   * How many of the first rows fit in one {@link #apply}; one at least, which alone may be more
   * than BigQuery takes, for it to refuse.
   *
   * @param rows as {@link #rows} gives them; not empty
   */
  public static int fitting(List<String> rows) {
    long bytes = 0;
    int count = 0;
    for (String row : rows) {
      bytes += bytes(row);
      if (count > 0 && (bytes > MAX_PATCH_BYTES || count == MAX_PATCHES)) {
        break;
      }
      count++;
    }
    return count;
  }

  private static ObjectNode row(BigQueryTable table, Set<String> writable, BigQueryPatch patch) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("contact_id", patch.contactId());
    if (patch.seen() instanceof BigQueryPatch.Seen.Etag seen) {
      row.put("etag", seen.etag());
    } else if (patch.seen() instanceof BigQueryPatch.Seen.UpdatedAt seen) {
      if (!table.tellsUpdates()) {
        throw new IllegalArgumentException(
            "Table " + table.table() + " has no TIMESTAMP updated_at to be conditional on");
      }
      row.put("expected_us", seen.micros());
    } else {
      row.put("is_new", true);
    }
    ObjectNode set = row.putObject("set");
    for (Map.Entry<String, JsonNode> field : patch.set().properties()) {
      String column = writable(table, writable, field.getKey());
      BigQueryType type = table.columns().get(column);
      boolean document = field.getValue().isContainerNode();
      if (document && type == BigQueryType.STRING) {
        set.put(column, field.getValue().toString());
      } else if (type == BigQueryType.STRING_ARRAY && !field.getValue().isArray()) {
        set.putArray(column).add(field.getValue());
      } else {
        set.set(column, field.getValue());
      }
    }
    ArrayNode clear = row.putArray("clear");
    patch.clear().forEach(name -> clear.add(writable(table, writable, name)));
    row.put("updated_us", patch.updatedMicros());
    return row;
  }

  private static String writable(BigQueryTable table, Set<String> writable, String name) {
    return table
        .column(name)
        .filter(writable::contains)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Table " + table.table() + " has no column " + name + " to write"));
  }

  /**
   * @param source gives the patches as JSON texts called {@code r}
   */
  private static String mergeText(BigQueryTable table, String source) {
    String id = column(table, CONTACT_ID);
    List<String> columns = table.writable();
    boolean tellsUpdates = table.tellsUpdates();

    List<String> columnsOfSource = new ArrayList<>();
    columnsOfSource.add(value(table.type(CONTACT_ID).orElseThrow(), "$.contact_id") + " AS id");
    columnsOfSource.add("JSON_VALUE(r, '$.is_new') IS NOT NULL AS is_new");
    columnsOfSource.add("JSON_VALUE(r, '$.etag') AS seen_etag");
    columnsOfSource.add("JSON_VALUE_ARRAY(r, '$.clear') AS cleared");
    if (tellsUpdates) {
      columnsOfSource.add(micros("$.expected_us") + " AS seen_at");
      columnsOfSource.add(micros("$.updated_us") + " AS new_updated_at");
    }
    for (String column : columns) {
      columnsOfSource.add(
          value(table.columns().get(column), "$.set." + column) + " AS `set_" + column + "`");
    }

    String asSeen = ROW_HASH + " = s.seen_etag";
    if (tellsUpdates) {
      asSeen =
          "IF(s.seen_etag IS NULL, t."
              + column(table, UPDATED_AT)
              + " IS NOT DISTINCT FROM s.seen_at, "
              + asSeen
              + ")";
    }

    List<String> updates = new ArrayList<>();
    for (String column : columns) {
      updates.add(
          "`%1$s` = IF('%1$s' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_%1$s`, t.`%1$s`))"
              .formatted(column));
    }
    List<String> inserted = new ArrayList<>(List.of(id));
    List<String> values = new ArrayList<>(List.of("s.id"));
    for (String column : columns) {
      inserted.add("`" + column + "`");
      values.add("s.`set_" + column + "`");
    }
    if (tellsUpdates) {
      updates.add(column(table, UPDATED_AT) + " = s.new_updated_at");
      inserted.add(column(table, UPDATED_AT));
      values.add("s.new_updated_at");
    }

    String update =
        updates.isEmpty()
            ? ""
            : "WHEN MATCHED AND NOT s.is_new AND "
                + asSeen
                + " THEN UPDATE SET\n  "
                + String.join(",\n  ", updates)
                + "\n";
    return "MERGE "
        + table.quotedName()
        + " AS t\nUSING (\n  SELECT\n    "
        + String.join(",\n    ", columnsOfSource)
        + "\n  FROM "
        + source
        + "\n) AS s\nON t."
        + id
        + " = s.id\n"
        + update
        + "WHEN NOT MATCHED BY TARGET AND s.is_new THEN INSERT ("
        + String.join(", ", inserted)
        + ")\nVALUES ("
        + String.join(", ", values)
        + ")";
  }

  /** A column's value out of the JSON text {@code r}, NULL where the path is missing. */
  private static String value(BigQueryType type, String path) {
    String text = "JSON_VALUE(r, '" + path + "')";
    return switch (type) {
      case STRING -> text;
      case STRING_ARRAY -> "JSON_VALUE_ARRAY(r, '" + path + "')";
      // A number with more digits than a double has would otherwise fail the whole statement.
      case JSON -> "PARSE_JSON(JSON_QUERY(r, '" + path + "'), wide_number_mode=>'round')";
      default -> "CAST(" + text + " AS " + type.sql() + ")";
    };
  }

  private static String micros(String path) {
    return "TIMESTAMP_MICROS(CAST(JSON_VALUE(r, '" + path + "') AS INT64))";
  }

  // One cell for a row: the client spends its time for each cell, not for each byte.
  private static String select(BigQueryTable table) {
    return "SELECT TO_JSON_STRING(t) AS "
        + BigQueryRows.ROW
        + "\nFROM "
        + table.quotedName()
        + " AS t\n";
  }

  private static String selectTellingDoubles(BigQueryTable table) {
    String id = column(table, CONTACT_ID);
    return "SELECT TO_JSON_STRING(t) AS "
        + BigQueryRows.ROW
        + ", t."
        + id
        + " IN (\n  SELECT d."
        + id
        + " FROM "
        + table.quotedName()
        + " AS d WHERE d."
        + id
        + " IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1\n) AS "
        + BigQueryRows.DOUBLED
        + "\nFROM "
        + table.quotedName()
        + " AS t\n";
  }

  private static String idText(BigQueryTable table) {
    String id = "t." + column(table, CONTACT_ID);
    return table.type(CONTACT_ID).orElseThrow() == BigQueryType.STRING
        ? id
        : "CAST(" + id + " AS STRING)";
  }

  private static String column(BigQueryTable table, String name) {
    return table
        .column(name)
        .map(column -> "`" + column + "`")
        .orElseThrow(
            () ->
                new IllegalArgumentException("Table " + table.table() + " has no column " + name));
  }

  private static String array(Collection<String> texts) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    texts.forEach(array::add);
    return array.toString();
  }
}
