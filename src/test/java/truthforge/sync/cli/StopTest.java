package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StopTest {

  private static final int NOT_HALTED = -1;

  private final AtomicInteger halted = new AtomicInteger(NOT_HALTED);
  private final Stop stop = Stop.unwatched(Terminal.ofTheProcess(), halted::set);

  @Test
  void a_signal_ends_the_command_and_the_process_with_its_exit_code() throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    stop.by(told::countDown);
    Thread signal = new Thread(stop::onSignal);
    signal.start();

    told.await();
    stop.ended(ExitCodes.UNREACHABLE);
    signal.join();

    assertThat(halted).hasValue(ExitCodes.UNREACHABLE);
  }

  @Test
  void a_command_that_changes_nothing_is_not_waited_for() {
    stop.changesNothing();

    stop.onSignal();

    assertThat(halted).hasValue(ExitCodes.FOUND);
  }

  @Test
  void a_process_that_ends_by_itself_keeps_its_exit_code() {
    stop.ended(ExitCodes.DONE);

    stop.onSignal();

    assertThat(halted).hasValue(NOT_HALTED);
  }

  @Test
  void a_signal_that_comes_before_the_task_can_be_ended_ends_it_as_soon_as_it_can()
      throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    Thread signal = new Thread(stop::onSignal);
    signal.start();
    while (signal.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }

    stop.by(told::countDown);

    assertThat(told.getCount()).isZero();
    stop.ended(ExitCodes.DONE);
    signal.join();
    assertThat(halted).hasValue(ExitCodes.DONE);
  }
}
