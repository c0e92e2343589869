package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MeanwhileTest {

  private final List<String> done = new ArrayList<>();
  private final Meanwhile whenWaitedFor = new Meanwhile(never -> {});

  private void begin(Meanwhile meanwhile, String what) {
    meanwhile.begin(
        () -> {
          done.add(what);
          return () -> done.add("after " + what);
        });
  }

  @Test
  void its_owner_goes_on_and_waits_for_it_at_the_next_step() {
    begin(whenWaitedFor, "one");
    assertThat(done).isEmpty();

    begin(whenWaitedFor, "two");
    assertThat(done).containsExactly("one", "after one");

    whenWaitedFor.settle();
    assertThat(done).containsExactly("one", "after one", "two", "after two");
  }

  @Test
  void what_is_done_at_once_is_waited_for_at_once() {
    begin(new Meanwhile(Runnable::run), "one");

    assertThat(done).containsExactly("one", "after one");
  }

  @Test
  void nothing_is_done_twice() {
    Meanwhile both = new Meanwhile(Runnable::run);
    begin(both, "one");
    both.settle();

    assertThat(done).containsExactly("one", "after one");
  }

  @Test
  void a_failure_is_told_at_the_next_step_which_is_not_begun() {
    whenWaitedFor.begin(
        () -> {
          throw new IllegalStateException("the disk is full");
        });

    assertThatThrownBy(() -> begin(whenWaitedFor, "two")).hasMessage("the disk is full");
    whenWaitedFor.settle();
    assertThat(done).isEmpty();
  }

  @Test
  void what_is_left_is_done_by_the_owners_own_thread() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Meanwhile meanwhile = new Meanwhile(other);
      AtomicReference<Thread> left = new AtomicReference<>();
      meanwhile.begin(() -> () -> left.set(Thread.currentThread()));
      meanwhile.settle();

      assertThat(left).hasValue(Thread.currentThread());
    } finally {
      other.shutdownNow();
    }
  }

  /** What is being stored is not given up because somebody wants the thread to end. */
  @Test
  void an_interrupt_is_kept_until_it_is_done() {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Meanwhile meanwhile = new Meanwhile(other);
      begin(meanwhile, "one");
      Thread.currentThread().interrupt();
      meanwhile.settle();

      assertThat(Thread.interrupted()).isTrue();
      assertThat(done).containsExactly("one", "after one");
    } finally {
      other.shutdownNow();
    }
  }
}
