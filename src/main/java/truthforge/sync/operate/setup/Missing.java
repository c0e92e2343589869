package truthforge.sync.operate.setup;

/**
 * One thing that a system lacks.
 *
 * @param what for people: {@code column contacts_master.notes}
 * @param statement the SQL text or the request that creates it, without secrets; for what only a
 *     person can do, what that is
 * @param creation creates it; null where only a person can
 * @param essential whether the system cannot be synchronised at all without it
 */
record Missing(String what, String statement, Runnable creation, boolean essential) {

  static Missing created(String what, String statement, Runnable creation) {
    return new Missing(what, statement, creation, false);
  }

  static Missing byHand(String what, String statement) {
    return new Missing(what, statement, null, false);
  }

  Missing asEssential() {
    return new Missing(what, statement, creation, true);
  }

  /** What to call a change feed that is there as a former version made it, and works. */
  static String presentFeed(String table) {
    return "change feed of " + table + " in its present form, which slows writing far less";
  }

  boolean isByHand() {
    return creation == null;
  }
}
