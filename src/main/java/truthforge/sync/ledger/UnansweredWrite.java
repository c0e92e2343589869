package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import truthforge.sync.contact.Value;

/**
 * A write that was begun: noted before it is sent, kept until it is answered or the record has been
 * read in another state.
 *
 * @param id of the write
 * @param bound the version that {@code sentVersion} rises to when the write arrived
 * @param onRevision the state that the write is conditional on; null for a creation
 * @param values per field what the system will hold, deletion included
 */
public record UnansweredWrite(
    String id, long bound, String onRevision, Map<String, Value> values, Instant begun) {
  public UnansweredWrite {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }
}
