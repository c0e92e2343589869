package truthforge.sync.flow;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.merge.Sighting.Observation;

/**
 * Records that belong to no contact because a person said so. A refusal stands until the record
 * says something else: then the person is asked anew.
 */
public final class Refusals {

  private Refusals() {}

  static void remember(LedgerTransaction tx, Observation record) {
    tx.setSetting(name(record), content(record));
    tx.setSetting(anyIn(record.system()), "yes");
  }

  /** Whether a record of the system was ever refused: if not, none need be asked for. */
  static boolean areAny(LedgerTransaction tx, String system) {
    return tx.setting(anyIn(system)) != null;
  }

  private static String anyIn(String system) {
    return "refused." + system;
  }

  /** Whether the record, as it is now, is to be left alone. */
  public static boolean stands(LedgerTransaction tx, Observation record) {
    return content(record).equals(tx.setting(name(record)));
  }

  static void drop(LedgerTransaction tx, String system, String externalId) {
    tx.setSetting(name(system, externalId), null);
  }

  private static String name(Observation record) {
    return name(record.system(), record.externalId());
  }

  private static String name(String system, String externalId) {
    return "refused." + system + "." + externalId;
  }

  /** A hash: what the record says is not to be read out of a setting. */
  private static String content(Observation record) {
    TreeMap<String, String> values = new TreeMap<>();
    record.values().forEach((field, value) -> values.put(field, value.toJson().toString()));
    String all = record.contactId() + " " + record.deleted() + " " + values;
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
