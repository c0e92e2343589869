package truthforge.sync.systems;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import truthforge.sync.ledger.Cursor;

/** Whether a reading is stored, or waits for a person (promise 8). */
class ReadingTest {

  private static Reading reading(Walk walk) {
    return new Reading(Cursor.none("local"), walk, Reading.Purpose.RECONCILE);
  }

  @Test
  void a_restored_source_waits_for_a_person() {
    Reading reading = reading(new Walk("local", null, null));
    reading.restored("its change feed is another one");
    assertThat(reading.isWithheld()).isTrue();
  }

  @Test
  void what_a_person_decided_is_read() {
    Reading reading = reading(new Walk("local", null, null)).asDecided();
    reading.restored("its change feed is another one");
    assertThat(reading.isWithheld()).isFalse();
  }

  @Test
  void a_source_that_is_restored_once_more_while_the_decision_is_carried_out_waits_again() {
    Reading reading = reading(new Walk("local", Walk.json(), null)).asDecided();
    reading.restored("its change feed is another one");
    assertThat(reading.isWithheld()).isTrue();
  }
}
