package truthforge.sync.systems.jdbc;

import java.util.Collection;
import java.util.Map;

/** Deletes rows for good, whatever they hold by now. */
public final class JdbcErase {

  private final String table;
  private final String idColumn;
  private final boolean postgresql;

  /**
   * @param url of the database
   * @param table its schema may stand before it, parted by a dot
   */
  public JdbcErase(String url, String table, String idColumn) {
    this.postgresql = url.startsWith("jdbc:postgresql:");
    this.table = quoted(table.replace(".", "\".\""));
    this.idColumn = quoted(idColumn);
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }

  public SqlCall call(Collection<String> ids) {
    return new SqlCall(sql(), Map.of("ids", JdbcWrites.texts(ids)), null);
  }

  String sql() {
    // As the reading told it: a cast to text would take the blanks off a char(n).
    String id =
        postgresql ? "to_jsonb(" + idColumn + ") #>> '{}'" : "cast(" + idColumn + " as text)";
    String given =
        postgresql
            ? "select jsonb_array_elements_text(cast(:?ids as jsonb))"
            : "select value from json_each(:?ids)";
    // Tells the change feed to forget the rows as well.
    String origin =
        postgresql ? "and set_config('sync.origin', 'truth-forge-sync/forget', true) <> ''" : "";
    return """
        delete from %1$s
        where %2$s in (%3$s) %4$s
        returning %2$s as "id"
        """
        .formatted(table, id, given, origin);
  }
}
