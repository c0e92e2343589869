package truthforge.sync.sandbox.supabase;

import java.util.List;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;
import truthforge.sync.sandbox.supabase.TableDefinition.Default;

/** What can be selected from: a table, or the rows of a function. */
record Relation(String name, List<Column> columns) {

  static Relation of(TableDefinition table) {
    return new Relation(table.name(), table.columns());
  }

  static Column column(String name, SqlType type) {
    return new Column(name, type, false, Default.NULL, null, true);
  }

  /** -1 where there is no such column. */
  int position(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(column)) {
        return i;
      }
    }
    return -1;
  }
}
