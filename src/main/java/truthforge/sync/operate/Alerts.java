package truthforge.sync.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;

/**
 * Tells who is to be told that a system fails, that something of it waits for a person, or that it
 * has recovered: once per change of state, also across restarts. Should the service die between the
 * telling and the noting of it, it is told twice; it is never left out.
 *
 * <p>Nothing personal is told: numbers, names of systems, and failures in plain words.
 */
public final class Alerts {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");
  private static final String SETTING = "alert.";

  private final Ledger ledger;
  private final List<String> systems;
  private final Availability availability;
  private final String address;
  private boolean failing;

  private enum State {
    GOOD,
    HELD,
    FAILING
  }

  /**
   * A change of state to tell.
   *
   * @param text as Slack takes it
   */
  public record Alert(String system, String state, String text) {

    /** The body of the post, in Slack's form. */
    public String json() {
      return JsonNodeFactory.instance.objectNode().put("text", text).toString();
    }
  }

  /**
   * @param address a secret; null where nobody is told
   */
  Alerts(Ledger ledger, List<String> systems, Availability availability, String address) {
    this.ledger = ledger;
    this.address = address;
    this.systems = List.copyOf(systems);
    this.availability = availability;
  }

  public String address() {
    return address;
  }

  /** The next change of state that was not told yet; null where there is none. */
  public Alert next() {
    for (String system : systems) {
      Alert alert = ledger.transaction(tx -> next(system, tx.countHeld(system), told(tx, system)));
      if (alert != null) {
        return alert;
      }
    }
    return null;
  }

  private static State told(LedgerTransaction tx, String system) {
    String told = tx.setting(SETTING + system);
    return told == null ? State.GOOD : State.valueOf(told);
  }

  private Alert next(String system, long held, State told) {
    String failure = availability.failure(system);
    State now = failure != null ? State.FAILING : held > 0 ? State.HELD : State.GOOD;
    // Right after a start nothing is known yet of a system that failed before.
    boolean unsure = told == State.FAILING && availability.lastRead(system) == null;
    if (now == told || unsure && now != State.FAILING) {
      return null;
    }
    String words =
        switch (now) {
          case FAILING -> system + " is failing: " + failure;
          case HELD -> held + " of " + system + " wait for a person: see 'held list'";
          case GOOD -> system + " has recovered";
        };
    return new Alert(system, now.name(), escaped("Truth Forge Sync: " + words));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** It was told. */
  public void told(Alert alert) {
    ledger.transaction(
        tx -> {
          tx.setSetting(SETTING + alert.system(), alert.state());
          return null;
        });
    failing = false;
  }

  /** It could not be told, and is tried again; the address is a secret and is not named. */
  public void failed(Alert alert) {
    if (!failing) {
      LOG.warn(
          "alert.webhook-url did not take that {} is {}; it is tried again",
          alert.system(),
          alert.state().toLowerCase(Locale.ROOT));
    }
    failing = true;
  }
}
