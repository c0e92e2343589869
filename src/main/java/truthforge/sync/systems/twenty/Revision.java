package truthforge.sync.systems.twenty;

/**
 * The state in which a person was seen. A company that is destroyed leaves its people without one
 * and {@code updatedAt} where it was (recorded with 2.19), so the state tells besides the time in
 * which company the person was last seen: without it nobody could tell later, that the company is
 * gone from that the person left it.
 *
 * @param updatedAt as Twenty tells it
 * @param companyId null for none
 */
record Revision(String updatedAt, String companyId) {

  /** From its text; a null text is the state of a record that was never seen. */
  static Revision of(String text) {
    if (text == null) {
      return new Revision(null, null);
    }
    int blank = text.indexOf(' ');
    return blank < 0
        ? new Revision(text, null)
        : new Revision(text.substring(0, blank), text.substring(blank + 1));
  }

  String text() {
    return companyId == null ? updatedAt : updatedAt + " " + companyId;
  }
}
