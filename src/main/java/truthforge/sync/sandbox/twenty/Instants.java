package truthforge.sync.sandbox.twenty;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** Times as Twenty keeps them: microseconds in the column, milliseconds in the API. */
final class Instants {
  private static final DateTimeFormatter API =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private Instants() {}

  static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  static String api(long micros) {
    return API.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
  }

  /**
   * @return microseconds since 1970, or null if the text is no time
   */
  static Long parse(String text) {
    try {
      if (text.length() == 10) {
        return micros(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
      }
      String iso = text.charAt(10) == ' ' ? text.substring(0, 10) + "T" + text.substring(11) : text;
      if (iso.matches(".*(Z|[+-]\\d\\d:\\d\\d)$")) {
        return micros(OffsetDateTime.parse(iso).toInstant());
      }
      return micros(LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException | StringIndexOutOfBoundsException e) {
      return null;
    }
  }

  static long toMillis(long micros) {
    return Math.floorDiv(micros, 1000L);
  }
}
