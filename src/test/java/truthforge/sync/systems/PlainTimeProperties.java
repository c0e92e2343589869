package truthforge.sync.systems;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PlainTimeProperties {

  @Property(tries = 500)
  void a_time_reads_as_by_the_general_reader(@ForAll("times") Instant time) {
    assertThat(PlainTime.read(time.toString())).isEqualTo(time);
  }

  @Property(tries = 500)
  void what_it_reads_the_general_reader_reads_alike(@ForAll("texts") String text) {
    Instant read = PlainTime.read(text);
    if (read != null) {
      assertThat(read).isEqualTo(general(text));
    }
  }

  private static Instant general(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  @Provide
  Arbitrary<Instant> times() {
    return Arbitraries.longs()
        .between(
            Instant.parse("0001-01-01T00:00:00Z").toEpochMilli(),
            Instant.parse("9999-12-31T23:59:59Z").toEpochMilli())
        .flatMap(
            millis ->
                Arbitraries.of(0, 1, 123_000, 999_999)
                    .map(nanos -> Instant.ofEpochMilli(millis).plusNanos(nanos)));
  }

  /** Near to a time: days that months do not have, hours beyond a day, a digit too many or few. */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "2026-02-28T23:59:59.123456Z", "2024-02-29T00:00:00Z", "1999-12-31T12:30:15.5Z")
        .flatMap(
            text ->
                Arbitraries.integers()
                    .between(0, text.length() - 1)
                    .flatMap(
                        at ->
                            Arbitraries.of("0", "1", "3", "9", "-", ".", "Z", " ", "", "00")
                                .map(
                                    with ->
                                        text.substring(0, at) + with + text.substring(at + 1))));
  }
}
