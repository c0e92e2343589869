package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import truthforge.sync.contact.Value;

/**
 * A write that was begun: noted before it is sent, kept until it is answered or the record has been
 * read in another state. A field that this reading did not tell is kept until one does, and a
 * creation until the record is read that carries the id it was created with.
 *
 * @param id of the write
 * @param bound the version that {@code sentVersion} rises to when the write arrived
 * @param onRevision the state that the write is conditional on; null for a creation
 * @param values per field what the system will hold, deletion included
 * @param arrived it is known to have arrived, and kept for the fields that were not told since
 * @param ofAnother it is a creation, and the record that is known shows no trace of it: it may have
 *     made another, which is our own when it is read
 */
public record UnansweredWrite(
    String id,
    long bound,
    String onRevision,
    Map<String, Value> values,
    Instant begun,
    boolean arrived,
    boolean ofAnother) {
  public UnansweredWrite {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  /** One of which nothing is known. */
  public UnansweredWrite(
      String id, long bound, String onRevision, Map<String, Value> values, Instant begun) {
    this(id, bound, onRevision, values, begun, false);
  }

  /** One that is not known to have made another record. */
  public UnansweredWrite(
      String id,
      long bound,
      String onRevision,
      Map<String, Value> values,
      Instant begun,
      boolean arrived) {
    this(id, bound, onRevision, values, begun, arrived, false);
  }

  /** The same, of another record than the one that is known, or of the next that is met. */
  public UnansweredWrite ofAnother(boolean isOfAnother) {
    return new UnansweredWrite(id, bound, onRevision, values, begun, arrived, isOfAnother);
  }

  /** What is left of it where only these fields are open. */
  public UnansweredWrite of(Collection<String> fields, boolean hasArrived) {
    Map<String, Value> left = new TreeMap<>(values);
    left.keySet().retainAll(fields);
    return new UnansweredWrite(id, bound, onRevision, left, begun, hasArrived, ofAnother);
  }
}
