package truthforge.sync.systems;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import truthforge.sync.systems.FeedPosition.Bounds;
import truthforge.sync.systems.FeedPosition.Gap;

class FeedPositionTest {

  private static final FeedPosition HERE = new FeedPosition("db", 100, 7);

  private static Bounds bounds(String identity, long endTxid, long prunedTxid, long prunedSeq) {
    return new Bounds(new FeedPosition(identity, endTxid, 0), null, prunedTxid, prunedSeq);
  }

  @Test
  void it_survives_the_json_of_a_cursor() {
    ObjectNode json = Walk.json().put("since", "2026-01-01T00:00:00Z");
    HERE.putInto(json);

    assertThat(json)
        .hasToString(
            "{\"since\":\"2026-01-01T00:00:00Z\",\"feed\":{\"identity\":\"db\",\"txid\":100,\"seq\":7}}");
    assertThat(FeedPosition.in(json)).isEqualTo(HERE);
  }

  @Test
  void without_transactions_none_is_written() {
    ObjectNode json = Walk.json();
    new FeedPosition("file", 0, 7).putInto(json);

    assertThat(json).hasToString("{\"feed\":{\"identity\":\"file\",\"seq\":7}}");
    assertThat(FeedPosition.in(json)).isEqualTo(new FeedPosition("file", 0, 7));
  }

  @Test
  void a_cursor_of_before_the_feed_has_no_position() {
    assertThat(FeedPosition.in(Walk.json().put("since", "x"))).isNull();
    assertThat(FeedPosition.in(null)).isNull();
  }

  @Test
  void the_transaction_counts_before_the_number_of_the_entry() {
    assertThat(new FeedPosition("db", 101, 1).isAfter(HERE)).isTrue();
    assertThat(new FeedPosition("db", 100, 8).isAfter(HERE)).isTrue();
    assertThat(new FeedPosition("db", 99, 900).isAfter(HERE)).isFalse();
    assertThat(HERE.isAfter(HERE)).isFalse();
  }

  @Test
  void a_feed_that_goes_on_is_read_on() {
    assertThat(HERE.gapIn(bounds("db", 101, 0, 0))).isEmpty();
  }

  @Test
  void another_database_is_a_gap() {
    assertThat(HERE.gapIn(bounds("restored", 101, 0, 0))).contains(Gap.ANOTHER_DATABASE);
  }

  @Test
  void a_database_that_renewed_its_identity_once_is_the_same() {
    FeedPosition end = new FeedPosition("renewed", 101, 0);

    assertThat(HERE.gapIn(new Bounds(end, "db", 0, 0))).isEmpty();
    assertThat(HERE.gapIn(new Bounds(end, "older", 0, 0))).contains(Gap.ANOTHER_DATABASE);
  }

  @Test
  void a_feed_that_was_set_up_anew_in_the_same_database_has_missed_changes() {
    FeedPosition reached = new FeedPosition("db/1", 100, 7);

    assertThat(reached.gapIn(bounds("db/2", 101, 0, 0))).contains(Gap.MISSED);
    assertThat(reached.gapIn(bounds("restored/1", 101, 0, 0))).contains(Gap.ANOTHER_DATABASE);
  }

  @Test
  void only_another_or_an_older_database_is_a_surprise() {
    assertThat(Gap.values()).filteredOn(Gap::isSurprise).doesNotContain(Gap.MISSED).hasSize(2);
  }

  @Test
  void a_feed_that_ends_before_the_position_was_put_back() {
    assertThat(HERE.gapIn(bounds("db", 100, 0, 0))).contains(Gap.RAN_BACK);
  }

  @Test
  void entries_behind_the_position_that_are_not_kept_are_a_gap() {
    assertThat(HERE.gapIn(bounds("db", 200, 100, 8))).contains(Gap.MISSED);
  }

  @Test
  void what_was_read_may_be_missing() {
    assertThat(HERE.gapIn(bounds("db", 200, 100, 7))).isEmpty();
    assertThat(HERE.gapIn(bounds("db", 200, 100, 0))).isEmpty();
  }
}
