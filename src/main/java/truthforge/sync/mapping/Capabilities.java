package truthforge.sync.mapping;

import java.util.Map;
import java.util.Set;
import truthforge.sync.contact.Value;

/** What one system can hold of a contact: all that the merge needs to know of a system. */
public interface Capabilities {

  /** The system's name: {@code bigquery}, {@code twenty}, {@code supabase} or {@code local}. */
  String system();

  /** All fields that the system has a place for. */
  Set<String> fieldNames();

  /** What the system takes of values, by field; a field without limits is missing. */
  default Map<String, Limit> limits() {
    return Map.of();
  }

  /** Whether an answer of this system can tell the field. */
  boolean reads(String field);

  /** Whether the field may be written to this system. */
  boolean writes(String field);

  /**
   * What the system will hold, as it will be read back, when it is given this value: its own
   * rewriting foreseen, and parts that it is known to refuse left out.
   *
   * @return never null; empty where the system can hold nothing of it
   */
  Value held(String field, Value canonical);
}
