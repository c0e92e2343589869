package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Access;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Call;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Rows;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Scalar;
import truthforge.sync.sandbox.supabase.FunctionDefinition.SetOf;

/** The functions of {@code config/sql/supabase-feed.sql}, for the service role alone. */
final class SyncFunctions {

  private static final long MOST_ENTRIES = 1000;

  private static final Relation ENTRIES =
      new Relation(
          "sync_feed",
          List.of(
              Relation.column("seq", SqlType.BIGINT),
              Relation.column("txid", SqlType.BIGINT),
              Relation.column("at", SqlType.TIMESTAMPTZ),
              Relation.column("tbl", SqlType.TEXT),
              Relation.column("op", SqlType.TEXT),
              Relation.column("pk", SqlType.JSONB),
              Relation.column("origin", SqlType.TEXT),
              Relation.column("row_data", SqlType.JSONB)));

  private SyncFunctions() {}

  /**
   * @param systemIdentifier tells this database from one restored from its backup
   */
  static List<FunctionDefinition> all(Supplier<String> systemIdentifier) {
    return List.of(
        new FunctionDefinition("sync_feed", new Rows(ENTRIES), Access.READ, SyncFunctions::feed)
            .parameter("after_txid", SqlType.BIGINT)
            .parameter("after_seq", SqlType.BIGINT)
            .optional("max_rows", SqlType.INTEGER, 500L)
            .onlyFor("service_role"),
        new FunctionDefinition(
                "sync_feed_info",
                new Scalar(SqlType.JSONB),
                Access.READ,
                call -> info(call, systemIdentifier.get()))
            .onlyFor("service_role"),
        new FunctionDefinition(
                "sync_feed_prune", new Scalar(SqlType.BIGINT), Access.WRITE, SyncFunctions::prune)
            .parameter("before_txid", SqlType.BIGINT)
            .onlyFor("service_role"),
        new FunctionDefinition(
                "sync_apply", new SetOf(SqlType.JSONB), Access.WRITE, SyncFunctions::apply)
            .parameter("target", SqlType.TEXT)
            .parameter("rows", SqlType.JSONB)
            .onlyFor("service_role"));
  }

  private static List<Row> feed(Call call) {
    Database database = call.database();
    long most = Math.min((Long) call.argument("max_rows"), MOST_ENTRIES);
    List<Row> rows = new ArrayList<>();
    for (ChangeFeed.Entry entry :
        database
            .feed()
            .after(
                (Long) call.argument("after_txid"),
                (Long) call.argument("after_seq"),
                most,
                database.feed().safeBelow(database.nextTransaction()))) {
      rows.add(
          new Row(
              new Object[] {
                entry.seq(),
                entry.txid(),
                entry.at(),
                entry.tableName(),
                entry.op(),
                entry.primaryKey(),
                entry.origin(),
                entry.rowData()
              },
              entry.txid()));
    }
    return rows;
  }

  private static JsonNode info(Call call, String systemIdentifier) {
    Database database = call.database();
    ObjectNode info = JsonNodeFactory.instance.objectNode();
    info.put("now", time(database.clockMicros()));
    info.put("next_txid", database.nextTransaction());
    info.put("safe_txid", database.feed().safeBelow(database.nextTransaction()));
    info.put("oldest_kept", database.feed().oldestKept());
    info.put("identity", systemIdentifier + "." + database.feed().installed() + "/1");
    info.put("pruned_below", database.feed().prunedBelow());
    info.put("open_since", time(database.feed().openSince()));
    info.put("system_identifier", systemIdentifier);
    info.putArray("outdated");
    ObjectNode watched = info.putObject("watched");
    for (Table table : database.tables().values()) {
      if (database.feed().watches(table)) {
        TableDefinition definition = table.definition();
        watched.put("public." + definition.name(), definition.columns().get(0).name());
      }
    }
    return PgJson.canonical(info);
  }

  private static String time(Long micros) {
    if (micros == null) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    SqlType.TIMESTAMPTZ.writeJson(micros, text);
    return text.substring(1, text.length() - 1);
  }

  private static Long prune(Call call) {
    return call.database().feed().prune((Long) call.argument("before_txid"));
  }

  /** As {@code parse_ident} reads it: what is not in quotation marks is in small letters. */
  private static String tableName(String target) {
    String name = target.replaceFirst("^(public|\"public\")\\.", "");
    return name.startsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name.toLowerCase(Locale.ROOT);
  }

  private static List<JsonNode> apply(Call call) {
    String target = (String) call.argument("target");
    Table table = call.database().tables().get(tableName(target));
    if (table == null) {
      throw PgException.sql("42P01", "relation \"" + target + "\" does not exist");
    }
    TableDefinition definition = table.definition();
    int updated = definition.position("updated_at");
    List<JsonNode> applied = new ArrayList<>();
    List<JsonNode> items = new ArrayList<>();
    ((JsonNode) call.argument("rows")).forEach(items::add);
    items.sort(Comparator.comparing(item -> item.path("id").asText()));
    for (JsonNode item : items) {
      Object key = definition.columns().get(0).type().fromJson(item.get("id"));
      Object expected = SqlType.TIMESTAMPTZ.fromJson(item.get("expected"));
      JsonNode set = item.path("set");
      Transaction.refuseUnknown(table, set);
      Row row = table.byPrimaryKey(key);
      if (row == null || set.isEmpty() || !Objects.equals(row.at(updated), expected)) {
        continue;
      }
      Map<Integer, Object> values = Transaction.read(table, set);
      applied.add(table.toJsonb(call.transaction().update(table, row, values)));
    }
    return applied;
  }
}
