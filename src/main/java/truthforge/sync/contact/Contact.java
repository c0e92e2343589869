package truthforge.sync.contact;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * A person or business as agreed by all systems: the canonical contact.
 *
 * <p>Immutable. A field that never held anything has no state.
 *
 * @param id stable in all systems
 * @param version rises with every change of any field; 0 before the first
 * @param fields by name, {@link Fields#DELETED} among them
 * @param createdAt the earliest known time of creation; null while unknown
 */
public record Contact(String id, long version, Map<String, FieldState> fields, Instant createdAt) {

  public Contact {
    fields = ByField.copyOf(fields);
  }

  public static Contact blank(String id) {
    return new Contact(id, 0, Map.of(), null);
  }

  /** What the field holds; empty where it never held anything. */
  public Value value(String field) {
    FieldState state = fields.get(field);
    return state == null ? Value.EMPTY : state.value();
  }

  /** The version at which the field last changed; 0 where it never did. */
  public long versionOf(String field) {
    FieldState state = fields.get(field);
    return state == null ? 0 : state.version();
  }

  public boolean isDeleted() {
    return !value(Fields.DELETED).isEmpty();
  }

  /** The id of the contact that this one was merged into; null where it was not. */
  public String mergedInto() {
    return value(Fields.MERGED_INTO) instanceof Value.Text id ? id.text() : null;
  }

  /** When the contact last changed; null where it never did. */
  public Instant updatedAt() {
    return fields.values().stream()
        .map(FieldState::at)
        .filter(Objects::nonNull)
        .max(Instant::compareTo)
        .orElse(null);
  }

  /** The system of the last change; null where there was none. */
  public String updatedBy() {
    return fields.values().stream()
        .max((a, b) -> Long.compare(a.version(), b.version()))
        .map(FieldState::by)
        .orElse(null);
  }
}
