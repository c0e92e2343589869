package truthforge.sync.sandbox.supabase;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Access;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Call;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Nothing;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Rows;
import truthforge.sync.sandbox.supabase.FunctionDefinition.Scalar;
import truthforge.sync.sandbox.supabase.TableDefinition.Privilege;

/** The schema on which the recordings were made, and the four rows that each of them began with. */
public final class RecordedSchema {

  static final String SEED =
      """
      [{"id":"00000000-0000-4000-8000-000000000001","external_id":"ext-1","email":"ann@example.com",
        "first_name":"Ann","last_name":"Lee","score":1,
        "created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00.123456Z"},
       {"id":"00000000-0000-4000-8000-000000000002","external_id":"ext-2","email":"bob@example.com",
        "first_name":"Bob","last_name":"Ray","score":2,
        "created_at":"2026-01-01T00:00:00.5Z","updated_at":"2026-01-01T00:00:00.123456Z"},
       {"id":"00000000-0000-4000-8000-000000000003","external_id":"ext-3","email":"cyd@example.com",
        "first_name":"Cyd","last_name":null,"score":3,
        "created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00.1234Z"},
       {"id":"00000000-0000-4000-8000-000000000004","external_id":"ext-4","email":"dee@example.com",
        "first_name":"Dee","last_name":"O'Hara, Jr","score":4,
        "created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T12:00:00Z"}]
      """;

  private RecordedSchema() {}

  static SupabaseStandIn.Builder builder() {
    TableDefinition contacts = contacts();
    return SupabaseStandIn.builder()
        .alsoWithoutGateway()
        .statementTimeout(Duration.ofMillis(50))
        .table(big())
        .table(contacts)
        .table(TableDefinition.table("secret_stuff").column("id", SqlType.INTEGER))
        .function(
            new FunctionDefinition(
                    "add_them",
                    new Scalar(SqlType.INTEGER),
                    Access.NONE,
                    call -> (Long) call.argument("a") + (Long) call.argument("b"))
                .parameter("a", SqlType.INTEGER)
                .parameter("b", SqlType.INTEGER))
        .function(
            new FunctionDefinition(
                    "contacts_changed",
                    new Rows(Relation.of(contacts)),
                    Access.READ,
                    RecordedSchema::contactsChanged)
                .parameter("since", SqlType.TIMESTAMPTZ)
                .parameter("after_id", SqlType.UUID)
                .parameter("max_rows", SqlType.INTEGER))
        .function(
            new FunctionDefinition(
                "boom",
                new Nothing(),
                Access.NONE,
                call -> {
                  throw PgException.sql("PT409", "custom conflict", "d", "h");
                }))
        .function(
            new FunctionDefinition(
                "slow",
                new Scalar(SqlType.INTEGER),
                Access.NONE,
                call -> {
                  call.sleep(Duration.ofSeconds(30));
                  return 1L;
                }));
  }

  /** The table of contacts. */
  public static TableDefinition contacts() {
    return TableDefinition.table("contacts")
        .column("id", SqlType.UUID)
        .byDefaultRandomUuid()
        .column("external_id", SqlType.TEXT)
        .column("email", SqlType.TEXT)
        .column("first_name", SqlType.TEXT)
        .column("last_name", SqlType.TEXT)
        .column("phone", SqlType.TEXT)
        .column("score", SqlType.INTEGER)
        .byDefault("0")
        .column("attrs", SqlType.JSONB)
        .notNull()
        .byDefault("{}")
        .column("tags", SqlType.TEXT_ARRAY)
        .notNull()
        .byDefault("{}")
        .column("birthday", SqlType.DATE)
        .column("balance", SqlType.numeric(12, 2))
        .column("local_ts", SqlType.TIMESTAMP)
        .column("created_at", SqlType.TIMESTAMPTZ)
        .notNull()
        .byDefaultNow()
        .column("updated_at", SqlType.TIMESTAMPTZ)
        .notNull()
        .byDefaultNow()
        .column("deleted_at", SqlType.TIMESTAMPTZ)
        .column("version", SqlType.BIGINT)
        .notNull()
        .byDefault("1")
        .unique("contacts_email_key", "email")
        .unique("contacts_external_id_key", "external_id")
        .check(
            "contacts_score_check",
            row -> row.apply("score") == null || (Long) row.apply("score") >= 0)
        .touch("updated_at")
        .countUpdates("version")
        .rowLevelSecurity()
        .readable("authenticated")
        .grantAll("service_role", "authenticated")
        .grant("anon", Privilege.SELECT);
  }

  private static TableDefinition big() {
    return TableDefinition.table("big")
        .column("id", SqlType.BIGINT)
        .serial()
        .column("v", SqlType.TEXT)
        .grantAll("service_role");
  }

  private static List<Row> contactsChanged(Call call) {
    Table contacts = call.database().tables().get("contacts");
    int updated = contacts.definition().position("updated_at");
    Long since = (Long) call.argument("since");
    String after = (String) call.argument("after_id");
    List<Row> rows = new ArrayList<>();
    for (Row row : contacts.orderedOn(List.of(updated, 0)).ascendingFrom(since)) {
      boolean later = (Long) row.at(updated) > since || ((String) row.at(0)).compareTo(after) > 0;
      if (later && rows.size() < (Long) call.argument("max_rows")) {
        rows.add(row);
      }
    }
    return rows;
  }
}
