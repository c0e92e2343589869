package truthforge.sync.ledger;

import java.util.Map;
import truthforge.sync.contact.ByField;
import truthforge.sync.contact.FieldState;

/** What a system was seen to hold, as it is stored: of the most records nothing is asked of it. */
final class StoredSeen extends ByField<Seen> {

  private final String text;
  private final Map<String, FieldState> contact;

  /**
   * @param contact the fields of the contact as they are stored beside it
   */
  StoredSeen(String text, Map<String, FieldState> contact) {
    super(() -> LedgerJson.toSeen(text, contact));
    this.text = text;
    this.contact = contact;
  }

  /** Null where it must be written anew, the contact being another by now. */
  String textBeside(Map<String, FieldState> fields) {
    return fields == contact ? text : null;
  }
}
