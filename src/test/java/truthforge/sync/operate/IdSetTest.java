package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdSetTest {

  @Test
  void it_holds_what_was_added_and_nothing_else() {
    IdSet ids = new IdSet();
    for (int i = 0; i < 50_000; i++) {
      ids.add("person-" + i);
    }

    for (int i = 0; i < 100_000; i++) {
      assertThat(ids.contains("person-" + i)).isEqualTo(i < 50_000);
    }
  }

  @Test
  void what_is_added_twice_counts_once() {
    IdSet ids = new IdSet();
    ids.add("a");
    ids.add("a");
    ids.add("b");

    assertThat(ids.size()).isEqualTo(2);
  }
}
