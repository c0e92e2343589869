package truthforge.sync.cli;

/** Is told how a long task goes on. Safe for several threads. */
public interface Progress {

  /**
   * A part of the task begins; the one before it ends.
   *
   * @param what for example {@code reading twenty}
   * @param total how many there are; 0 where that is not known
   */
  void begin(String what, long total);

  /** So many more are done. */
  void advance(long more);

  /** The last part has ended. */
  void end();
}
