package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Bytes give back exactly the text that they were made of. */
class DenseProperties {

  @Property(tries = 1000)
  void a_text_that_becomes_bytes_reads_back(@ForAll("texts") String text) {
    byte[] bytes = Dense.ofText(text);
    if (bytes != null) {
      assertThat(Dense.toText(bytes)).isEqualTo(text);
    }
  }

  @Property(tries = 300)
  void an_id_that_becomes_bytes_reads_back(@ForAll("ids") String id) {
    byte[] bytes = Dense.ofId(id);
    if (bytes != null) {
      assertThat(bytes).hasSize(16);
      assertThat(Dense.toId(bytes)).isEqualTo(id);
    }
  }

  @Example
  void what_there_are_many_of_becomes_a_few_bytes() {
    String uuid = "6cdd3ee8-97a0-4eb4-a6f2-bbcf3fabe4e5";
    assertThat(Dense.ofId(uuid)).hasSize(16);
    assertThat(Dense.ofText("2026-03-01T12:00:00.123456Z")).hasSize(11);
    assertThat(Dense.ofText("2026-03-01T12:00:00.123456+00:00")).hasSize(11);
    assertThat(Dense.ofText("2026-03-01T12:00:00Z")).hasSize(8);
    assertThat(Dense.ofText("2026-03-01T12:00:00.123Z " + uuid)).hasSize(26);
    assertThat(Dense.ofText("etag:897516abb280c83e84fcd418de91658b")).hasSize(17);
    assertThat(Dense.ofText("{\"=\":\"acz\",\"-\":\"bB\"}")).hasSize(9);
  }

  @Provide
  Arbitrary<String> ids() {
    Arbitrary<String> uuids = Arbitraries.create(UUID::randomUUID).map(UUID::toString);
    return Arbitraries.oneOf(
        uuids,
        uuids.map(String::toUpperCase),
        broken(uuids),
        Arbitraries.strings().ofLength(36),
        Arbitraries.strings().ofMaxLength(40));
  }

  /** With one of its characters another one. */
  private static Arbitrary<String> broken(Arbitrary<String> texts) {
    return Combinators.combine(
            texts, Arbitraries.integers().between(0, 99), Arbitraries.chars().ascii())
        .as(
            (text, place, other) -> {
              int at = place % text.length();
              return text.substring(0, at) + other + text.substring(at + 1);
            });
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> times =
        Combinators.combine(
                Arbitraries.longs().between(-100_000_000_000L, 100_000_000_000L),
                Arbitraries.longs().between(0, 999_999_999),
                Arbitraries.of(ChronoUnit.SECONDS, ChronoUnit.MILLIS, ChronoUnit.MICROS),
                Arbitraries.of("Z", "+00:00", "+01:00", "-00:00", ""),
                Arbitraries.of("", " ", " " + UUID.randomUUID(), "x"))
            .as(
                (second, nano, unit, offset, more) ->
                    Instant.ofEpochSecond(second, nano)
                            .truncatedTo(unit)
                            .toString()
                            .replace("Z", offset)
                        + more);
    Arbitrary<String> seen =
        Combinators.combine(
                letters(),
                letters(),
                Arbitraries.of("}", ",\"v\":false}", "", ",", ",\"ä\":\"x\"}"))
            .as((same, empties, end) -> "{\"=\":\"" + same + "\",\"-\":\"" + empties + "\"" + end);
    Arbitrary<String> tags =
        Arbitraries.strings()
            .withChars("0123456789abcdefA")
            .ofMinLength(31)
            .ofMaxLength(33)
            .map(hex -> "etag:" + hex);
    Arbitrary<String> known = Arbitraries.oneOf(List.of(times, seen, tags));
    return Arbitraries.oneOf(known, broken(known), Arbitraries.strings().ofMaxLength(60));
  }

  private static Arbitrary<String> letters() {
    return Arbitraries.oneOf(
        Arbitraries.integers()
            .between(0, (1 << 29) - 1)
            .map(bits -> LedgerJson.appendLetters(new StringBuilder(), bits).toString()),
        Arbitraries.strings().withChars("abyzABCD\"").ofMaxLength(6));
  }
}
