package truthforge.sync.sandbox;

import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/**
 * The systems that samples are put into and that live edits are made in, each with the tables of
 * the design: {@code identity.contacts_master} in BigQuery, {@code contacts_master} in the others.
 *
 * @param bigquery asks for no token
 * @param project the project that the stand-in of BigQuery has
 * @param localJdbcUrl of a SQLite database
 */
public record SampleSystems(
    BigQueryStandIn bigquery,
    String project,
    TwentyStandIn twenty,
    SupabaseStandIn supabase,
    String localJdbcUrl) {

  static final String DATASET = "identity";
  static final String TABLE = "contacts_master";
}
