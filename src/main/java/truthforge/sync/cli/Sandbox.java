package truthforge.sync.cli;

import java.time.Duration;

/** The whole service against stand-ins, in a folder of its own. */
public interface Sandbox extends AutoCloseable {

  /**
   * @param contacts how many distinct persons are made who end live
   * @param seed of the sample contacts and of the live edits
   * @param port of the page, where there are live edits; 0 takes a free one
   * @param edits how long live edits go on; zero for none, null until {@link #stop}
   */
  record Settings(int contacts, long seed, int port, Duration edits) {}

  /**
   * Seeds, synchronises and verifies; then edits as long as it was set, lets the last edits arrive,
   * and verifies again.
   */
  VerifyReport run(Progress progress);

  /** As {@link Service#stop}. */
  void stop();

  @Override
  void close();
}
