package truthforge.sync.systems.bigquery;

/**
 * What a statement that writes did.
 *
 * @param affectedRows how many rows it changed; BigQuery does not tell which
 * @param clear whether that alone tells what became of each write
 */
public record BigQueryAnswer(BigQueryCall call, long affectedRows, boolean clear) {}
