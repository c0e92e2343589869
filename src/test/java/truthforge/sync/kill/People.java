package truthforge.sync.kill;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import truthforge.sync.kill.Screen.Person;

/**
 * People who edit in all four systems at once, and keep a list of what the systems acknowledged:
 * the test's own memory, of which the service knows nothing.
 *
 * <p>Every value is written once. An edit is made only if the record is as its author saw it, so
 * each edit tells which value it replaced knowingly.
 */
final class People implements AutoCloseable {

  private static final List<String> FIELDS = List.copyOf(Screen.FIELDS.keySet());

  /** The share of contacts that are only deleted and restored, each in one system. */
  private static final int ONE_IN_FOR_THE_TRASH = 8;

  private static final int OFTEN_EDITED = 20;

  /** So that the service's own changes find room in what BigQuery allows. */
  private static final long LEAST_MILLIS_IN_BIGQUERY = 1_000;

  /**
   * An acknowledged edit of one field.
   *
   * @param before what its author saw; null for nothing
   */
  private record Edit(String system, String contact, String field, String before, String after) {}

  /** A value in the list of conflicts. */
  record Disputed(String contact, String field, String value) {}

  private final List<Screen> screens;
  private final List<String> edited;
  private final Map<String, List<String>> trash = new HashMap<>();
  private final double growing;
  private ScheduledExecutorService hands;

  private final List<Edit> edits = new ArrayList<>();
  private final Map<String, String> emails = new LinkedHashMap<>();
  private final Map<String, String> newcomers = new LinkedHashMap<>();
  private final Map<String, Person> deleted = new HashMap<>();
  private final Set<String> restored = new HashSet<>();
  private long acknowledged;
  private long last;
  private Throwable failure;

  /**
   * @param contacts their ids in all systems
   * @param growing the share of edits that add a person or an email for good, from 0 to 1
   */
  People(List<Screen> screens, Collection<String> contacts, double growing) {
    this.screens = screens;
    this.growing = growing;
    List<String> all = contacts.stream().sorted().toList();
    int kept = all.size() - all.size() / ONE_IN_FOR_THE_TRASH;
    edited = all.subList(0, kept);
    for (int i = kept; i < all.size(); i++) {
      trash
          .computeIfAbsent(screens.get(i % screens.size()).system(), s -> new ArrayList<>())
          .add(all.get(i));
    }
  }

  /**
   * They begin, or go on, each system's people with an edit in so many milliseconds.
   *
   * @param seed of what each chooses
   */
  void begin(long seed, long everyMillis) {
    close();
    hands = Executors.newScheduledThreadPool(screens.size());
    for (Screen screen : screens) {
      Random random = new Random(seed + screen.system().hashCode());
      long period =
          screen instanceof Screen.BigQuery
              ? Math.max(everyMillis, LEAST_MILLIS_IN_BIGQUERY)
              : everyMillis;
      hands.scheduleAtFixedRate(
          () -> act(screen, random),
          (long) (random.nextDouble() * period),
          period,
          TimeUnit.MILLISECONDS);
    }
  }

  private void act(Screen screen, Random random) {
    try {
      double what = random.nextDouble();
      boolean done;
      if (what < growing / 2) {
        done = add(screen);
      } else if (what < growing) {
        done = addEmail(screen, random);
      } else if (what < growing + 0.05) {
        done = deleteOrRestore(screen, random);
      } else {
        done = change(screen, random);
      }
      if (done) {
        synchronized (this) {
          acknowledged++;
          notifyAll();
        }
      }
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        failure = failure == null ? e : failure;
        notifyAll();
      }
      throw e;
    }
  }

  private synchronized long next() {
    return ++last;
  }

  private String any(Random random) {
    int among = random.nextInt(4) == 0 ? Math.min(OFTEN_EDITED, edited.size()) : edited.size();
    return edited.get(random.nextInt(among));
  }

  private boolean change(Screen screen, Random random) {
    Person seen = screen.look(any(random));
    String field = FIELDS.get(random.nextInt(FIELDS.size()));
    String value = field + " " + next() + " by " + screen.system();
    if (seen == null || !screen.set(seen, field, value)) {
      return false;
    }
    synchronized (this) {
      edits.add(
          new Edit(screen.system(), seen.contactId(), field, seen.fields().get(field), value));
    }
    return true;
  }

  private boolean addEmail(Screen screen, Random random) {
    Person seen = screen.look(any(random));
    String email = "more" + next() + "@example.com";
    if (seen == null || !screen.addEmail(seen, email)) {
      return false;
    }
    synchronized (this) {
      emails.put(email, seen.contactId());
    }
    return true;
  }

  private boolean add(Screen screen) {
    String email = "new" + next() + "@example.com";
    String notes = "new in " + screen.system();
    if (!screen.add(email, notes)) {
      return false;
    }
    synchronized (this) {
      newcomers.put(email, notes);
    }
    return true;
  }

  private boolean deleteOrRestore(Screen screen, Random random) {
    List<String> own = trash.getOrDefault(screen.system(), List.of());
    if (own.isEmpty()) {
      return false;
    }
    String contact = own.get(random.nextInt(own.size()));
    Person gone;
    synchronized (this) {
      gone = deleted.get(contact);
    }
    if (gone == null) {
      Person seen = screen.look(contact);
      if (seen == null || !screen.delete(seen)) {
        return false;
      }
      synchronized (this) {
        deleted.put(contact, seen);
        restored.remove(contact);
      }
    } else {
      if (!screen.restore(gone)) {
        return false;
      }
      synchronized (this) {
        deleted.remove(contact);
        restored.add(contact);
      }
    }
    return true;
  }

  /** How many edits were acknowledged so far. */
  synchronized long acknowledged() {
    return acknowledged;
  }

  /** Waits until so many edits were acknowledged since the beginning. */
  synchronized void awaitAcknowledged(long edits) {
    while (acknowledged < edits) {
      throwFailure();
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void throwFailure() {
    if (failure != null) {
      throw new IllegalStateException("An edit failed", failure);
    }
  }

  /** They stop, and what is under way is acknowledged or refused. */
  void end() {
    hands.shutdown();
    try {
      if (!hands.awaitTermination(5, TimeUnit.MINUTES)) {
        throw new AssertionError("An edit does not end");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    synchronized (this) {
      throwFailure();
    }
  }

  /**
   * What cannot be accounted for, in plain words; empty if everything that was acknowledged is
   * there, gave way to somebody who had seen it, or is in the list of conflicts (promise 1), and
   * nothing came back that somebody had knowingly replaced.
   *
   * @param found what all systems hold
   * @param conflicts both values of each conflict there was
   */
  synchronized List<String> unaccounted(List<Person> found, Set<Disputed> conflicts) {
    List<String> missing = new ArrayList<>();
    Map<String, Person> people =
        found.stream().collect(Collectors.toMap(Person::contactId, person -> person));
    Map<String, List<Person>> byEmail = new HashMap<>();
    found.forEach(
        person ->
            person
                .emails()
                .forEach(
                    email -> byEmail.computeIfAbsent(email, e -> new ArrayList<>()).add(person)));
    byEmail.forEach(
        (email, several) -> {
          if (several.size() > 1) {
            missing.add(email + " stands in " + several.size() + " contacts");
          }
        });
    Set<String> replaced = edits.stream().map(Edit::before).collect(Collectors.toSet());
    Set<Disputed> revived = new HashSet<>();
    for (Edit edit : edits) {
      Person person = people.get(edit.contact);
      String holds = person == null ? null : person.fields().get(edit.field);
      if (person == null) {
        missing.add("The contact of " + edit + " is gone");
      } else if (!edit.after.equals(holds)
          && !replaced.contains(edit.after)
          && !conflicts.contains(new Disputed(edit.contact, edit.field, edit.after))) {
        missing.add(edit + " is nowhere; there is " + holds);
      }
      if (edit.before != null
          && edit.before.equals(holds)
          && revived.add(new Disputed(edit.contact, edit.field, holds))) {
        missing.add(edit + " replaced a value that is there again");
      }
    }
    emails.forEach(
        (email, contact) -> {
          if (!people.containsKey(contact) || !people.get(contact).emails().contains(email)) {
            missing.add(email + " of " + contact + " is nowhere");
          }
        });
    newcomers.forEach(
        (email, notes) -> {
          List<Person> with = byEmail.getOrDefault(email, List.of());
          if (with.isEmpty() || !notes.equals(with.get(0).fields().get("notes"))) {
            missing.add("The new person with " + email + " is not there as entered: " + with);
          }
        });
    deleted
        .keySet()
        .forEach(
            contact -> {
              if (people.containsKey(contact)) {
                missing.add(contact + " was deleted, and lives");
              }
            });
    restored.forEach(
        contact -> {
          if (!people.containsKey(contact)) {
            missing.add(contact + " was restored, and is gone");
          }
        });
    trash.values().stream()
        .flatMap(List::stream)
        .filter(contact -> !deleted.containsKey(contact) && !people.containsKey(contact))
        .forEach(contact -> missing.add(contact + " was deleted by nobody, and is gone"));
    return missing;
  }

  /** How many contacts live, by what was acknowledged. */
  synchronized int living() {
    return edited.size()
        + trash.values().stream().mapToInt(List::size).sum()
        - deleted.size()
        + newcomers.size();
  }

  /** What was acknowledged, by kind. */
  synchronized String figures() {
    return acknowledged
        + " edits acknowledged: "
        + edits.size()
        + " of fields, "
        + emails.size()
        + " emails, "
        + newcomers.size()
        + " new people, "
        + (acknowledged - edits.size() - emails.size() - newcomers.size())
        + " deletions and restorations";
  }

  @Override
  public void close() {
    if (hands != null) {
      hands.shutdownNow();
    }
  }
}
