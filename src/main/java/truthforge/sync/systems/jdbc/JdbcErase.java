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
    String given =
        postgresql
            ? "select jsonb_array_elements_text(cast(:?ids as jsonb))"
            : "select value from json_each(:?ids)";
    // Tells the change feed to forget the rows as well.
    String origin =
        postgresql ? "and set_config('sync.origin', 'truth-forge-sync/forget', true) <> ''" : "";
    return """
        delete from %1$s
        where cast(%2$s as text) in (%3$s) %4$s
        returning cast(%2$s as text) as "id"
        """
        .formatted(table, idColumn, given, origin);
  }
}
