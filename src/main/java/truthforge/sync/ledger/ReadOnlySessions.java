package truthforge.sync.ledger;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Ends a session of PostgreSQL that may only read: whoever lets the database write again, for which
 * Supabase waits while its disk is full, lets new sessions alone.
 */
public final class ReadOnlySessions implements SQLExceptionOverride {

  private static final String READ_ONLY = "25006";

  @java.lang.Override
  public Override adjudicate(SQLException e) {
    return READ_ONLY.equals(e.getSQLState()) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
  }
}
