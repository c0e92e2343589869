package truthforge.sync.cli;

/** The whole service against stand-ins, in a folder of its own. */
public interface Sandbox extends AutoCloseable {

  /**
   * @param contacts how many distinct persons are made who end live
   * @param seed of the sample contacts and of the live edits
   * @param once whether to end after the verification, instead of going on with live edits
   */
  record Settings(int contacts, long seed, boolean once) {}

  /** Seeds, synchronises and verifies; then, unless once, edits until {@link #stop}. */
  VerifyReport run(Progress progress);

  /** As {@link Service#stop}. */
  void stop();

  @Override
  void close();
}
