package truthforge.sync.ledger;

/** Does to a ledger's own connection what a disk does to its file. */
public final class SqliteLedgerHandle {

  private SqliteLedgerHandle() {}

  /** Runs a PRAGMA on the connection of all transactions. */
  public static void pragma(Ledger ledger, String pragma) {
    ((JdbcLedger) ledger).pragma(pragma);
  }
}
