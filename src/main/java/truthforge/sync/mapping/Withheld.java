package truthforge.sync.mapping;

import truthforge.sync.contact.Value;

/**
 * The part of a value that a system is known to refuse, so that it is not sent there.
 *
 * @param part empty where nothing is withheld
 * @param reason for people, without the value itself; empty text where nothing is withheld
 */
public record Withheld(Value part, String reason) {

  public static final Withheld NONE = new Withheld(Value.EMPTY, "");

  public boolean isNone() {
    return part.isEmpty();
  }
}
