package truthforge.sync.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import truthforge.sync.config.Finding;

/**
 * What the commands need of the service. Foreseen trouble is thrown as {@link Problem}; a system
 * that does not answer as one with {@link Outcome#UNREACHABLE}.
 */
public interface Service extends AutoCloseable {

  /**
   * Synchronises until {@link #stop}.
   *
   * @param initialSync whether a system that has not been read yet gets its initial sync first;
   *     else such a system is a {@link Problem} that names {@code init} and {@code --initial-sync}
   */
  void run(boolean initialSync, Progress progress);

  /** The initial sync of everything, continued where it was stopped, with a verification. */
  VerifyReport init(Progress progress);

  /**
   * One cycle. Refuses a system that has not been read yet, as {@link #run} does.
   *
   * @param reconcile whether everything is read and compared, not only what changed
   */
  CycleSummary once(boolean reconcile);

  default CycleSummary once() {
    return once(false);
  }

  /** What {@link #init} or the next cycle would do. Writes nothing. */
  PlanReport plan(Progress progress);

  /** Reads all systems and compares. */
  VerifyReport verify(Progress progress);

  StatusReport status();

  /** Looks at configuration, connections, rights, clocks and limits. */
  List<Finding> doctor();

  /**
   * Creates what the systems lack.
   *
   * @param dryRun whether only to tell what that is
   */
  SetupReport setup(boolean dryRun);

  /**
   * Looks something up in the ledger, also while the service runs in another process. Nothing may
   * be decided.
   */
  <T> T look(Function<Decisions, T> question);

  /**
   * Decides something in the ledger: of this process's running service, or else of one that is not
   * running. While another process has it, that is a {@link Problem}.
   */
  <T> T decide(Function<Decisions, T> decision);

  /** From now on, also after a restart, a system is neither read nor written. */
  void pause(String system);

  /** Ends a pause; what changed meanwhile is found by the next cycle. */
  void resume(String system);

  /** While {@link #run} is at work, lets its operator edit contacts in the systems. */
  default void allowEdits(SampleEdits edits) {}

  /** From now on {@link #run} takes in edits of the routes while they are made. */
  default void watchRoutes() {}

  /**
   * Who is told where the operator's page is, once {@link #run} serves it.
   *
   * @param told is given its address, and the token that opens it
   */
  default void atPage(BiConsumer<URI, String> told) {}

  /** Copies the ledger, consistent while it is in use. */
  void backup(Path file);

  /**
   * Ends what is running after the batch at hand, from any thread. Returns when nothing is under
   * way any more; at once where nothing is.
   */
  void stop();

  @Override
  void close();
}
