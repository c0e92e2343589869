package truthforge.sync.systems.bigquery;

import java.util.List;
import truthforge.sync.flow.Batch;

/**
 * How a batch, or some of its writes, are sent.
 *
 * @param way what is done with them
 * @param statement null where nothing is sent
 * @param rows the staging table's rows as JSON, one text each; empty where there is none
 * @param staging the staging table's name; null where there is none
 * @param batch whose writes it holds, and no other
 * @param updatedMicros what {@code updated_at} of the rows becomes; no other call has the same
 */
public record BigQueryCall(
    Way way,
    BigQueryStatement statement,
    List<String> rows,
    String staging,
    Batch batch,
    long updatedMicros) {

  /** What is done with the writes of a call. */
  public enum Way {
    /** One statement, which carries its rows, in one HTTP call. */
    STATEMENT,
    /** Its rows are loaded into a table of their own, from which one statement takes them. */
    STAGED,
    /** Nothing: the table cannot hold these contacts. */
    UNFIT
  }

  public BigQueryCall {
    rows = List.copyOf(rows);
  }

  static BigQueryCall ofUnfit(Batch batch) {
    return new BigQueryCall(Way.UNFIT, null, List.of(), null, batch, 0);
  }

  static BigQueryCall of(BigQueryStatement statement, Batch batch, long updatedMicros) {
    return new BigQueryCall(Way.STATEMENT, statement, List.of(), null, batch, updatedMicros);
  }

  static BigQueryCall ofStaged(
      BigQueryStatement statement,
      List<String> rows,
      String staging,
      Batch batch,
      long updatedMicros) {
    return new BigQueryCall(Way.STAGED, statement, rows, staging, batch, updatedMicros);
  }

  public boolean isUnfit() {
    return way == Way.UNFIT;
  }

  public boolean isStaged() {
    return way == Way.STAGED;
  }
}
