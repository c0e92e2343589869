package truthforge.sync.mapping;

import java.util.function.UnaryOperator;

/**
 * Where a system's record keeps what is not merged as a field. Each is null where the system has no
 * such thing.
 *
 * @param id the system's own key of the record
 * @param contactId the contact's id
 * @param deletedAt when the contact was deleted
 * @param createdAt when it was created
 * @param updatedAt when the record last changed
 * @param syncMetadata version, last change and its origin, for people to see
 */
public record RecordPaths(
    String id,
    String contactId,
    String deletedAt,
    String createdAt,
    String updatedAt,
    String syncMetadata) {

  RecordPaths each(UnaryOperator<String> change) {
    return new RecordPaths(
        change.apply(id),
        change.apply(contactId),
        change.apply(deletedAt),
        change.apply(createdAt),
        change.apply(updatedAt),
        change.apply(syncMetadata));
  }
}
