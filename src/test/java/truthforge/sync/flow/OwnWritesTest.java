package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OwnWritesTest {

  private static final String SYSTEM = "local";

  private final OwnWrites own = new OwnWrites();

  @BeforeEach
  void writeTwoRows() {
    own.begin(SYSTEM, "feed", 10, 100);
    own.note(SYSTEM, 50, List.of("a", "b"));
  }

  @Test
  void the_entry_of_a_row_that_we_wrote_is_passed_over() {
    assertThat(own.passOver(SYSTEM, 50, "a")).isTrue();
    assertThat(own.passOver(SYSTEM, 50, "b")).isTrue();
  }

  @Test
  void another_row_of_the_same_transaction_is_read() {
    assertThat(own.passOver(SYSTEM, 50, "c")).isFalse();
  }

  @Test
  void the_same_row_of_another_transaction_is_read() {
    assertThat(own.passOver(SYSTEM, 51, "a")).isFalse();
  }

  @Test
  void the_same_row_of_another_system_is_read() {
    assertThat(own.passOver("supabase", 50, "a")).isFalse();
  }

  @Test
  void a_second_entry_of_the_same_transaction_is_read() {
    own.passOver(SYSTEM, 50, "a");

    assertThat(own.passOver(SYSTEM, 50, "a")).isFalse();
  }

  @Test
  void a_feed_that_goes_on_still_tells_of_our_writes() {
    own.begin(SYSTEM, "feed", 50, 200);

    assertThat(own.passOver(SYSTEM, 50, "a")).isTrue();
  }

  @Test
  void of_another_feed_nothing_is_known() {
    own.begin(SYSTEM, "another", 10, 100);

    assertThat(own.passOver(SYSTEM, 50, "a")).isFalse();
  }

  @Test
  void of_a_feed_that_ran_back_nothing_is_known() {
    own.begin(SYSTEM, "feed", 10, 50);
    own.begin(SYSTEM, "feed", 10, 100);

    assertThat(own.passOver(SYSTEM, 50, "a")).isFalse();
  }

  @Test
  void of_a_transaction_of_several_statements_nothing_is_known() {
    own.note(SYSTEM, 50, List.of("c"));
    own.note(SYSTEM, 50, List.of("d"));

    assertThat(List.of("a", "b", "c", "d")).noneMatch(id -> own.passOver(SYSTEM, 50, id));
  }

  @Test
  void what_is_forgotten_is_read() {
    own.forget(SYSTEM);

    assertThat(own.passOver(SYSTEM, 50, "a")).isFalse();
  }

  @Test
  void of_more_rows_than_can_be_remembered_the_oldest_are_read() {
    List<String> many = IntStream.range(0, 1 << 19).mapToObj(i -> "" + i).toList();
    own.note(SYSTEM, 60, many);
    own.note(SYSTEM, 61, many);

    assertThat(own.passOver(SYSTEM, 50, "a")).isFalse();
    assertThat(own.passOver(SYSTEM, 60, "7")).isTrue();
  }
}
