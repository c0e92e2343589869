package truthforge.sync.cli;

/** The whole service against stand-ins, in a folder of its own. */
public interface Sandbox extends AutoCloseable {

  /**
   * @param contacts how many distinct persons are made who end live
   * @param seed of the sample contacts and of the live edits
   * @param port of the page, unless once; 0 takes a free one
   * @param once whether to end after the verification, instead of going on with live edits
   */
  record Settings(int contacts, long seed, int port, boolean once) {}

  /** Seeds, synchronises and verifies; then, unless once, edits until {@link #stop}. */
  VerifyReport run(Progress progress);

  /** As {@link Service#stop}. */
  void stop();

  @Override
  void close();
}
