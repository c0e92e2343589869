package truthforge.sync.mapping;

import truthforge.sync.contact.Field;

/**
 * Where and how one field of a contact is kept in one system.
 *
 * @param path in that system's record, its parts parted by dots: {@code name.firstName}
 */
public record Entry(Field field, String path, Codec codec, Access access) {

  /** The property of the record that holds the field: a column, or a field of the CRM. */
  public String topLevelProperty() {
    int dot = path.indexOf('.');
    return dot < 0 ? path : path.substring(0, dot);
  }
}
