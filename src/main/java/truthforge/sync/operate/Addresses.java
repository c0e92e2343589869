package truthforge.sync.operate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.SourceAlarm;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Sighting.Observation;

/**
 * Where the records that the ledger knows are. A system that was set up to be somewhere else, and
 * shows others there, is not what was read before: its former records are not deleted (promise 8).
 * One that was only given another name shows the same ones, and goes on.
 */
final class Addresses {

  private static final String ADDRESS = "address.";

  private final Configuration configuration;
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Set<String> arrived = ConcurrentHashMap.newKeySet();

  Addresses(Configuration configuration) {
    this.configuration = configuration;
    for (String system : configuration.systems()) {
      addresses.put(system, address(system));
    }
  }

  /** In words for people; none of it is secret. */
  private String address(String system) {
    return switch (system) {
      case "bigquery" ->
          "table "
              + configuration.required(Options.BIGQUERY_PROJECT)
              + "."
              + configuration.required(Options.BIGQUERY_DATASET)
              + "."
              + configuration.required(Options.BIGQUERY_TABLE);
      case "twenty" -> withoutSecrets(configuration.required(Options.TWENTY_URL));
      default -> {
        boolean rest = system.equals("supabase") && !configuration.reachesSupabaseByJdbc();
        yield "table "
            + configuration.required(Options.find(system + ".table"))
            + " of "
            + withoutSecrets(
                configuration.required(Options.find(system + (rest ? ".url" : ".jdbc-url"))));
      }
    };
  }

  private static String withoutSecrets(String url) {
    return url.replaceAll("[?#].*", "").replaceAll("//[^/]*@", "//").replaceAll("/+$", "");
  }

  /** Whether nothing was told yet from where the system is now. */
  boolean awaits(String system) {
    return !arrived.contains(system);
  }

  /** Whether it is not yet known that this system is the one that was read before. */
  boolean isInDoubt(LedgerTransaction tx, String system) {
    String former = former(tx, system);
    return former != null && !former.equals(addresses.get(system));
  }

  private String former(LedgerTransaction tx, String system) {
    return arrived.contains(system) ? null : tx.setting(ADDRESS + system);
  }

  /**
   * Looks at the first records that are told from a new address, and takes note of it where they
   * are the known ones, or where a person has decided.
   *
   * @return null where the page can be believed
   */
  SourceAlarm look(LedgerTransaction tx, Page page, boolean decided) {
    String system = page.system();
    String address = addresses.get(system);
    if (address == null || arrived.contains(system) || page.alarm() != null) {
      return null;
    }
    String former = tx.setting(ADDRESS + system);
    if (former != null && !former.equals(address) && !decided) {
      List<Observation> told =
          page.sightings().stream()
              .filter(Observation.class::isInstance)
              .map(Observation.class::cast)
              .toList();
      if (told.isEmpty()) {
        return null;
      }
      if (!areKnown(tx, system, told)) {
        return SourceAlarm.restored(
            "it was "
                + former
                + " and is set up as "
                + address
                + ", which has other records: set it back, or refuse to fill it with the contacts");
      }
    }
    tx.setSetting(ADDRESS + system, address);
    arrived.add(system);
    return null;
  }

  /** At least half of them, or of those that there should be. */
  private boolean areKnown(LedgerTransaction tx, String system, List<Observation> told) {
    Map<String, Replica> replicas =
        tx.replicasByExternalId(system, told.stream().map(Observation::externalId).toList());
    long known =
        told.stream().filter(record -> isSame(record, replicas.get(record.externalId()))).count();
    return 2 * known >= Math.min(told.size(), tx.countRecords(system));
  }

  /** Rows are numbered from 1 in any table: the contact's id tells them apart. */
  private boolean isSame(Observation record, Replica replica) {
    if (replica == null || !replica.hasRecord()) {
      return false;
    }
    String id = record.contactId();
    boolean untold = id == null || id.isEmpty() && configuration.isReadOnly(record.system());
    return untold || replica.contactId().equals(id);
  }
}
