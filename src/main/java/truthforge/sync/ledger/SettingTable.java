package truthforge.sync.ledger;

import java.util.HashMap;
import java.util.Map;

/** Single values under a name. */
final class SettingTable {

  private final Sql sql;

  /** Settings as they are stored now, null for none; as far as they were asked for here. */
  private final Map<String, String> settings = new HashMap<>();

  SettingTable(Sql sql) {
    this.sql = sql;
  }

  String get(String name) {
    if (!settings.containsKey(name)) {
      settings.put(
          name,
          sql.first(
              "SELECT value FROM setting WHERE name = ?",
              row -> row.text(name),
              result -> result.getString(1)));
    }
    return settings.get(name);
  }

  void set(String name, String value) {
    settings.put(name, value);
    if (value == null) {
      sql.update("DELETE FROM setting WHERE name = ?", row -> row.text(name));
      return;
    }
    sql.update(
        "INSERT INTO setting (name, value) VALUES (?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        row -> row.text(name).text(value));
  }
}
