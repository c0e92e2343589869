package truthforge.sync.systems.supabase;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/** Deletes rows for good through PostgREST. */
public final class SupabaseErase {

  /** Tells the change feed to forget the rows as well. */
  private static final String ORIGIN = "truth-forge-sync/forget";

  private final String table;
  private final String idColumn;
  private final PostgrestFailures failures;

  public SupabaseErase(String table, String idColumn) {
    this.table = Terms.encoded(table);
    this.idColumn = Terms.encoded(idColumn);
    this.failures = new PostgrestFailures("supabase", table);
  }

  public List<HttpCall> calls(Collection<String> ids) {
    return Terms.inLists(ids.stream().map(Terms::quoted).toList()).stream()
        .map(
            list ->
                new HttpCall(
                        "DELETE",
                        "/" + table,
                        idColumn + "=in.(" + Terms.encoded(list) + ")&select=" + idColumn,
                        Map.of(),
                        null,
                        null)
                    .withHeader("Prefer", "return=representation")
                    .withHeader(SupabaseRest.ORIGIN_HEADER, ORIGIN))
        .toList();
  }

  public void check(HttpAnswer answer) throws BatchRefused {
    if (!answer.isSuccess()) {
      throw failures.refusal(answer);
    }
  }
}
