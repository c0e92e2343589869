package truthforge.sync.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Deciding;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Limits;
import truthforge.sync.flow.Observing;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Pass;
import truthforge.sync.flow.Reread;
import truthforge.sync.flow.RestoredLedger;
import truthforge.sync.flow.SourceAlarm;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.simulation.TinySystem.Answer;
import truthforge.sync.simulation.TinySystem.Backup;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/**
 * One life of the service, all of it from one seed: people edit in four systems between any two
 * steps, pages are read in parts, answers are lost, systems are away, the process crashes; then it
 * becomes quiet.
 */
final class Schedule {

  /** A promise was broken; the message names the seed. */
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final String story;

    Violation(String message, CharSequence story, Throwable cause) {
      super(message, cause);
      this.story =
          story
              .toString()
              .replaceAll(
                  "(Text\\[text|Items\\[items|Document\\[json|Flag\\[on)=([^\\]]*)\\]", "$2")
              .replaceAll("[a-z_]+=\\(empty\\)(, )?", "")
              .replaceAll("[0-9-]+T([0-9:.]+)Z", "$1");
    }

    /** All that happened, where it was noted. */
    String story() {
      return story;
    }
  }

  /**
   * What a person has to see to, one of them in a schedule: what people decide about two at once
   * may well contradict itself.
   */
  private enum Trouble {
    NONE,
    THE_SAME_PERSON_TWICE,
    SYSTEM_RESTORED,
    LEDGER_LOST,
    FORMER_VALUE_CHOSEN
  }

  /** The process died. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A system does not answer. */
  private static final class Away extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Replica.State PARKED = Replica.State.PARKED;

  private static final List<Trouble> TROUBLES = List.of(Trouble.values());

  private static final int QUIET_WITHIN = 12;

  private static final Set<String> FOLLOWING =
      Set.of(Fields.CANONICAL_NAME, Fields.NAME_NORMALIZED);

  private static final Set<Mutant> OF_THE_LEDGER =
      EnumSet.of(
          Mutant.NO_GATE,
          Mutant.NO_NOTE_OF_WRITES,
          Mutant.CONFLICTS_FORGOTTEN,
          Mutant.SENT_VERSION_RAISED_TOO_FAR);

  private final Choices choices;
  private final boolean telling;
  private final Mutant mutant;
  private final Memory memory = new Memory();
  private final Map<String, TinySystem> systems = new LinkedHashMap<>();
  private final Map<String, Long> skewMillis = new HashMap<>();
  private final Map<String, Backup> backups = new HashMap<>();
  private final Map<String, Set<String>> unreadAtBackup = new HashMap<>();
  private final Map<String, Set<String>> typedIn = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final Map<String, String> clearedIn = new HashMap<>();
  private final Set<String> deletedRows = new HashSet<>();
  private final Set<String> leftAlone = new HashSet<>();
  private final Set<String> lostBefore = new HashSet<>();
  private final Set<String> removalsBefore = new HashSet<>();
  private final Set<String> inTurn = new HashSet<>();

  /** Systems that failed: each is read to its end before it is written again. */
  private final Set<String> failed = new HashSet<>();

  private final Set<String> unreadable = new HashSet<>();
  private final Set<String> toldInPart = new HashSet<>();
  private final boolean bulk;
  private final Trouble trouble;
  private boolean lost;
  private int approved;
  private int returned;

  /**
   * Contacts that were deleted, so that another of the same email could come, and may live again
   * beside it: by hand, or by an edit of somebody who had not seen that.
   */
  private int mayLiveBeside;

  /** By contact and field, what a person chose, where nobody has edited the contact since. */
  private final Map<String, Value> chosen = new HashMap<>();

  private long edits;
  private int persons;
  private long overwritten;
  private final Set<String> heldByTruth = new HashSet<>();
  private final Map<String, Set<String>> unread = new HashMap<>();
  private final Set<String> peoplesIds = new TreeSet<>();
  private final List<Runnable> underWay = new ArrayList<>();
  private final Clock clock;
  private Instant now = START;
  private Instant latest = START;
  private long jumped;
  private long ids;
  private boolean calm;
  private String away;
  private String served = "bigquery";
  private boolean answering;

  private final UnaryOperator<Ledger> afterCrash;
  private Ledger stored;
  private Ledger older;
  private Ledger ledger;
  private Merge merge;
  private Observing observing;
  private Delivering delivering;
  private final StringBuilder log = new StringBuilder();

  /**
   * @param ledgers gives an empty ledger
   * @param afterCrash gives the ledger as it was at its last commit
   * @param telling whether to note what happens, which takes time
   */
  Schedule(
      Choices choices,
      Mutant mutant,
      Function<Clock, Ledger> ledgers,
      UnaryOperator<Ledger> afterCrash,
      boolean telling) {
    this.choices = choices;
    this.mutant = mutant;
    this.afterCrash = afterCrash;
    this.telling = telling;
    this.clock =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now;
          }
        };
    add("bigquery", Manner.EXACT);
    add("twenty", Manner.SMALL_LETTERS);
    add("supabase", Manner.NO_DOCUMENT);
    add("local", Manner.NO_EMPTY_FLAG);
    bulk = choices.once(3);
    trouble = choices.any(TROUBLES);
    stored = ledgers.apply(clock);
    start();
  }

  private void add(String name, Manner manner) {
    systems.put(name, new TinySystem(name, manner));
    skewMillis.put(name, (choices.below(3) - 1L) * choices.below(6000));
    unread.put(name, new HashSet<>());
  }

  /** New objects on what the ledger holds, as after a start of the process. */
  private void start() {
    Ledger kept = stored;
    ledger =
        new Ledger() {
          @Override
          public <T> T transaction(Function<LedgerTransaction, T> work) {
            perhaps();
            perhapsCrash();
            T result =
                kept.transaction(
                    tx -> {
                      T done = work.apply(mutated(tx));
                      perhapsCrash();
                      return done;
                    });
            perhapsCrash();
            perhaps();
            return result;
          }

          @Override
          public void backup(Path file) {
            throw new UnsupportedOperationException();
          }

          @Override
          public void close() {}
        };
    List<TinySystem> taking = new ArrayList<>(systems.values());
    Participants participants = new Participants(taking);
    merge = new Merge(TinySystem.FIELDS, Policies.latest());
    Due due = new Due(TinySystem.FIELDS, () -> "write-" + ids++);
    observing = new Observing(ledger, participants, merge, due, () -> "contact-" + ids++, clock);
    delivering =
        new Delivering(
            ledger, participants, merge, due, observing, 3, clock, this::nowOrWhenWaitedFor);
  }

  /** What is stored behind a pass: at once, or when the pass cannot go on without. */
  private void nowOrWhenWaitedFor(Runnable work) {
    if (mutant != Mutant.NONE || calm || !choices.once(3)) {
      work.run();
    }
  }

  void run() {
    try {
      for (int i = choices.below(3); i >= 0; i--) {
        someoneNew();
      }
      for (int i = 2 + choices.below(5); i > 0; i--) {
        away = choices.once(6) ? choices.any(names()) : null;
        if (choices.once(12)) {
          long seconds = choices.once(2) ? 3600 : -3600;
          jumped += seconds;
          latest = now.isAfter(latest) ? now : latest;
          now = now.plusSeconds(seconds);
          say("-- our clock jumps to ", now);
        }
        survive(this::cycle);
        backUpOrRestore();
        survive(this::perhapsDecide);
      }
      becomeQuiet();
      check();
      if (trouble == Trouble.LEDGER_LOST && stored instanceof MemoryLedger) {
        loseLedger();
      }
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException | AssertionError e) {
      throw new Violation(String.valueOf(e), log, e);
    }
  }

  /** Edits that an unconditional batch overwrote between its reading and its writing. */
  long overwritten() {
    return overwritten;
  }

  private void survive(Runnable work) {
    try {
      work.run();
    } catch (Crash e) {
      say("-- crash");
      stored = afterCrash.apply(stored);
      inTurn.clear();
      failed.clear();
      start();
    }
  }

  private void backUpOrRestore() {
    if (stored instanceof MemoryLedger memoryLedger && older == null && choices.once(4)) {
      older = memoryLedger.copy();
      older.transaction(
          tx -> {
            // As by a clock that never ran back: else it told nothing of what was read before.
            tx.setSetting(Ledger.COPIED_AT, (now.isAfter(latest) ? now : latest).toString());
            return null;
          });
      say("-- the ledger is backed up");
    }
    if (trouble != Trouble.SYSTEM_RESTORED) {
      return;
    }
    if (choices.once(3)) {
      TinySystem system = systems.get(choices.any(names()));
      if (!backups.containsKey(system.system())) {
        system.commitAll();
        backups.put(system.system(), system.backup());
        unreadAtBackup.put(system.system(), new HashSet<>(unread.get(system.system())));
        say("-- ", system.system(), " is backed up");
      }
    }
    if (!backups.isEmpty() && choices.once(3)) {
      restore(systems.get(choices.any(backups.keySet().stream().sorted().toList())));
    }
  }

  /** What nobody has read since the backup is gone with it. */
  private void restore(TinySystem system) {
    String name = system.system();
    say("-- ", name, " is restored from its backup");
    Set<String> now = unread.get(name);
    Set<String> then = unreadAtBackup.get(name);
    Set<String> gone = new HashSet<>();
    now.stream().filter(word -> !then.contains(word)).forEach(word -> gone.add(wordOf(word)));
    memory.destroy(gone);
    now.retainAll(then);
    system.commitAll();
    Set<String> present = Set.copyOf(system.rows().keySet());
    system.restore(backups.remove(name));
    system.rows().values().stream()
        .filter(row -> row.contactId == null && !present.contains(row.id))
        .forEach(this::returnsWithoutId);
    unreadAtBackup.remove(name);
  }

  /**
   * A record that was destroyed, and is there again without an id: whose it was is forgotten with
   * it, and where nobody has its email any more it is taken for somebody new.
   */
  private void returnsWithoutId(Row row) {
    returned++;
    row.values.values().forEach(value -> memory.mayComeBack(TinySystem.texts(value)));
  }

  private void perhapsDecide() {
    if (choices.once(4)) {
      decide();
    }
  }

  /** A person looks at what is held and parked. */
  private boolean decide() {
    boolean decided = false;
    for (Held held : stored.transaction(tx -> tx.heldAfter(0, 1000))) {
      decided = true;
      say("-- decided about ", held);
      if (held.why() == Held.Reason.AMBIGUOUS && !isTheSameAgain(held) && !refuses(held)) {
        approved++;
        // Whoever makes it a contact of its own wants it with what it holds.
        memory.mayComeBack(List.of(held.observation().split("\\W+")));
        observing.approve(held.id(), null);
        continue;
      }
      if (held.externalId() != null) {
        // Noted first: the process may die when the decision is already stored.
        memory.destroy(typedIn.getOrDefault(held.externalId(), Set.of()));
        if (!isTheSameAgain(held)) {
          leftAlone.add(held.externalId());
        }
      }
      Row second = systems.get(held.system()).rows().get(held.externalId());
      if (second != null && isTheSameAgain(held)) {
        // Somebody throws the second one away, with what was typed in it.
        memory.destroy(typedIn.getOrDefault(second.id, Set.of()));
        systems.get(held.system()).remove(second);
      }
      observing.refuse(held.id());
    }
    for (DeadLetter letter : stored.transaction(tx -> tx.deadLetters(0, 1000))) {
      if (letter.direction() == DeadLetter.Direction.DELIVER) {
        say("-- replayed: ", letter.contactId(), " to ", letter.target());
        delivering.replay(letter.id());
        decided = true;
      }
    }
    return decided;
  }

  /** Of a person who carries no id yet, nobody knows anything elsewhere. */
  private boolean refuses(Held held) {
    return held.observation().contains("\"contactId\":\"\"") && !lost && choices.once(3);
  }

  private static boolean isTheSameAgain(Held held) {
    return held.candidates().size() == 1 && held.reason().contains("same contact id");
  }

  /** Promise 1 without the memory: found again by reading, nobody doubled, nothing revived. */
  private void loseLedger() {
    if (!leftAlone.isEmpty()) {
      // What a person decided about records that belong to nobody, only the ledger knows.
      return;
    }
    noteLost();
    boolean empty = older == null || choices.once(2);
    say("-- the ledger is lost; ", empty ? "an empty one" : "an old backup of it", " takes over");
    lost = true;
    // What was entered in a contact that is deleted now, only the ledger knows.
    for (Contact contact : stored.transaction(tx -> tx.contactsAfter(null, 1000))) {
      if (contact.isDeleted()) {
        contact.fields().values().forEach(s -> memory.destroy(TinySystem.texts(s.value())));
      }
    }
    boolean editing = choices.once(2);
    Map<String, Map<String, Value>> before = contents();
    Unknowable unknowable = empty ? Unknowable.NOTHING : unknowable();
    stored = empty ? new MemoryLedger(clock) : older;
    if (!empty) {
      stored.transaction(tx -> RestoredLedger.readEverything(tx, names()));
    }
    start();
    if (editing) {
      for (int i = 1 + choices.below(3); i > 0; i--) {
        editSomewhere();
      }
    }
    becomeQuiet();
    stored.transaction(RestoredLedger::foundItsWay);
    if (!editing) {
      checkUnchanged(before, unknowable);
    }
    check();
  }

  /**
   * What only the ledger that was lost knew.
   *
   * @param underWay fields that were changed and not yet delivered when the ledger was copied
   * @param comingBack those of which the change may come back
   */
  private record Unknowable(Set<String> underWay, Set<String> comingBack) {
    static final Unknowable NOTHING = new Unknowable(Set.of(), Set.of());
  }

  private void checkUnchanged(Map<String, Map<String, Value>> before, Unknowable unknowable) {
    Map<String, Map<String, Value>> after = contents();
    if (!after.keySet().equals(before.keySet())) {
      fail("after the loss of the ledger there are " + after.keySet() + " of " + before.keySet());
    }
    after.forEach(
        (record, values) ->
            values.forEach(
                (field, value) -> {
                  Value former = before.get(record).get(field);
                  String id = record.substring(record.indexOf(' ') + 1);
                  String key = id + "|" + field;
                  boolean unknown =
                      unknowable.comingBack().contains(key)
                          || (unknowable.underWay().contains(key)
                              && (sameItems(value, former) || showsEmpty(field, value, former)));
                  if (!value.equals(former) && !unknown) {
                    fail(
                        "after the loss of the ledger "
                            + record
                            + " holds "
                            + value
                            + " in "
                            + field
                            + " instead of "
                            + former);
                  }
                }));
  }

  /**
   * Lists merge as sets: where both the copied ledger and the records had something to add, nothing
   * tells any more in which order that came.
   */
  private static boolean sameItems(Value one, Value other) {
    return one instanceof Value.Items items
        && other instanceof Value.Items others
        && Set.copyOf(items.items()).equals(Set.copyOf(others.items()));
  }

  /**
   * In a system that cannot leave the field empty, what we emptied and what somebody changed to
   * that value look the same.
   */
  private boolean showsEmpty(String field, Value value, Value former) {
    return former.isEmpty()
        && systems.values().stream()
            .anyMatch(system -> value.equals(system.held(field, Value.EMPTY)));
  }

  /**
   * What was under way when the ledger was copied. Where it came from a record that was gone then
   * or is gone since, nothing tells any more that it had arrived and was changed again.
   */
  private Unknowable unknowable() {
    Set<String> allUnderWay = new HashSet<>();
    Set<String> unknowable = new HashSet<>();
    for (Contact contact : older.transaction(tx -> tx.contactsAfter(null, 1000))) {
      Collection<Replica> all =
          older.transaction(tx -> tx.replicasOf(List.of(contact.id()))).get(contact.id()).values();
      Collection<Replica> replicas = all.stream().filter(Replica::hasRecord).toList();
      boolean gone =
          all.stream().anyMatch(one -> one.state() == Replica.State.GONE)
              || replicas.stream()
                  .anyMatch(one -> !systems.get(one.system()).rows().containsKey(one.externalId()));
      for (String field : TinySystem.TOLD) {
        boolean underWay =
            replicas.stream()
                .anyMatch(
                    one -> {
                      Seen seen = one.seen().get(field);
                      Value held = systems.get(one.system()).held(field, contact.value(field));
                      return seen == null || !seen.matches(held);
                    });
        underWay |= all.stream().anyMatch(one -> isBeingCreated(one, contact, field));
        if (underWay) {
          allUnderWay.add(contact.id() + "|" + field);
        }
        if (gone && underWay) {
          unknowable.add(contact.id() + "|" + field);
          memory.mayComeBack(TinySystem.texts(contact.value(field)));
        }
      }
    }
    return new Unknowable(allUnderWay, unknowable);
  }

  /** A creation without an answer, of what the contact has changed since. */
  private static boolean isBeingCreated(Replica one, Contact contact, String field) {
    return !one.hasRecord()
        && one.unanswered().stream()
            .map(write -> write.values().get(field))
            .anyMatch(written -> written != null && !written.equals(contact.value(field)));
  }

  private void editSomewhere() {
    TinySystem system = systems.get(choices.any(names()));
    List<Row> live =
        system.rows().values().stream()
            .filter(row -> !row.deleted && !leftAlone.contains(row.id))
            .toList();
    if (!live.isEmpty()) {
      Row row = choices.any(live);
      String field = choices.any(TinySystem.TEXTS);
      String shown = row.values.get(field) instanceof Value.Text text ? text.text() : null;
      String word = memory.word("A", shown);
      unread(system, row, word);
      system.edit(row, field, new Value.Text(word), theirs(system));
      remember(system, row);
      say("   edit ", row);
    }
  }

  /** What people see: who lives where, with what. */
  private Map<String, Map<String, Value>> contents() {
    Map<String, Map<String, Value>> contents = new TreeMap<>();
    for (TinySystem system : systems.values()) {
      for (Row row : system.rows().values()) {
        if (!row.deleted && !leftAlone.contains(row.id)) {
          contents.put(system.system() + " " + row.contactId, new TreeMap<>(row.values));
        }
      }
    }
    return contents;
  }

  private void becomeQuiet() {
    calm = true;
    away = null;
    underWay.forEach(Runnable::run);
    underWay.clear();
    systems.values().forEach(TinySystem::commitAll);
    say("-- calm");
    touchUnreadable();
    compareWhatWasToldInPart();
    int cycles = 0;
    boolean quiet = false;
    while (!quiet) {
      if (++cycles > QUIET_WITHIN) {
        fail("not quiet after " + QUIET_WITHIN + " cycles");
      }
      // A record that was refused waits before it is tried again.
      now = now.plusSeconds(4 * 3600);
      boolean decided = decide();
      long before = writes();
      int[] ends = systems.values().stream().mapToInt(TinySystem::feedEnd).toArray();
      cycle();
      quiet =
          !decided
              && nothingWaits()
              && writes() == before
              && Arrays.equals(
                  ends, systems.values().stream().mapToInt(TinySystem::feedEnd).toArray());
    }
    long before = writes();
    cycle();
    if (writes() != before) {
      fail("written after quiet");
    }
  }

  private boolean nothingWaits() {
    return stored.transaction(
        tx ->
            tx.heldAfter(0, 1).isEmpty()
                && names().stream().allMatch(name -> tx.countReplicas(name, PARKED) == 0));
  }

  /** Somebody mends what could not be read. */
  private void touchUnreadable() {
    for (TinySystem system : systems.values()) {
      for (Row row : List.copyOf(system.rows().values())) {
        if (unreadable.contains(row.id)) {
          system.touch(row, theirs(system));
        }
      }
    }
    unreadable.clear();
  }

  /**
   * The daily comparison: no cursor comes back to a field that an answer left out when the record
   * was met, and none of the others needs it, so that it would show up nowhere. Of a source that
   * was restored meanwhile all is read again, which is noticed before anything is compared.
   */
  private void compareWhatWasToldInPart() {
    for (TinySystem system : systems.values()) {
      Cursor cursor = stored.transaction(tx -> tx.cursor(system.system()));
      if (identity(cursor.position()) != system.identity()) {
        continue;
      }
      List<Sighting> told =
          system.rows().values().stream()
              .filter(row -> toldInPart.contains(row.id))
              .map(row -> (Sighting) system.observe(row, now))
              .toList();
      say("compared ", told);
      observing.store(new Page(system.system(), told, null), Limits.none());
      understood(system, told);
    }
  }

  private long writes() {
    return systems.values().stream().mapToLong(TinySystem::writes).sum();
  }

  // The service

  private void cycle() {
    say("-- cycle", away == null ? "" : " without " + away);
    Map<String, List<Sighting>> stale = new HashMap<>();
    for (TinySystem system : systems.values()) {
      inTurn(system, () -> read(system, stale));
    }
    for (TinySystem system : systems.values()) {
      if (!failed.contains(system.system())) {
        inTurn(system, () -> deliver(system));
      }
      if (stale.containsKey(system.system())) {
        observing.store(new Page(system.system(), stale.get(system.system()), null), Limits.none());
      }
    }
    noteLinks();
  }

  /** Rule 1: observing and delivering of one system do not overlap. */
  private void inTurn(TinySystem system, Runnable work) {
    if (!inTurn.add(system.system())) {
      return;
    }
    try {
      work.run();
    } catch (Away e) {
      say("   ", system.system(), " does not answer");
      failed.add(system.system());
    } finally {
      inTurn.remove(system.system());
    }
  }

  private void noteLinks() {
    stored
        .transaction(
            tx -> tx.replicasOf(tx.contactsAfter(null, 1000).stream().map(Contact::id).toList()))
        .values()
        .forEach(
            of ->
                of.values()
                    .forEach(
                        replica -> {
                          if (replica.hasRecord()) {
                            links.put(replica.externalId(), replica.contactId());
                          }
                        }));
  }

  /** What a service would see of the ledger that lacks one of its rules. */
  private LedgerTransaction mutated(LedgerTransaction tx) {
    if (!OF_THE_LEDGER.contains(mutant)) {
      return tx;
    }
    return (LedgerTransaction)
        Proxy.newProxyInstance(
            LedgerTransaction.class.getClassLoader(),
            new Class<?>[] {LedgerTransaction.class},
            (proxy, method, arguments) -> mutated(tx, method, arguments));
  }

  private Object mutated(LedgerTransaction tx, Method method, Object[] arguments) throws Throwable {
    if (mutant == Mutant.CONFLICTS_FORGOTTEN && method.getName().equals("addConflicts")) {
      return null;
    }
    if (mutant == Mutant.SENT_VERSION_RAISED_TOO_FAR
        && answering
        && method.getName().equals("saveReplicas")) {
      List<Replica> raised = new ArrayList<>();
      for (Object one : (Collection<?>) arguments[0]) {
        Replica replica = (Replica) one;
        Contact contact = tx.contacts(List.of(replica.contactId())).get(replica.contactId());
        raised.add(
            replica.system().equals(served) ? replica.withSentVersion(contact.version()) : replica);
      }
      tx.saveReplicas(raised);
      return null;
    }
    boolean gated = mutant == Mutant.NO_GATE && !served.equals("bigquery");
    if (mutant == Mutant.NO_NOTE_OF_WRITES && method.getName().equals("saveReplicas")) {
      List<Replica> without = new ArrayList<>();
      for (Object replica : (Collection<?>) arguments[0]) {
        without.add(((Replica) replica).withUnanswered(List.of()));
      }
      tx.saveReplicas(without);
      return null;
    }
    if (gated && method.getName().equals("due")) {
      return tx.due(
          (String) arguments[0],
          null,
          (Instant) arguments[2],
          (String) arguments[3],
          (Integer) arguments[4]);
    }
    Object result;
    try {
      result = method.invoke(tx, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (gated && method.getName().equals("replicasOf")) {
      Map<Object, Map<String, Replica>> open = new HashMap<>();
      ((Map<?, ?>) result).forEach((id, of) -> open.put(id, acknowledged((Map<?, ?>) of)));
      return open;
    }
    return result;
  }

  private static Map<String, Replica> acknowledged(Map<?, ?> replicas) {
    Map<String, Replica> all = new HashMap<>();
    replicas.forEach(
        (name, replica) ->
            all.put(
                (String) name,
                name.equals("bigquery")
                    ? ((Replica) replica).withSentVersion(1_000_000)
                    : (Replica) replica));
    return all;
  }

  private void read(TinySystem system, Map<String, List<Sighting>> stale) {
    String name = system.system();
    int end = system.feedEnd();
    int from = -1;
    while (true) {
      perhaps();
      reach(system);
      Cursor cursor = ledger.transaction(tx -> tx.cursor(name));
      String full = ledger.transaction(tx -> tx.setting(Sources.FULL_READ + name));
      boolean same = identity(cursor.position()) == system.identity();
      if (from < 0) {
        from = same && full == null ? position(cursor) : 0;
        // What becomes visible late is covered by going back a little.
        from = mutant == Mutant.NO_OVERLAP ? from : Math.max(0, from - TinySystem.OVERLAP);
        if (from >= end && same && full == null) {
          failed.remove(name);
          return;
        }
      }
      int to = Math.min(end, from + 1 + choices.below(4));
      List<Sighting> told = changed(system, from, to);
      told.forEach(sighting -> say("read ", sighting));
      perhaps();
      if (mutant == Mutant.CURSOR_MOVED_EARLY) {
        ledger.transaction(
            tx -> {
              tx.saveCursor(cursor(system, end));
              return null;
            });
      }
      perhapsCrash();
      if (!calm && choices.once(20)) {
        // The answer came to nothing.
        throw new Away();
      }
      // What was decided holds for the source as it was when the walk began.
      boolean underWay = cursor.walk() != null;
      int known = identity(underWay ? cursor.walk() : cursor.position());
      boolean restored = known > 0 && known != system.identity();
      boolean alarming = restored && (full == null || underWay);
      SourceAlarm alarm = alarming ? SourceAlarm.restored("its feed is another one") : null;
      if (mutant == Mutant.STALE_PAGE_OBSERVED && !calm && choices.once(3)) {
        stale.put(name, told);
      }
      boolean goesOn = full != null && to < end;
      Cursor next = goesOn ? underWay(cursor, system, to) : cursor(system, to);
      Page page = new Page(name, told, next, alarm);
      observing.store(page, Limits.none());
      if (alarming) {
        return;
      }
      if (!calm && choices.once(12)) {
        // Doubled on its way.
        observing.store(page, Limits.none());
      }
      understood(system, told);
      from = to;
      if (to >= end) {
        failed.remove(name);
        if (full != null) {
          ledger.transaction(
              tx -> {
                tx.setSetting(Sources.FULL_READ + name, null);
                return null;
              });
        }
        return;
      }
      if (!calm && full == null && choices.once(10)) {
        return;
      }
    }
  }

  private Cursor cursor(TinySystem system, int to) {
    return new Cursor(system.system(), system.identity() + ":" + to, null, now);
  }

  private Cursor underWay(Cursor before, TinySystem system, int to) {
    String walk = system.identity() + ":" + to;
    return new Cursor(system.system(), before.position(), walk, now);
  }

  /** 0 before the first reading. */
  private static int identity(String position) {
    return position == null ? 0 : Integer.parseInt(position.split(":")[0]);
  }

  private static int position(Cursor cursor) {
    return cursor.position() == null ? 0 : Integer.parseInt(cursor.position().split(":")[1]);
  }

  /** What changed, in any order, with some of it left out of the answer or beyond understanding. */
  private List<Sighting> changed(TinySystem system, int from, int to) {
    List<Sighting> told = new ArrayList<>();
    for (Sighting sighting : system.changed(from, to, now)) {
      if (!calm && sighting instanceof Observation record) {
        if (choices.once(60)) {
          unreadable.add(record.externalId());
          told.add(
              new Sighting.Unreadable(
                  system.system(),
                  record.externalId(),
                  JsonNodeFactory.instance.objectNode(),
                  "?"));
          continue;
        }
        if (choices.once(15)) {
          toldInPart.add(record.externalId());
          told.add(withoutSomeField(record));
          continue;
        }
      }
      told.add(sighting);
    }
    if (!calm) {
      choices.shuffle(told);
    }
    return told;
  }

  private Observation withoutSomeField(Observation record) {
    Map<String, Value> values = new TreeMap<>(record.values());
    List<String> fields = new ArrayList<>(values.keySet());
    // Who it is, every answer tells.
    fields.remove(TinySystem.EMAILS);
    String field = choices.any(fields);
    if (mutant == Mutant.ABSENT_TAKEN_FOR_EMPTY) {
      values.put(field, Value.EMPTY);
    } else {
      values.remove(field);
    }
    return new Observation(
        record.system(),
        record.externalId(),
        record.revision(),
        record.contactId(),
        values,
        record.deleted(),
        record.modifiedAt(),
        record.createdAt());
  }

  private void understood(TinySystem system, List<Sighting> told) {
    for (Sighting sighting : told) {
      if (sighting instanceof Observation record) {
        Row row = system.rows().get(record.externalId());
        boolean whole =
            row == null
                || (Long.toString(row.revision).equals(record.revision())
                    && record.values().keySet().containsAll(row.values.keySet()));
        if (whole) {
          toldInPart.remove(record.externalId());
          unread.get(system.system()).removeIf(word -> word.startsWith(record.externalId() + "|"));
        }
      }
    }
  }

  private void deliver(TinySystem system) {
    served = system.system();
    int batchSize = 1 + choices.below(3);
    // Left-out rules show between batches, of which there are more when each is noted by itself.
    int notedAtOnce = mutant == Mutant.NONE ? 3 * batchSize : batchSize;
    Pass pass = delivering.begin(system.system(), batchSize, notedAtOnce);
    try {
      while (pass.goesOn()) {
        reread(system, pass);
        Batch batch;
        while ((batch = delivering.next(pass)) != null) {
          if (bulk && system.system().equals("twenty") && batch.changes().size() > 1) {
            sendAllAtOnce(system, pass, batch);
          } else {
            send(system, pass, batch, false);
          }
        }
      }
    } catch (Away e) {
      if (mutant == Mutant.NONE && choices.once(2)) {
        delivering.takeBack(pass);
      }
      throw e;
    }
    delivering.end(pass);
  }

  /** Many changes: read just before, and written unconditionally. */
  private void sendAllAtOnce(TinySystem system, Pass pass, Batch batch) {
    List<Write> creations = batch.creations();
    if (!creations.isEmpty()) {
      send(system, pass, new Batch(system.system(), creations, false), false);
    }
    List<Reread> asked = delivering.asReread(batch);
    reach(system);
    List<Sighting> told = new ArrayList<>();
    for (Reread one : asked) {
      Row row = system.rows().get(one.replica().externalId());
      if (row != null) {
        told.add(system.observe(row, now));
      }
    }
    say("read before writing ", told);
    delivering.reread(pass, asked, told, Limits.none());
    understood(system, told);
    send(system, pass, delivering.again(batch), true);
  }

  private void reread(TinySystem system, Pass pass) {
    List<Reread> asked;
    while (!(asked = delivering.toReread(pass)).isEmpty()) {
      reach(system);
      List<Sighting> told = new ArrayList<>();
      for (Reread one : asked) {
        Replica replica = one.replica();
        Row row =
            replica.hasRecord()
                ? system.rows().get(replica.externalId())
                : system.byContactId(replica.contactId());
        if (mutant == Mutant.NOT_FOUND_TAKEN_FOR_DELETED && !calm && choices.once(4)) {
          continue;
        }
        if (row != null) {
          told.add(system.observe(row, now));
        }
      }
      say("reread ", told);
      perhaps();
      delivering.reread(pass, asked, told, Limits.none());
      understood(system, told);
    }
  }

  private void send(TinySystem system, Pass pass, Batch batch, boolean unconditional) {
    List<Outcome> outcomes = new ArrayList<>();
    perhaps();
    perhapsCrash();
    reach(system);
    for (Write write : batch.writes()) {
      perhaps();
      checkGate(system, write);
      if (!calm && choices.once(12)) {
        lose(system, write, unconditional);
        continue;
      }
      if (!calm && choices.once(40)) {
        outcomes.add(new Outcome.Rejected(write, "it dislikes that", choices.once(3)));
        continue;
      }
      Answer answer = take(system, write, unconditional);
      if (answer == Answer.CONDITION_FAILED) {
        outcomes.add(new Outcome.ConditionFailed(write));
      } else {
        outcomes.add(applied(system, write));
      }
      if (!calm && choices.once(50)) {
        // Limited, or broken off: of what was taken so far no answer is known either.
        throw new Away();
      }
    }
    perhaps();
    perhapsCrash();
    answering = true;
    try {
      boolean believed = mutant == Mutant.ANSWER_BELIEVED_WHOLE;
      delivering.answered(
          pass, believed ? outcomes.stream().map(Schedule::untold).toList() : outcomes);
    } finally {
      answering = false;
    }
    if (mutant == Mutant.ANSWER_BELIEVED_WHOLE) {
      believeWhole(system, outcomes);
    }
  }

  private Outcome applied(TinySystem system, Write write) {
    Row row =
        write.isCreation()
            ? system.byContactId(write.contactId())
            : system.rows().get(write.externalId());
    if (row == null) {
      // Destroyed by someone right after it was written.
      return new Outcome.Applied(
          write, write.externalId() == null ? "gone" : write.externalId(), null, null);
    }
    Observation record = system.observe(row, now);
    boolean tells = mutant == Mutant.ANSWER_BELIEVED_WHOLE || !choices.once(2);
    return new Outcome.Applied(write, row.id, record.revision(), tells ? record : null);
  }

  private static Outcome untold(Outcome outcome) {
    return outcome instanceof Outcome.Applied applied
        ? new Outcome.Applied(applied.write(), applied.externalId(), applied.revision(), null)
        : outcome;
  }

  private void believeWhole(TinySystem system, List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Applied applied && applied.answer() != null) {
        stored.transaction(
            tx -> {
              String id = applied.write().contactId();
              Replica replica = tx.replicasOf(List.of(id)).get(id).get(system.system());
              Map<String, Seen> seen = new HashMap<>(replica.seen());
              applied.answer().values().forEach((field, value) -> seen.put(field, Seen.of(value)));
              tx.saveReplicas(List.of(replica.withSeen(seen)));
              return null;
            });
      }
    }
  }

  private void lose(TinySystem system, Write write, boolean unconditional) {
    switch (choices.below(3)) {
      case 0 -> say("lost before it arrived: ", write.id());
      case 1 -> say("answer lost: ", take(system, write, unconditional));
      default -> {
        say("under way: ", write.id());
        underWay.add(() -> take(system, write, false));
      }
    }
    if (choices.once(2)) {
      throw new Away();
    }
  }

  private Answer take(TinySystem system, Write write, boolean unconditional) {
    Write sent = write;
    Row row =
        write.isCreation()
            ? system.byContactId(write.contactId())
            : system.rows().get(write.externalId());
    boolean merging = mutant == Mutant.CREATING_MERGES && write.isCreation() && row != null;
    if (merging || ((unconditional || mutant == Mutant.NO_CONDITION) && !write.isCreation())) {
      String current = row == null ? null : Long.toString(row.revision);
      if (unconditional && row != null && !current.equals(write.revision())) {
        overwrite(system, row);
      }
      sent =
          new Write(
              write.id(),
              write.system(),
              write.contact(),
              row == null ? write.externalId() : row.id,
              current,
              write.values(),
              write.bound());
    }
    Answer answer = system.write(sent, theirs(system));
    say("", system.system(), " ", answer, " ", write);
    if (answer == Answer.APPLIED && system.system().equals("bigquery")) {
      write.values().forEach((field, value) -> hold(write.contactId(), field, value));
      Row held = system.byContactId(write.contactId());
      if (!write.isCreation()) {
        held = system.rows().get(write.externalId());
      }
      if (held != null) {
        held.values.forEach((field, value) -> hold(write.contactId(), field, value));
      }
    }
    return answer;
  }

  /** The one exception: somebody edited between the reading and the writing of such a batch. */
  private void overwrite(TinySystem system, Row row) {
    Set<String> words = new HashSet<>();
    for (String word : unread.get(system.system())) {
      if (word.startsWith(row.id + "|")) {
        words.add(wordOf(word));
      }
    }
    if (!words.isEmpty()) {
      overwritten++;
      memory.destroy(words);
    }
  }

  private void hold(String contactId, String field, Value value) {
    heldByTruth.add(contactId + "|" + field + "|" + value);
  }

  /** Promise 2: nobody is sent what the record of truth did not hold before. */
  private void checkGate(TinySystem system, Write write) {
    if (system.system().equals("bigquery")) {
      return;
    }
    Row truth = systems.get("bigquery").byContactId(write.contactId());
    write
        .values()
        .forEach(
            (field, value) -> {
              boolean inTruth =
                  field.equals(Fields.CONTACT_ID)
                      || value.isEmpty()
                      || (field.equals(Fields.DELETED) && !livesInTruth(write.contactId()))
                      || heldByTruth.contains(write.contactId() + "|" + field + "|" + value)
                      || (truth != null && value.equals(truth.values.get(field)));
              if (!inTruth) {
                fail(
                    system.system()
                        + " was sent "
                        + field
                        + " before the record of truth, of version "
                        + write.bound());
              }
            });
  }

  private boolean livesInTruth(String contactId) {
    Replica replica =
        stored.transaction(tx -> tx.replicasOf(List.of(contactId))).get(contactId).get("bigquery");
    Row row = replica.hasRecord() ? systems.get("bigquery").rows().get(replica.externalId()) : null;
    return row != null && !row.deleted;
  }

  private void reach(TinySystem system) {
    if (system.system().equals(away)) {
      throw new Away();
    }
  }

  private void perhapsCrash() {
    if (!calm && choices.once(60)) {
      throw new Crash();
    }
  }

  // The people

  private void perhaps() {
    now = now.plusMillis(choices.below(1500));
    if (calm) {
      return;
    }
    if (!underWay.isEmpty() && choices.once(6)) {
      underWay.remove(choices.below(underWay.size())).run();
    }
    if (choices.once(5)) {
      someoneActs();
    }
    if (inTurn.size() == 1 && choices.once(40)) {
      // A webhook wakes the reading of another system.
      TinySystem other = systems.get(choices.any(names()));
      String before = served;
      say("   woken: ", other.system());
      inTurn(other, () -> read(other, new HashMap<>()));
      served = before;
    }
  }

  /** The time by the system's own clock. */
  private Instant theirs(TinySystem system) {
    return now.minusSeconds(jumped).minusMillis(skewMillis.get(system.system()));
  }

  private void someoneActs() {
    TinySystem system = systems.get(choices.any(names()));
    if (choices.once(25)) {
      someoneNew();
      return;
    }
    if (trouble == Trouble.FORMER_VALUE_CHOSEN && choices.once(8)) {
      choose();
      return;
    }
    if (system.isOpen() && choices.once(2)) {
      system.commit();
      return;
    }
    if (system.rows().isEmpty()) {
      return;
    }
    Row row = choices.any(List.copyOf(system.rows().values()));
    Instant at = theirs(system);
    switch (choices.below(20)) {
      case 10 -> {
        row.deleted = true;
        deleted(row);
        system.touch(row, at);
      }
      case 1, 2 -> {
        row.deleted = false;
        system.touch(row, at);
      }
      case 3 -> {
        if (choices.once(3)) {
          destroy(system, row);
          return;
        }
        system.touch(row, at);
      }
      case 4 -> system.edit(row, TinySystem.FLAG, anyFlag(), at);
      case 5 -> {
        if (choices.once(2)) {
          loseContactId(system, row, at);
        } else {
          returnWithId(system, at);
        }
      }
      case 6, 7, 8 -> editTags(system, row, at);
      case 9, 11 -> editDocument(system, row, at);
      default -> editText(system, row, at);
    }
    say("   edit ", row);
    remember(system, row);
  }

  private void remember(TinySystem system, Row row) {
    if (!system.system().equals("bigquery")) {
      return;
    }
    String contactId = contactOfTruth(row);
    if (contactId != null) {
      row.values.forEach((field, value) -> hold(contactId, field, value));
      if (row.deleted) {
        hold(contactId, Fields.DELETED, new Value.Flag(true));
      }
    }
  }

  /** Whose the record of truth is; null where nobody knows yet. */
  private String contactOfTruth(Row row) {
    return contactOf(systems.get("bigquery"), row);
  }

  /** Null where nobody knows yet. */
  private String contactOf(TinySystem system, Row row) {
    Replica linked =
        stored
            .transaction(tx -> tx.replicasByExternalId(system.system(), List.of(row.id)))
            .get(row.id);
    return linked == null ? row.contactId : linked.contactId();
  }

  /** A person chooses what a field held before, or would have: the one edit that is no new word. */
  private void choose() {
    Deciding deciding = new Deciding(stored, merge, clock);
    if (choices.once(2)) {
      List<Conflict> conflicts =
          stored.transaction(tx -> tx.conflicts(false, 0, 1000)).stream()
              .filter(conflict -> TinySystem.TOLD.contains(conflict.field()))
              .toList();
      if (!conflicts.isEmpty()) {
        Conflict conflict = choices.any(conflicts);
        choosing(conflict.contactId(), () -> deciding.resolve(conflict.id(), Conflict::lost));
      }
      return;
    }
    List<Contact> contacts =
        stored.transaction(tx -> tx.contactsAfter(null, 1000)).stream()
            .filter(contact -> !contact.fields().containsKey(Fields.DELETED))
            .toList();
    if (!contacts.isEmpty()) {
      Contact contact = choices.any(contacts);
      long version = 1 + choices.below((int) contact.version());
      choosing(contact.id(), () -> deciding.revert(contact.id(), version));
    }
  }

  private void choosing(String contactId, Runnable decision) {
    Contact before = stored.transaction(tx -> tx.contacts(List.of(contactId))).get(contactId);
    decision.run();
    Contact after = stored.transaction(tx -> tx.contacts(List.of(contactId))).get(contactId);
    boolean allRead = hasNothingUnread(contactId);
    for (String field : TinySystem.TOLD) {
      Value former = before.value(field);
      Value value = after.value(field);
      if (!value.equals(former)) {
        say("   chosen: ", contactId, " ", field, " ", value, " instead of ", former);
        memory.destroy(TinySystem.texts(former));
        memory.mayComeBack(TinySystem.texts(value));
        chosen.remove(contactId + "|" + field);
        if (allRead && TinySystem.TEXTS.contains(field)) {
          chosen.put(contactId + "|" + field, value);
        }
      }
    }
  }

  private boolean hasNothingUnread(String contactId) {
    return systems.values().stream()
        .allMatch(
            system ->
                unread.get(system.system()).stream()
                    .map(word -> system.rows().get(word.substring(0, word.indexOf('|'))))
                    .noneMatch(row -> row == null || contactId.equals(contactOf(system, row))));
  }

  private void checkChosen(Contact contact) {
    for (String field : TinySystem.TEXTS) {
      Value value = chosen.get(contact.id() + "|" + field);
      if (value != null && !value.equals(contact.value(field))) {
        fail(
            contact.id()
                + " holds "
                + contact.value(field)
                + " in "
                + field
                + " instead of "
                + value
                + ", which a person chose and nobody edited");
      }
    }
  }

  /** A new person; or one whom others know by the same email, entered once more. */
  private void someoneNew() {
    TinySystem system = systems.get(choices.any(names()));
    Instant at = theirs(system);
    String id = choices.once(2) ? "own-" + ids++ : null;
    boolean again = trouble == Trouble.THE_SAME_PERSON_TWICE && persons > 0 && choices.once(3);
    String email = "p" + (again ? choices.below(persons) : persons++) + "@example.com";
    boolean slow = !calm && choices.once(3);
    Row row =
        slow ? system.insertSlowly(again ? null : id, at) : system.insert(again ? null : id, at);
    peoplesIds.add(row.id);
    row.values.put(TinySystem.EMAILS, new Value.Items(List.of(email)));
    editText(system, row, at);
    editText(system, row, at);
    editTags(system, row, at);
    remember(system, row);
    say("   new ", slow ? "in a slow transaction " : "", row);
  }

  /** Someone puts a contact back by hand into a system that has lost it. */
  private void returnWithId(TinySystem system, Instant at) {
    List<String> known = new ArrayList<>();
    for (Contact contact : stored.transaction(tx -> tx.contactsAfter(null, 100))) {
      if (system.byContactId(contact.id()) == null && unlinkedIn(system, contact.id())) {
        known.add(contact.id());
      }
    }
    if (!known.isEmpty()) {
      String id = choices.any(known);
      if (stored.transaction(tx -> tx.contacts(List.of(id))).get(id).isDeleted()) {
        mayLiveBeside++;
      }
      Row row = system.insert(id, at);
      editText(system, row, at);
      editTags(system, row, at);
      remember(system, row);
      say("   by hand ", row);
    }
  }

  private boolean unlinkedIn(TinySystem system, String contactId) {
    Replica replica =
        stored
            .transaction(tx -> tx.replicasOf(List.of(contactId)))
            .getOrDefault(contactId, Map.of())
            .get(system.system());
    return replica != null && !replica.hasRecord();
  }

  private void loseContactId(TinySystem system, Row row, Instant at) {
    if (isLinked(system, row)) {
      row.contactId = null;
      system.touch(row, at);
    }
  }

  private boolean isLinked(TinySystem system, Row row) {
    return !stored
        .transaction(tx -> tx.replicasByExternalId(system.system(), List.of(row.id)))
        .isEmpty();
  }

  private void deleted(Row row) {
    deletedRows.add(row.id);
    if (trouble == Trouble.THE_SAME_PERSON_TWICE) {
      mayLiveBeside++;
    }
  }

  private void destroy(TinySystem system, Row row) {
    say("   destroyed ", row);
    deleted(row);
    if (system.system().equals("bigquery") && contactOfTruth(row) != null) {
      // So the deletion stood there, even where somebody enters the contact anew behind it.
      hold(contactOfTruth(row), Fields.DELETED, new Value.Flag(true));
    }
    Set<String> words = new HashSet<>();
    unread
        .get(system.system())
        .removeIf(
            word -> {
              boolean ofRow = word.startsWith(row.id + "|");
              if (ofRow) {
                words.add(wordOf(word));
              }
              return ofRow;
            });
    memory.destroy(words);
    if (!isLinked(system, row)) {
      // What waits for a person, or nobody has read, goes with the record that it was entered in.
      memory.destroy(typedIn.getOrDefault(row.id, Set.of()));
    }
    system.remove(row);
  }

  /** Of what was noted as unread: record, word, and a number of its own. */
  private static String wordOf(String unread) {
    return unread.split("\\|")[1];
  }

  private void unread(TinySystem system, Row row, String word) {
    unread.get(system.system()).add(row.id + "|" + Memory.small(word) + "|" + edits++);
    typedIn.computeIfAbsent(row.id, id -> new HashSet<>()).add(word);
    if (!chosen.isEmpty()) {
      String contactId = contactOf(system, row) + "|";
      chosen.keySet().removeIf(field -> field.startsWith(contactId));
    }
  }

  private void editText(TinySystem system, Row row, Instant at) {
    String field = choices.any(TinySystem.TEXTS);
    String shown = row.values.get(field) instanceof Value.Text text ? text.text() : null;
    if (shown != null && choices.once(12)) {
      memory.clear(shown);
      takenOut(system, row, shown);
      clearedIn.put(row.id + field, shown);
      unread(system, row, shown);
      system.edit(row, field, Value.EMPTY, at);
      return;
    }
    String word = memory.word(choices.once(2) ? "A" : "b", shown);
    String clearedBefore = clearedIn.remove(row.id + field);
    if (shown == null && clearedBefore != null) {
      memory.insteadOfCleared(clearedBefore, word);
    }
    unread(system, row, word);
    system.edit(row, field, new Value.Text(word), at);
  }

  /**
   * Of a record that waits for a person nothing is known until it is met; what it does not hold by
   * then, nobody sees to have been taken out of it.
   */
  private void takenOut(TinySystem system, Row row, String word) {
    String name = system.system();
    if (!stored.transaction(tx -> tx.heldByExternalId(name, List.of(row.id))).isEmpty()) {
      memory.mayComeBack(Set.of(word));
    }
  }

  private void editTags(TinySystem system, Row row, Instant at) {
    List<String> tags =
        new ArrayList<>(
            row.values.get(TinySystem.TAGS) instanceof Value.Items list ? list.items() : List.of());
    int what = choices.below(4);
    if (what == 2 && !tags.isEmpty()) {
      String gone = tags.remove(choices.below(tags.size()));
      memory.remove(gone);
      takenOut(system, row, gone);
      unread(system, row, gone);
    } else if (what == 1) {
      choices.shuffle(tags);
    } else {
      String item = memory.item(choices.once(4) ? "X" : choices.once(2) ? "A" : "b");
      if (system.held(TinySystem.TAGS, new Value.Items(List.of(item))).isEmpty()) {
        memory.destroy(Set.of(item));
        return;
      }
      unread(system, row, item);
      tags.add(choices.once(2) ? 0 : tags.size(), item);
    }
    system.edit(row, TinySystem.TAGS, Value.ofItems(tags), at);
  }

  private void editDocument(TinySystem system, Row row, Instant at) {
    if (!system.reads(TinySystem.DOCUMENT)) {
      return;
    }
    ObjectNode json =
        row.values.get(TinySystem.DOCUMENT) instanceof Value.Document document
            ? document.json().deepCopy()
            : JsonNodeFactory.instance.objectNode();
    String key = choices.any(List.of("k1", "k2", "k3"));
    String word = memory.word("D", json.has(key) ? json.get(key).textValue() : null);
    unread(system, row, word);
    json.put(key, word);
    system.edit(row, TinySystem.DOCUMENT, FieldType.DOCUMENT.normalise(json), at);
  }

  private Value anyFlag() {
    return switch (choices.below(3)) {
      case 0 -> Value.EMPTY;
      case 1 -> new Value.Flag(true);
      default -> new Value.Flag(false);
    };
  }

  // What must hold in the end

  private void check() {
    if (!bulk && overwritten > 0) {
      fail("an edit was overwritten though the conditional limit was not exceeded");
    }
    List<Contact> contacts = stored.transaction(tx -> tx.contactsAfter(null, 1000));
    checkNobodyIsThereTwice(contacts);
    checkDeletions(contacts);
    Set<String> live = new TreeSet<>();
    Set<String> canonical = new HashSet<>();
    for (Contact contact : contacts) {
      contact
          .fields()
          .forEach(
              (field, state) -> {
                // Whether a name that was met follows from others, nobody can tell any more; and
                // of what is deleted, the systems were sent nothing but that it is.
                if (!lost || !(contact.isDeleted() || FOLLOWING.contains(field))) {
                  canonical.addAll(TinySystem.texts(state.value()));
                }
              });
      checkChosen(contact);
      if (!contact.isDeleted()) {
        live.add(contact.id());
        systems.values().forEach(system -> checkSame(contact, system));
      }
    }
    for (TinySystem system : systems.values()) {
      List<String> there =
          system.rows().values().stream()
              .filter(row -> !row.deleted && !leftAlone(system, row))
              .map(row -> String.valueOf(row.contactId))
              .sorted()
              .toList();
      if (!there.equals(List.copyOf(live))) {
        fail(system.system() + " holds " + there + " but live are " + live);
      }
    }
    noteLost();
    List<String> wrong = memory.violations(canonical, lostBefore, removalsBefore);
    if (!wrong.isEmpty()) {
      fail(String.join("; ", wrong));
    }
  }

  /** What the conflict list tells; it goes with the ledger. */
  private void noteLost() {
    stored
        .transaction(tx -> tx.conflicts(false, 0, 100_000))
        .forEach(
            conflict -> {
              // A removal that gave way is listed as a value that lacks what the kept one has.
              lostBefore.addAll(TinySystem.texts(conflict.lost()));
              if (conflict.lost().isEmpty() || conflict.field().equals(TinySystem.TAGS)) {
                Set<String> removals = new HashSet<>(TinySystem.texts(conflict.kept()));
                TinySystem.texts(conflict.lost()).forEach(removals::remove);
                removalsBefore.addAll(removals);
              }
            });
  }

  /** Whether a person decided that the record belongs to nobody, or it waits for that. */
  private boolean leftAlone(TinySystem system, Row row) {
    return leftAlone.contains(row.id)
        && stored
            .transaction(tx -> tx.replicasByExternalId(system.system(), List.of(row.id)))
            .isEmpty();
  }

  private void checkNobodyIsThereTwice(List<Contact> contacts) {
    // Of records that were deleted before anybody knew of them, each is its own.
    long counted = contacts.stream().filter(contact -> !(lost && contact.isDeleted())).count();
    if (counted > peoplesIds.size() + approved + returned) {
      fail("a contact exists twice: " + counted + " of " + peoplesIds.size());
    }
    Map<String, Integer> holders = new TreeMap<>();
    contacts.stream()
        .filter(contact -> !contact.isDeleted())
        .forEach(
            contact ->
                TinySystem.texts(contact.value(TinySystem.EMAILS))
                    .forEach(email -> holders.merge(email, 1, Integer::sum)));
    holders.forEach(
        (email, count) -> {
          if (count > 1 + approved + mayLiveBeside) {
            fail(email + " is there " + count + " times");
          }
        });
  }

  /** No contact is deleted that no person deleted. */
  private void checkDeletions(List<Contact> contacts) {
    if (lost) {
      return;
    }
    noteLinks();
    Set<String> byPeople = new HashSet<>();
    deletedRows.forEach(row -> byPeople.add(links.get(row)));
    for (Contact contact : contacts) {
      boolean unmade =
          contact.isDeleted() && !byPeople.contains(contact.id()) && !deletedUnlinked(contact);
      if (unmade) {
        fail(contact.id() + " was deleted by nobody");
      }
    }
  }

  /** Whether it was deleted by way of a record whose link nobody noted. */
  private boolean deletedUnlinked(Contact contact) {
    String by = contact.fields().get(Fields.DELETED).by();
    return deletedRows.stream()
        .anyMatch(row -> row.startsWith(by + "-") && !links.containsKey(row));
  }

  private void checkSame(Contact contact, TinySystem system) {
    Row row = system.byContactId(contact.id());
    if (row == null) {
      fail(system.system() + " lacks " + contact.id());
    }
    for (Field field : TinySystem.FIELDS.all()) {
      Value held = system.held(field.name(), contact.value(field.name()));
      if (system.reads(field.name()) && !held.equals(row.values.get(field.name()))) {
        fail(
            system.system()
                + " holds "
                + row.values.get(field.name())
                + " in "
                + field.name()
                + " of "
                + contact.id()
                + " instead of "
                + held);
      }
    }
  }

  private void fail(String what) {
    if (telling) {
      for (Contact contact : stored.transaction(tx -> tx.contactsAfter(null, 1000))) {
        say("history of ", contact.id());
        stored.transaction(tx -> tx.history(contact.id(), 1000)).forEach(c -> say("  ", c));
      }
      stored.transaction(tx -> tx.conflicts(false, 0, 1000)).forEach(c -> say("listed: ", c));
    }
    throw new Violation(trouble + ": " + what, log, null);
  }

  /** The story of this schedule, for the one that fails. */
  private void say(Object... what) {
    if (telling) {
      for (Object part : what) {
        log.append(
            part instanceof Write write
                ? write.id()
                    + " on "
                    + write.revision()
                    + " "
                    + write.contactId()
                    + " "
                    + write.values()
                : String.valueOf(part));
      }
      log.append('\n');
    }
  }

  private static List<String> names() {
    return List.of("bigquery", "twenty", "supabase", "local");
  }
}
