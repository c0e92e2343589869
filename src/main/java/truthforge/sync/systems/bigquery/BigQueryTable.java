package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A contacts table as it stands: its name and the columns that BigQuery tells of it.
 *
 * <p>The service did not always make the table. It may have more columns than the default, fewer,
 * or some of another type; {@link BigQueryStatements} uses those that fit.
 *
 * @param project may hold a hyphen, and a domain before a colon
 * @param columns in the table's order, with the table's spelling
 */
public record BigQueryTable(
    String project, String dataset, String table, Map<String, BigQueryType> columns) {

  public static final String CONTACT_ID = "contact_id";
  public static final String UPDATED_AT = "updated_at";

  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9.:_-]+");
  private static final Pattern DATASET = Pattern.compile("[A-Za-z0-9_]+");
  // BigQuery also allows spaces and other scripts. A backtick or a backslash would end the quoting.
  private static final Pattern TABLE = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\p{Pc}\\p{Pd} ]+");
  private static final Pattern PLAIN_COLUMN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /**
   * @throws IllegalArgumentException for a name that BigQuery does not allow
   */
  public BigQueryTable {
    require("project", PROJECT, project);
    require("dataset", DATASET, dataset);
    require("table", TABLE, table);
    columns = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  /**
   * From the answer to {@code tables.get}.
   *
   * @throws IllegalArgumentException if it is no table with a schema
   */
  public static BigQueryTable of(Table table) {
    Schema schema = table.getDefinition().getSchema();
    if (schema == null) {
      throw new IllegalArgumentException(
          "BigQuery tells no columns of " + table.getTableId().getTable());
    }
    return of(table.getTableId(), schema);
  }

  public static BigQueryTable of(TableId id, Schema schema) {
    Map<String, BigQueryType> columns = new LinkedHashMap<>();
    for (Field field : schema.getFields()) {
      columns.put(field.getName(), BigQueryType.of(field));
    }
    return new BigQueryTable(id.getProject(), id.getDataset(), id.getTable(), columns);
  }

  /** The name between backticks, for a statement. */
  public String quotedName() {
    return "`" + project + "." + dataset + "." + table + "`";
  }

  public TableId id() {
    return TableId.of(project, dataset, table);
  }

  /** A column's spelling in this table; BigQuery's column names compare without case. */
  public Optional<String> column(String name) {
    if (columns.containsKey(name)) {
      return Optional.of(name);
    }
    String wanted = name.toLowerCase(Locale.ROOT);
    return columns.keySet().stream()
        .filter(c -> c.toLowerCase(Locale.ROOT).equals(wanted))
        .findFirst();
  }

  /** The type of a column, or empty where the table has none of that name. */
  public Optional<BigQueryType> type(String name) {
    return column(name).map(columns::get);
  }

  /**
   * The columns whose values the service uses: all with a plain name. A name with spaces or signs
   * could be taken for a parameter on its way through Camel.
   */
  public List<String> readable() {
    List<String> names = new ArrayList<>();
    for (String name : columns.keySet()) {
      if (PLAIN_COLUMN.matcher(name).matches()) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * The columns that a patch may set or clear: readable, of a type that is written, and neither the
   * id nor the time of the last change, which {@link BigQueryStatements} writes itself.
   */
  public List<String> writable() {
    return readable().stream()
        .filter(c -> columns.get(c).writable())
        .filter(c -> !c.equalsIgnoreCase(CONTACT_ID) && !c.equalsIgnoreCase(UPDATED_AT))
        .toList();
  }

  /** Whether the table has a TIMESTAMP that tells when a row last changed. */
  public boolean tellsUpdates() {
    return type(UPDATED_AT).filter(BigQueryType.TIMESTAMP::equals).isPresent();
  }

  private static void require(String what, Pattern pattern, String name) {
    Objects.requireNonNull(name, what);
    if (!pattern.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "This is no name of a BigQuery " + what + ": \"" + name + "\"");
    }
  }
}
