package truthforge.sync.systems.jdbc;

/**
 * Notices that a table may have changed, and wakes who reads it. What it tells is a hint and no
 * data.
 */
public interface ChangeListener extends AutoCloseable {

  void start();

  /** Afterwards nobody is woken any more. */
  @Override
  void close();
}
