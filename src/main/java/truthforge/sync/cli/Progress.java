package truthforge.sync.cli;

/** Is told how a long task goes on. Safe for several threads. */
public interface Progress {

  /**
   * A part of the task begins; the one before it ends.
   *
   * @param what for example {@code reading twenty}
   * @param total how many there are; 0 where that is not known
   * @param done how many of them were done before
   */
  void begin(String what, long total, long done);

  /** The same where nothing of it is done yet. */
  default void begin(String what, long total) {
    begin(what, total, 0);
  }

  /** So many more are done. */
  void advance(long more);

  /** The last part has ended. */
  void end();
}
