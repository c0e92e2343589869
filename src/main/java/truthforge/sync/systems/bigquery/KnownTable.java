package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.Table;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;

/**
 * The contacts table as {@code tables.get} told it last, seen through the mapping.
 *
 * @param mapping limited to what the table can hold
 * @param columns the table's column by the mapping's name for it
 * @param mark its time of last modification in milliseconds since 1970; null where it says nothing,
 *     because rows are streaming in or it is a view
 * @param created in milliseconds since 1970; another one is another table of the same name
 * @param rows below 0 where it does not tell
 * @param bytes that reading all of it processes
 * @param isTable false for a view and the like, which can only be read
 */
record KnownTable(
    BigQueryTable table,
    Mapping mapping,
    Map<String, String> columns,
    Long mark,
    long created,
    long rows,
    long bytes,
    boolean isTable) {

  /**
   * @throws IllegalArgumentException if it tells no columns
   */
  static KnownTable of(Table found, Mapping mapping) {
    BigQueryTable table = BigQueryTable.of(found);
    Map<String, String> columns = columns(table, mapping);
    StandardTableDefinition definition =
        found.getDefinition() instanceof StandardTableDefinition standard ? standard : null;
    boolean silent = definition == null || definition.getStreamingBuffer() != null;
    return new KnownTable(
        table,
        mapping.limitedTo(columns::containsKey),
        columns,
        silent ? null : found.getLastModifiedTime(),
        found.getCreationTime() == null ? 0 : found.getCreationTime(),
        found.getNumRows() == null || definition == null ? -1 : found.getNumRows().longValue(),
        found.getNumBytes() == null ? 0 : found.getNumBytes(),
        definition != null);
  }

  /** The columns that the mapping names, as the table spells them; those that fit. */
  private static Map<String, String> columns(BigQueryTable table, Mapping mapping) {
    Set<String> usable = new HashSet<>(table.writable());
    for (String own : List.of(BigQueryTable.CONTACT_ID, BigQueryTable.UPDATED_AT)) {
      table.column(own).ifPresent(usable::add);
    }
    Map<String, String> columns = new LinkedHashMap<>();
    Stream.concat(
            mapping.entries().stream().map(Entry::topLevelProperty),
            Stream.of(
                mapping.contactIdPath(),
                mapping.deletedAtPath(),
                mapping.createdAtPath(),
                mapping.updatedAtPath(),
                mapping.syncMetadataPath()))
        .filter(property -> property != null)
        .forEach(
            property ->
                table
                    .column(property)
                    .filter(usable::contains)
                    .ifPresent(column -> columns.put(property, column)));
    return columns;
  }

  /** Differs where the table has other columns, or the mapping other names for them. */
  String fingerprint() {
    return UUID.nameUUIDFromBytes(
            (table.columns() + "\n" + columns).getBytes(StandardCharsets.UTF_8))
        .toString();
  }

  /** The row under the mapping's names. */
  ObjectNode record(BigQueryRows.Row row) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    columns.forEach((property, column) -> record.set(property, row.values().get(column)));
    return record;
  }

  String contactId(BigQueryRows.Row row) {
    var node = row.values().path(table.column(BigQueryTable.CONTACT_ID).orElseThrow());
    return node.isNull() ? "" : node.asText().strip();
  }
}
