package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import truthforge.sync.contact.FieldState;

/**
 * A write without a condition, of which the system has yet to tell what it replaced (promise 1).
 * Noted before it is sent: an edit made in that moment may be nowhere else.
 *
 * @param written per field what was to be there, with who had said so and when; the latter may be
 *     null
 * @param was the record as it was read before, as JSON in the system's terms
 * @param readAt when that was, by the system's clock
 * @param writtenAt by our clock
 */
public record Watch(
    String contactId,
    String externalId,
    Map<String, FieldState> written,
    String was,
    Instant readAt,
    Instant writtenAt) {
  public Watch {
    written = Collections.unmodifiableMap(new TreeMap<>(written));
  }

  public Watch withWrittenAt(Instant newWrittenAt) {
    return new Watch(contactId, externalId, written, was, readAt, newWrittenAt);
  }
}
