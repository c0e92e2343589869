package truthforge.sync.flow;

import java.util.List;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.merge.Sighting;

/**
 * What one reading of a system told, with where the reading goes on.
 *
 * @param cursor stored in the same transaction as the sightings (promise 3); null where the reading
 *     was of single records and moves no cursor
 * @param alarm why nothing of it must be believed yet; null for the common case
 */
public record Page(String system, List<Sighting> sightings, Cursor cursor, SourceAlarm alarm) {
  public Page {
    sightings = List.copyOf(sightings);
  }

  public Page(String system, List<Sighting> sightings, Cursor cursor) {
    this(system, sightings, cursor, null);
  }
}
