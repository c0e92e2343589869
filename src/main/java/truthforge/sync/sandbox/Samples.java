package truthforge.sync.sandbox;

import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Sample contacts, spread unevenly over the four systems: with ids and without, differing, deleted,
 * and a few that nobody could link.
 *
 * <p>The same number and seed always give the same persons; only the times are relative to the
 * loading. Each person is made when asked for, so that many of them take no memory. Emails and
 * phone numbers are each of one person alone. A record without contact id shares an email, or where
 * the person has none anywhere a phone number, with every other record of that person; and where
 * some records of a person carry an id and some do not, the one in BigQuery does: so linking finds
 * exactly these persons if BigQuery is read first.
 */
public final class Samples {

  private static final int PERSONS_PER_DELETED = 50;
  private static final int LEAST_DELETED = 2;
  private static final int PERSONS_PER_AMBIGUOUS = 20;
  private static final int MOST_AMBIGUOUS = 3;

  private final int contacts;
  private final int deleted;
  private final int ambiguous;
  private final SampleMaker maker;

  private Samples(int contacts, long seed) {
    this.contacts = contacts;
    this.deleted = Math.min(contacts, Math.max(LEAST_DELETED, contacts / PERSONS_PER_DELETED));
    // From fifty persons on all three; each needs two persons of its own.
    this.ambiguous =
        contacts >= 50 ? MOST_AMBIGUOUS : Math.min(2, contacts / PERSONS_PER_AMBIGUOUS);
    this.maker = new SampleMaker(seed, contacts, ambiguous);
  }

  /**
   * @param contacts how many distinct persons end live; deleted and ambiguous ones come on top
   */
  public static Samples of(int contacts, long seed) {
    if (contacts < 0) {
      throw new IllegalArgumentException("There cannot be " + contacts + " contacts");
    }
    return new Samples(contacts, seed);
  }

  /** How many end live. */
  public int contacts() {
    return contacts;
  }

  /** How many end deleted. */
  public int deleted() {
    return deleted;
  }

  /** How many records must be held. */
  public int ambiguous() {
    return ambiguous;
  }

  /** How many there are in all; the next number that nobody has. */
  public int size() {
    return contacts + deleted + ambiguous;
  }

  /**
   * @param number from 0 to {@link #size}: the live ones first, then the deleted, then the
   *     ambiguous
   */
  public SamplePerson person(int number) {
    if (number < 0 || number >= size()) {
      throw new IllegalArgumentException("There is no sample person " + number);
    }
    if (number < contacts) {
      return maker.live(number);
    }
    int deletedNumber = number - contacts;
    return deletedNumber < deleted
        ? maker.deleted(number, deletedNumber)
        : maker.ambiguous(number, deletedNumber - deleted);
  }

  /** All of them, each made when it is asked for. */
  public Stream<SamplePerson> people() {
    return IntStream.range(0, size()).mapToObj(this::person);
  }

  SampleMaker maker() {
    return maker;
  }

  /**
   * Puts all of them into the systems, past their interfaces: no call is counted, no webhook sent,
   * no change feed moved. Tables that are missing in BigQuery and in the local database are made.
   *
   * @param now from which the times of the records are counted back
   */
  public void load(SampleSystems systems, Instant now) {
    try (SampleLoader loader = new SampleLoader(systems, maker.firms(), now)) {
      people().forEach(person -> person.records().forEach(loader::load));
      loader.finish();
    }
  }
}
