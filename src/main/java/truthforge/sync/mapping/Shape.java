package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/** How one shape is read and written. */
interface Shape {

  /**
   * @param node not null; JSON null never gets here
   */
  Value read(FieldType type, JsonNode node);

  /** What the system can hold of a value. */
  Split split(Value value, Traits traits);

  /**
   * The system's form of a value.
   *
   * @param held what {@link #split} left
   * @param current what the record has in this place; null if nothing or unknown
   */
  JsonNode write(Value held, JsonNode current, Traits traits);

  /**
   * @param held as it will be read back
   * @param refused what was left out
   */
  record Split(Value held, Withheld refused) {

    static Split all(Value value) {
      return new Split(value, Withheld.NONE);
    }

    static Split none(Value value, String reason) {
      return new Split(Value.EMPTY, new Withheld(value, reason));
    }
  }
}
