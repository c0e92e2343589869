package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import truthforge.sync.ledger.Cursor;

class SourceClockTest {

  private static Cursor cursor(String position) {
    return new Cursor("supabase", position, null, Instant.EPOCH);
  }

  private static Cursor since(String time) {
    return cursor("{\"since\":\"" + time + "\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T12:00:00Z, 2026-01-01T12:00:00Z, false",
    "2026-01-01T12:00:00Z, 2026-01-01T13:00:00Z, false",
    "2026-01-01T12:00:00Z, 2026-01-01T11:59:55Z, false",
    "2026-01-01T12:00:00Z, 2026-01-01T11:59:54Z, true",
    "2026-01-01T12:00:00Z, 2026-01-01T11:00:00Z, true"
  })
  void a_clock_ran_back_where_it_stands_more_than_five_seconds_lower(
      String before, String after, boolean ranBack) {
    assertThat(SourceClock.ranBack(since(before), since(after))).isEqualTo(ranBack);
  }

  @Test
  void a_clock_in_microseconds_is_understood() {
    assertThat(
            SourceClock.ranBack(
                cursor("{\"since_us\":1000000000}"), cursor("{\"since_us\":994999999}")))
        .isTrue();
    assertThat(
            SourceClock.ranBack(
                cursor("{\"since_us\":1000000000}"), cursor("{\"since_us\":995000000}")))
        .isFalse();
  }

  @Test
  void without_a_time_before_or_after_no_clock_ran_back() {
    Cursor late = since("2026-01-01T12:00:00Z");
    Cursor none = cursor("{\"feed\":{\"identity\":\"a\"}}");

    assertThat(SourceClock.ranBack(Cursor.none("supabase"), late)).isFalse();
    assertThat(SourceClock.ranBack(none, late)).isFalse();
    assertThat(SourceClock.ranBack(late, none)).isFalse();
  }
}
