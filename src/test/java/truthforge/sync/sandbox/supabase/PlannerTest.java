package truthforge.sync.sandbox.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many rows are looked at for a page: what makes a walk over a large table quick or not. */
class PlannerTest {

  private static final int ROWS = 20_000;

  private final Table table = filled();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "updated_at.asc,id.asc | or | (updated_at.gt.2026-01-01T00:00:00Z,and(updated_at.eq.2026-01-01T00:00:00Z,id.gt.00000000-0000-4000-8000-000000015000))",
        "id | id | gt.00000000-0000-4000-8000-000000015000",
        "contact_id.asc | contact_id | gt.c15000"
      })
  void a_page_by_keyset_looks_at_little_more_than_its_rows(
      String order, String parameter, String condition) {
    Planner.Found found = find(Map.of("order", List.of(order), parameter, List.of(condition)));

    assertThat(found.rows()).hasSize(1000);
    assertThat(found.rows().get(0).at(0)).isEqualTo("00000000-0000-4000-8000-000000015001");
    // The index begins at the time; the rows of that time before the id are passed over.
    assertThat(found.visited()).isLessThanOrEqualTo(order.startsWith("updated_at") ? 2001 : 1001);
  }

  @Test
  void rows_by_their_ids_are_looked_up() {
    Planner.Found found = find(Map.of("contact_id", List.of("in.(c00007,c00008,nobody)")));

    assertThat(found.rows()).hasSize(2);
    assertThat(found.visited()).isEqualTo(2);
  }

  private Planner.Found find(Map<String, List<String>> parameters) {
    Query query = Query.parse(parameters, Relation.of(table.definition()), Set.of());
    return Planner.page(table, query, 1000, false);
  }

  /** The thousand rows in the middle of the walk share one time. */
  private static Table filled() {
    Database database =
        new Database(
            Clock.systemUTC(), List.of(ContactsMaster.table("contacts_master")), changes -> {});
    Table table = database.tables().get("contacts_master");
    for (int i = 1; i <= ROWS; i++) {
      String month = i <= 14_500 ? "2025-12" : i <= 15_500 ? "2026-01" : "2026-02";
      database.load(
          table,
          PgJson.parse(
              "{\"id\":\"00000000-0000-4000-8000-%012d\",\"contact_id\":\"c%05d\",\"updated_at\":\"%s-01T00:00:00Z\"}"
                  .formatted(i, i, month)));
    }
    return table;
  }
}
