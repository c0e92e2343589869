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
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Limits;
import truthforge.sync.flow.Observing;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Pass;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.simulation.TinySystem.Answer;
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

    Violation(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The process died. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A system does not answer. */
  private static final class Away extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** What is left out, to see that the simulation finds it. */
  enum Mutant {
    NONE,
    NO_GATE,
    NO_CONDITION,
    NO_NOTE_OF_WRITES
  }

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final int QUIET_WITHIN = 8;

  private final long seed;
  private final Random random;
  private final Mutant mutant;
  private final Memory memory = new Memory();
  private final Map<String, TinySystem> systems = new LinkedHashMap<>();
  private final Map<String, Long> skewMillis = new HashMap<>();
  private final Set<String> heldByTruth = new HashSet<>();
  private final Map<String, Set<String>> unread = new HashMap<>();
  private final Set<String> peoplesIds = new TreeSet<>();
  private final List<Runnable> underWay = new ArrayList<>();
  private final Clock clock;
  private Instant now = START;
  private long ids;
  private boolean calm;
  private String away;
  private String served = "bigquery";

  private MemoryLedger stored;
  private Ledger ledger;
  private Observing observing;
  private Delivering delivering;
  private final StringBuilder log = new StringBuilder();

  Schedule(long seed, Mutant mutant) {
    this.seed = seed;
    this.mutant = mutant;
    this.random = new Random(seed);
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
    stored = new MemoryLedger(clock);
    start();
  }

  private void add(String name, Manner manner) {
    systems.put(name, new TinySystem(name, manner));
    skewMillis.put(name, (long) random.nextInt(3) * random.nextInt(4000));
    unread.put(name, new HashSet<>());
  }

  /** New objects on what the ledger holds, as after a start of the process. */
  private void start() {
    MemoryLedger memoryLedger = stored;
    ledger =
        new Ledger() {
          @Override
          public <T> T transaction(Function<LedgerTransaction, T> work) {
            perhaps();
            perhapsCrash();
            T result = memoryLedger.transaction(tx -> work.apply(mutated(tx)));
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
    Merge merge = new Merge(TinySystem.FIELDS, Policies.latest());
    Due due = new Due(TinySystem.FIELDS, () -> "write-" + ids++);
    observing = new Observing(ledger, participants, merge, due, () -> "contact-" + ids++, clock);
    delivering = new Delivering(ledger, participants, merge, due, observing, 3, clock);
  }

  void run() {
    try {
      int people = 1 + random.nextInt(3);
      for (int i = 0; i < people; i++) {
        someoneNew();
      }
      int cycles = 2 + random.nextInt(5);
      for (int i = 0; i < cycles; i++) {
        away = random.nextInt(6) == 0 ? any(names()) : null;
        survive(this::cycle);
      }
      becomeQuiet();
      check();
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException | AssertionError e) {
      throw new Violation("seed " + seed + ": " + e + "\n" + log, e);
    }
  }

  private void survive(Runnable work) {
    try {
      work.run();
    } catch (Crash e) {
      say("-- crash");
      stored = stored.copy();
      start();
    }
  }

  private void becomeQuiet() {
    calm = true;
    away = null;
    underWay.forEach(Runnable::run);
    underWay.clear();
    say("-- calm");
    int cycles = 0;
    boolean quiet = false;
    while (!quiet) {
      if (++cycles > QUIET_WITHIN) {
        fail("not quiet after " + QUIET_WITHIN + " cycles");
      }
      // A record that was refused waits before it is tried again.
      now = now.plusSeconds(3600);
      long before = writes();
      int[] ends = systems.values().stream().mapToInt(TinySystem::feedEnd).toArray();
      cycle();
      quiet =
          writes() == before
              && Arrays.equals(
                  ends, systems.values().stream().mapToInt(TinySystem::feedEnd).toArray());
    }
    long before = writes();
    cycle();
    if (writes() != before) {
      fail("written after quiet");
    }
  }

  private long writes() {
    return systems.values().stream().mapToLong(TinySystem::writes).sum();
  }

  // The service

  private void cycle() {
    say("-- cycle" + (away == null ? "" : " without " + away));
    for (TinySystem system : systems.values()) {
      guarded(() -> read(system));
    }
    for (TinySystem system : systems.values()) {
      guarded(() -> deliver(system));
    }
  }

  private static void guarded(Runnable work) {
    try {
      work.run();
    } catch (Away e) {
      // The system is tried again in the next cycle.
      return;
    }
  }

  /** What a service would see of the ledger that lacks one of its rules. */
  private LedgerTransaction mutated(LedgerTransaction tx) {
    if (mutant == Mutant.NONE || mutant == Mutant.NO_CONDITION) {
      return tx;
    }
    return (LedgerTransaction)
        Proxy.newProxyInstance(
            LedgerTransaction.class.getClassLoader(),
            new Class<?>[] {LedgerTransaction.class},
            (proxy, method, arguments) -> mutated(tx, method, arguments));
  }

  private Object mutated(LedgerTransaction tx, Method method, Object[] arguments) throws Throwable {
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

  private void read(TinySystem system) {
    served = "bigquery";
    int end = system.feedEnd();
    while (true) {
      perhaps();
      reach(system);
      Cursor cursor = ledger.transaction(tx -> tx.cursor(system.system()));
      int from = cursor.position() == null ? 0 : Integer.parseInt(cursor.position());
      if (from >= end) {
        return;
      }
      if (!calm && from > 0 && random.nextInt(8) == 0) {
        from--;
      }
      int to = Math.min(end, from + 1 + random.nextInt(4));
      List<Sighting> told = system.changed(from, to, now);
      told.forEach(sighting -> say("read " + sighting));
      perhaps();
      perhapsCrash();
      observing.store(
          new Page(
              system.system(), told, new Cursor(system.system(), Integer.toString(to), null, now)),
          Limits.none());
      understood(system, told);
      if (!calm && random.nextInt(10) == 0) {
        return;
      }
    }
  }

  private void understood(TinySystem system, List<Sighting> told) {
    for (Sighting sighting : told) {
      if (sighting instanceof Observation record) {
        Row row = system.rows().get(record.externalId());
        if (row == null || Long.toString(row.revision).equals(record.revision())) {
          unread.get(system.system()).removeIf(word -> word.startsWith(record.externalId() + "|"));
        }
      }
    }
  }

  private void deliver(TinySystem system) {
    served = system.system();
    Pass pass = delivering.begin(system.system(), 1 + random.nextInt(3));
    while (pass.goesOn()) {
      reread(system, pass);
      Batch batch;
      while ((batch = delivering.next(pass)) != null) {
        send(system, pass, batch);
      }
    }
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
        if (row != null) {
          told.add(system.observe(row, now));
        }
      }
      say("reread " + told);
      perhaps();
      delivering.reread(pass, asked, told, Limits.none());
      understood(system, told);
    }
  }

  private void send(TinySystem system, Pass pass, Batch batch) {
    List<Outcome> outcomes = new ArrayList<>();
    perhaps();
    perhapsCrash();
    reach(system);
    for (Write write : batch.writes()) {
      perhaps();
      checkGate(system, write);
      if (!calm && random.nextInt(12) == 0) {
        lose(system, write);
        continue;
      }
      Answer answer = take(system, write);
      if (answer == Answer.CONDITION_FAILED) {
        outcomes.add(new Outcome.ConditionFailed(write));
      } else {
        Row row =
            write.isCreation()
                ? system.byContactId(write.contactId())
                : system.rows().get(write.externalId());
        if (row == null) {
          // Destroyed by someone right after it was written.
          outcomes.add(
              new Outcome.Applied(
                  write, write.externalId() == null ? "gone" : write.externalId(), null, null));
          continue;
        }
        Observation record = system.observe(row, now);
        outcomes.add(
            new Outcome.Applied(
                write, row.id, record.revision(), random.nextBoolean() ? record : null));
      }
    }
    perhaps();
    perhapsCrash();
    delivering.answered(pass, outcomes);
  }

  private void lose(TinySystem system, Write write) {
    switch (random.nextInt(3)) {
      case 0 -> {
        say("answer lost: " + take(system, write));
      }
      case 1 -> say("lost before it arrived: " + write.id());
      default -> {
        say("under way: " + write.id());
        underWay.add(() -> take(system, write));
      }
    }
    if (random.nextBoolean()) {
      throw new Away();
    }
  }

  private Answer take(TinySystem system, Write write) {
    Write sent = write;
    if (mutant == Mutant.NO_CONDITION && !write.isCreation()) {
      Row row = system.rows().get(write.externalId());
      sent =
          new Write(
              write.id(),
              write.system(),
              write.contact(),
              write.externalId(),
              row == null ? null : Long.toString(row.revision),
              write.values(),
              write.bound());
    }
    Answer answer = system.write(sent, now);
    say(
        system.system()
            + " "
            + answer
            + " "
            + write.id()
            + " "
            + write.externalId()
            + " on "
            + write.revision()
            + " "
            + write.contactId()
            + " "
            + write.values());
    if (answer == Answer.APPLIED && system.system().equals("bigquery")) {
      write.values().forEach((field, value) -> hold(write.contactId(), field, value));
      Row row =
          write.isCreation()
              ? system.byContactId(write.contactId())
              : system.rows().get(write.externalId());
      row.values.forEach((field, value) -> hold(write.contactId(), field, value));
    }
    return answer;
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
                fail(system.system() + " was sent " + field + " before the record of truth");
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
    if (!calm && random.nextInt(60) == 0) {
      throw new Crash();
    }
  }

  // The people

  private void perhaps() {
    now = now.plusMillis(random.nextInt(1500));
    if (calm) {
      return;
    }
    if (!underWay.isEmpty() && random.nextInt(6) == 0) {
      underWay.remove(random.nextInt(underWay.size())).run();
    }
    if (random.nextInt(5) == 0) {
      someoneActs();
    }
  }

  private void someoneActs() {
    TinySystem system = systems.get(any(names()));
    if (random.nextInt(25) == 0) {
      someoneNew();
      return;
    }
    if (system.rows().isEmpty()) {
      return;
    }
    Row row = any(List.copyOf(system.rows().values()));
    Instant at = now.minusMillis(skewMillis.get(system.system()));
    switch (random.nextInt(20)) {
      case 0 -> {
        row.deleted = true;
        system.touch(row, at);
      }
      case 1, 2 -> {
        row.deleted = false;
        system.touch(row, at);
      }
      case 3 -> {
        if (random.nextInt(3) == 0) {
          destroy(system, row);
          return;
        }
        system.touch(row, at);
      }
      case 4 -> system.edit(row, TinySystem.FLAG, anyFlag(), at);
      case 5 -> {
        if (random.nextBoolean()) {
          loseContactId(system, row, at);
        } else {
          returnWithId(system, at);
        }
      }
      case 6, 7, 8 -> editTags(system, row, at);
      case 9, 10 -> editDocument(system, row, at);
      default -> editText(system, row, at);
    }
    say(
        "   edit "
            + system.system()
            + " "
            + row.id
            + "@"
            + row.revision
            + (row.deleted ? " deleted " : " ")
            + row.contactId
            + " "
            + row.values);
    remember(system, row);
  }

  private void remember(TinySystem system, Row row) {
    if (!system.system().equals("bigquery")) {
      return;
    }
    Replica linked =
        stored.transaction(tx -> tx.replicasByExternalId("bigquery", List.of(row.id))).get(row.id);
    String contactId = linked == null ? row.contactId : linked.contactId();
    if (contactId != null) {
      row.values.forEach((field, value) -> hold(contactId, field, value));
      if (row.deleted) {
        hold(contactId, Fields.DELETED, new Value.Flag(true));
      }
    }
  }

  private void someoneNew() {
    TinySystem system = systems.get(any(names()));
    Instant at = now.minusMillis(skewMillis.get(system.system()));
    String id = random.nextBoolean() ? null : "own-" + ids++;
    Row row = system.insert(id, at);
    peoplesIds.add(row.id);
    editText(system, row, at);
    editText(system, row, at);
    editTags(system, row, at);
    remember(system, row);
    say("   new " + row.id + " " + row.contactId + " " + row.values);
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
      Row row = system.insert(any(known), at);
      editText(system, row, at);
      editTags(system, row, at);
      remember(system, row);
      say("   by hand " + row.id + " " + row.contactId + " " + row.values);
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
    boolean linked =
        !stored
            .transaction(tx -> tx.replicasByExternalId(system.system(), List.of(row.id)))
            .isEmpty();
    if (linked) {
      row.contactId = null;
      system.touch(row, at);
    }
  }

  private void destroy(TinySystem system, Row row) {
    say("   destroyed " + system.system() + " " + row.id);
    Set<String> words = new HashSet<>();
    unread
        .get(system.system())
        .removeIf(
            word -> {
              boolean ofRow = word.startsWith(row.id + "|");
              if (ofRow) {
                words.add(word.substring(row.id.length() + 1));
              }
              return ofRow;
            });
    memory.destroy(words);
    system.remove(row);
  }

  private void unread(TinySystem system, Row row, String word) {
    unread.get(system.system()).add(row.id + "|" + Memory.small(word));
  }

  private void editText(TinySystem system, Row row, Instant at) {
    String field = any(TinySystem.TEXTS);
    String shown = row.values.get(field) instanceof Value.Text text ? text.text() : null;
    if (shown != null && random.nextInt(12) == 0) {
      memory.clear(shown);
      unread(system, row, shown);
      system.edit(row, field, Value.EMPTY, at);
      return;
    }
    String word = memory.word(random.nextBoolean() ? "A" : "b", shown);
    unread(system, row, word);
    system.edit(row, field, new Value.Text(word), at);
  }

  private void editTags(TinySystem system, Row row, Instant at) {
    List<String> tags =
        new ArrayList<>(
            row.values.get(TinySystem.TAGS) instanceof Value.Items list ? list.items() : List.of());
    int what = random.nextInt(4);
    if (what == 0 && !tags.isEmpty()) {
      String gone = tags.remove(random.nextInt(tags.size()));
      memory.remove(gone);
      unread(system, row, gone);
    } else if (what == 1) {
      Collections.shuffle(tags, random);
    } else {
      String item = memory.item(random.nextInt(4) == 0 ? "X" : random.nextBoolean() ? "A" : "b");
      if (system.held(TinySystem.TAGS, new Value.Items(List.of(item))).isEmpty()) {
        memory.destroy(Set.of(item));
        return;
      }
      unread(system, row, item);
      tags.add(random.nextBoolean() ? tags.size() : 0, item);
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
    String key = any(List.of("k1", "k2", "k3"));
    String word = memory.word("D", json.has(key) ? json.get(key).textValue() : null);
    unread(system, row, word);
    json.put(key, word);
    system.edit(row, TinySystem.DOCUMENT, FieldType.DOCUMENT.normalise(json), at);
  }

  private Value anyFlag() {
    return switch (random.nextInt(3)) {
      case 0 -> Value.EMPTY;
      case 1 -> new Value.Flag(true);
      default -> new Value.Flag(false);
    };
  }

  // What must hold in the end

  private void check() {
    List<Contact> contacts = stored.transaction(tx -> tx.contactsAfter(null, 1000));
    if (contacts.size() > peoplesIds.size()) {
      fail("a contact exists twice: " + contacts.size() + " of " + peoplesIds.size());
    }
    Set<String> live = new TreeSet<>();
    Set<String> canonical = new HashSet<>();
    for (Contact contact : contacts) {
      contact.fields().values().forEach(s -> canonical.addAll(TinySystem.texts(s.value())));
      if (!contact.isDeleted()) {
        live.add(contact.id());
        systems.values().forEach(system -> checkSame(contact, system));
      }
    }
    for (TinySystem system : systems.values()) {
      List<String> there =
          system.rows().values().stream()
              .filter(row -> !row.deleted)
              .map(row -> String.valueOf(row.contactId))
              .sorted()
              .toList();
      if (!there.equals(List.copyOf(live))) {
        fail(system.system() + " holds " + there + " but live are " + live);
      }
    }
    Set<String> lost = new HashSet<>();
    Set<String> removals = new HashSet<>();
    stored
        .transaction(tx -> tx.conflicts(false, 0, 100_000))
        .forEach(
            conflict -> {
              // A removal that gave way is listed as a value that lacks what the kept one has.
              lost.addAll(TinySystem.texts(conflict.lost()));
              if (conflict.lost().isEmpty() || conflict.field().equals(TinySystem.TAGS)) {
                removals.addAll(TinySystem.texts(conflict.kept()));
                removals.removeAll(TinySystem.texts(conflict.lost()));
              }
            });
    List<String> wrong = memory.violations(canonical, lost, removals);
    if (!wrong.isEmpty()) {
      fail(String.join("; ", wrong));
    }
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
    throw new Violation("seed " + seed + ": " + what + "\n" + log, null);
  }

  /** The story of this schedule, for the one that fails. */
  private void say(String what) {
    log.append(what).append('\n');
  }

  private static List<String> names() {
    return List.of("bigquery", "twenty", "supabase", "local");
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
