package truthforge.sync.flow;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.ledger.UnansweredWrite;
import truthforge.sync.ledger.Watch;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Merged;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;

/**
 * Gives out what a system is due, batch by batch, and takes in what became of it. Before a write
 * leaves, it is noted in the ledger; a retry is always derived anew.
 */
public final class Delivering {

  private static final int SWEEP_PAGE = 500;

  private final Ledger ledger;
  private final Participants participants;
  private final Merge merge;
  private final Due due;
  private final Observing observing;
  private final int maxAttempts;
  private final Clock clock;
  private final OwnWrites ownWrites = new OwnWrites();
  private final Executor executor;
  private volatile Answers answers = Answers.UNHEARD;

  /**
   * @param maxAttempts how often a system may refuse a record before it is parked
   * @param executor for what is stored while the next batch is under way
   */
  public Delivering(
      Ledger ledger,
      Participants participants,
      Merge merge,
      Due due,
      Observing observing,
      int maxAttempts,
      Clock clock,
      Executor executor) {
    this.ledger = ledger;
    this.participants = participants;
    this.merge = merge;
    this.due = due;
    this.observing = observing;
    this.maxAttempts = maxAttempts;
    this.clock = clock;
    this.executor = executor;
  }

  /** From now on this is told what became of writes. */
  public void tell(Answers listener) {
    answers = listener;
  }

  /** What change feeds need not tell any more. */
  public OwnWrites ownWrites() {
    return ownWrites;
  }

  public Pass begin(String system, int batchSize) {
    return begin(system, batchSize, batchSize);
  }

  /**
   * @param notedAtOnce contacts whose writes are noted in one transaction: whole batches, as each
   *     flush of a disk takes its time
   */
  public Pass begin(String system, int batchSize, int notedAtOnce) {
    return new Pass(system, batchSize, notedAtOnce, executor);
  }

  /** How many contacts the system is due now, as far as the record of truth has acknowledged. */
  public long countDue(String system) {
    return ledger.transaction(
        tx -> tx.countDue(system, participants.gateOf(system), clock.instant()).count());
  }

  /** Whether a pass that begins now may have anything to read again or to write. */
  public boolean hasWork(String system) {
    Instant now = clock.instant();
    return ledger.transaction(
        tx ->
            !tx.due(system, participants.gateOf(system), now, null, 1).isEmpty()
                || !tx.toReread(system, now, null, 1).isEmpty());
  }

  /**
   * The next batch of the pass, noted as unanswered (rule 5); null when nothing more is due.
   *
   * <p>Promise 2: nothing in it is newer than what the record of truth has acknowledged.
   */
  public Batch next(Pass pass) {
    pass.givenOutAt(clock.instant());
    for (Search.Part part = pass.search().next(); part != null; part = pass.search().next()) {
      Batch batch = again(part.of(), part.contactIds());
      if (batch.size() > 0) {
        return batch;
      }
    }
    if (pass.isRoundOver()) {
      return null;
    }
    if (pass.noted().isEmpty()) {
      pass.deriving().settle();
    }
    while (pass.noted().isEmpty()) {
      Found found = find(pass);
      if (found == null) {
        return null;
      }
      note(pass, found);
    }
    Batch batch = pass.noted().poll();
    if (pass.noted().isEmpty() && pass.mayBeMore()) {
      pass.deriving().begin(() -> noted(pass, find(pass)));
    }
    return batch;
  }

  private Runnable noted(Pass pass, Found found) {
    return () -> {
      if (found != null) {
        note(pass, found);
      }
    };
  }

  private static void note(Pass pass, Found found) {
    pass.moveTo(found.last(), found.looked());
    pass.suspectsDue().removeAll(found.ids());
    pass.note(found.writes());
  }

  /** The next writes, noted; null when nothing more is due. */
  private Found find(Pass pass) {
    String gate = participants.gateOf(pass.system());
    return ledger.transaction(
        tx -> {
          if (isHeld(tx, pass)) {
            return null;
          }
          List<String> ids =
              tx.due(pass.system(), gate, clock.instant(), pass.after(), pass.notedAtOnce());
          if (pass.suspects() == null) {
            pass.suspect(Suspects.of(tx, pass.system()));
          }
          return ids.isEmpty() ? findSuspects(tx, pass) : findOthers(tx, pass, ids);
        });
  }

  private Found findOthers(LedgerTransaction tx, Pass pass, List<String> ids) {
    List<String> others = new ArrayList<>();
    for (String id : ids) {
      if (pass.suspects().contains(id)) {
        pass.suspectsDue().add(id);
      } else {
        others.add(id);
      }
    }
    return new Found(
        derive(tx, pass.system(), others), others, ids.get(ids.size() - 1), ids.size());
  }

  private Found findSuspects(LedgerTransaction tx, Pass pass) {
    List<String> ids = pass.suspects().next(pass.suspectsDue());
    return ids.isEmpty() ? null : new Found(derive(tx, pass.system(), ids), ids, pass.after(), 0);
  }

  /** Takes back what was noted and then not sent: nothing of it can have arrived. */
  public void takeBack(Pass pass) {
    if (pass == null) {
      return;
    }
    pass.settle();
    if (pass.noted().isEmpty()) {
      return;
    }
    List<Write> unsent = new ArrayList<>();
    pass.noted().forEach(batch -> unsent.addAll(batch.writes()));
    Set<String> writeIds = new LinkedHashSet<>();
    unsent.forEach(write -> writeIds.add(write.id()));
    ledger.transaction(
        tx -> {
          List<Replica> open = new ArrayList<>();
          tx.replicasOf(unsent.stream().map(Write::contactId).toList())
              .values()
              .forEach(
                  of -> {
                    Replica replica = of.get(pass.system());
                    if (isNoted(replica, writeIds)) {
                      open.add(without(replica, writeIds));
                    }
                  });
          tx.saveReplicas(open);
          return null;
        });
    pass.noted().clear();
  }

  private static boolean isNoted(Replica replica, Set<String> writeIds) {
    return replica != null
        && replica.unanswered().stream().anyMatch(write -> writeIds.contains(write.id()));
  }

  /**
   * Notes that the system refused a batch as a whole: {@link #next} gives parts of it, each derived
   * anew: the way to the bad record.
   */
  public void halve(Pass pass, Batch refused) {
    pass.search().refused(refused);
  }

  /** Notes that what the system refused was a single record. */
  public void refusedAlone(Pass pass) {
    pass.search().refusedAlone();
  }

  /**
   * Notes that a write of the batch got no answer. What had none is read before it is written again
   * (rule 5), after all else, and in halves, so that a record which gets none stops no other
   * (promise 7). Alone, and for the second time, it costs an attempt, unless the system takes none.
   *
   * @param reason why, in plain words
   * @return whether the pass goes on: the system took others
   */
  public boolean unanswered(Pass pass, Batch batch, String reason) {
    takeBack(pass);
    Suspects suspects = pass.suspects();
    List<Write> open = ledger.transaction(tx -> open(tx, batch));
    if (suspects == null || open.isEmpty()) {
      return false;
    }
    List<String> ids = open.stream().map(Write::contactId).toList();
    boolean alone = open.size() == 1 && suspects.isAlone(ids.get(0));
    suspects.retain(id -> !pass.suspectsTaken().contains(id));
    suspects.unanswered(ids);
    ids.forEach(pass.suspectsTaken()::remove);
    boolean goesOn = pass.mayGoOnUnanswered();
    ledger.transaction(
        tx -> {
          suspects.save(tx, pass.system());
          if (goesOn && alone) {
            Answering answering = new Answering(tx, pass, Set.copyOf(ids));
            answering.unanswered(new Outcome.Rejected(open.get(0), reason, false));
            answering.save();
          }
          return null;
        });
    return goesOn;
  }

  /** What of a batch is not known to have been answered. */
  private static List<Write> open(LedgerTransaction tx, Batch batch) {
    Map<String, Map<String, Replica>> replicas =
        tx.replicasOf(batch.writes().stream().map(Write::contactId).toList());
    return batch.writes().stream()
        .filter(
            write ->
                isNoted(
                    replicas.getOrDefault(write.contactId(), Map.of()).get(batch.system()),
                    Set.of(write.id())))
        .toList();
  }

  /** Notes that the system did not look at the batch: {@link #next} derives it anew. */
  public void putBack(Pass pass, Batch batch) {
    pass.search().again(batch);
  }

  /**
   * Notes writes without a condition before they are sent: what they replace is asked for even when
   * the process dies meanwhile (promises 1 and 9).
   */
  public void watch(Pass pass, List<Watch> writes) {
    if (!writes.isEmpty()) {
      ledger.transaction(
          tx -> {
            tx.watch(pass.system(), writes);
            return null;
          });
    }
  }

  /**
   * Lists what writes without a condition replaced unseen (promise 1). Of a contact that was
   * forgotten meanwhile nothing is kept.
   */
  public void witnessed(Pass pass, Witnessed told) {
    pass.settle();
    if (told.overwritten().isEmpty() && told.done().isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    int listed =
        ledger.transaction(
            tx -> {
              Set<String> known =
                  tx.contacts(told.overwritten().stream().map(Overwritten::contactId).toList())
                      .keySet();
              List<Conflict> conflicts =
                  told.overwritten().stream()
                      .filter(one -> known.contains(one.contactId()))
                      .map(one -> conflict(one, pass.system(), now))
                      .toList();
              tx.addConflicts(conflicts);
              tx.endWatch(pass.system(), told.done());
              return conflicts.size();
            });
    pass.countOverwritten(listed);
  }

  private static Conflict conflict(Overwritten one, String system, Instant now) {
    FieldState kept = one.kept();
    return new Conflict(
        0,
        one.contactId(),
        one.field(),
        Conflict.Kind.EDIT,
        kept == null ? Value.EMPTY : kept.value(),
        kept == null || kept.by() == null ? system : kept.by(),
        kept == null ? null : kept.at(),
        one.value(),
        system,
        one.at(),
        now,
        Conflict.Status.SETTLED);
  }

  /** The records that a batch changes, to be read just before they are written. */
  public List<Reread> asReread(Batch batch) {
    return ledger.transaction(
        tx -> {
          Map<String, Map<String, Replica>> replicas =
              tx.replicasOf(batch.changes().stream().map(Write::contactId).toList());
          return batch.changes().stream()
              .filter(write -> replicas.containsKey(write.contactId()))
              .map(
                  write ->
                      new Reread(
                          replicas.get(write.contactId()).get(batch.system()), write.contact()))
              .toList();
        });
  }

  /** Derives anew what the changed contacts of a batch are due, none of it having been sent. */
  public Batch again(Batch unsent) {
    return again(unsent, unsent.changes().stream().map(Write::contactId).toList());
  }

  /** Derives anew what some contacts of a batch that did not arrive are due. */
  public Batch again(Batch refused, Collection<String> contactIds) {
    List<String> ids = List.copyOf(contactIds);
    Set<String> writeIds = new LinkedHashSet<>();
    refused.writes().forEach(write -> writeIds.add(write.id()));
    List<Write> writes =
        ledger.transaction(
            tx -> {
              List<Replica> answered = new ArrayList<>();
              tx.replicasOf(ids)
                  .values()
                  .forEach(of -> answered.add(without(of.get(refused.system()), writeIds)));
              tx.saveReplicas(answered);
              return derive(tx, refused.system(), ids);
            });
    return new Batch(refused.system(), writes, false);
  }

  private static Replica without(Replica replica, Set<String> writeIds) {
    return replica
        .withUnanswered(
            replica.unanswered().stream().filter(open -> !writeIds.contains(open.id())).toList())
        .withRereadDue(false);
  }

  /** Promise 8: to a source that waits for a person nothing is sent, nor is anything believed. */
  private static boolean isHeld(LedgerTransaction tx, Pass pass) {
    return Sources.heldFor(tx, pass.system()) != null;
  }

  private record Found(List<Write> writes, List<String> ids, String last, int looked) {}

  private List<Write> derive(LedgerTransaction tx, String system, List<String> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    Instant now = clock.instant();
    String gate = participants.gateOf(system);
    Capabilities capabilities = participants.of(system);
    Map<String, Contact> contacts = tx.contacts(ids);
    Map<String, Map<String, Replica>> replicas = tx.replicasOf(ids);
    Map<String, Set<String>> waiting = tx.waitingFields(ids);
    List<Write> writes = new ArrayList<>();
    List<Replica> changed = new ArrayList<>();
    for (String id : ids) {
      Contact contact = contacts.get(id);
      if (contact == null) {
        continue;
      }
      Replica replica = replicas.get(id).get(system);
      if (replica.state() == Replica.State.HELD || replica.state() == Replica.State.PARKED) {
        continue;
      }
      Replica gateReplica = gate == null ? null : replicas.get(id).get(gate);
      long bound =
          gate == null ? contact.version() : gateReplica == null ? 0 : gateReplica.sentVersion();
      Set<String> waits = waiting.getOrDefault(id, Set.of());
      if (gate == null && due.waitsToSee(contact, replica, capabilities, bound)) {
        // Promise 2: what nobody has seen there, the record of truth cannot be said to hold.
        changed.add(replica.withRereadDue(true));
        continue;
      }
      Optional<Write> write = due.write(contact, replica, capabilities, bound, waits);
      if (write.isEmpty()) {
        if (bound > replica.sentVersion() && waits.isEmpty()) {
          changed.add(replica.withSentVersion(bound));
        }
        continue;
      }
      writes.add(write.get());
      List<UnansweredWrite> open = new ArrayList<>(replica.unanswered());
      open.add(write.get().unanswered(capabilities, now));
      // Rule 5: should no answer come, the record is read before it is written again.
      changed.add(replica.withUnanswered(open).withRereadDue(true));
    }
    tx.saveReplicas(changed);
    return writes;
  }

  /**
   * Takes in what became of the writes of a batch; all of it in one transaction. Where all were
   * taken, the next batch may leave before that is stored: until then they are unanswered (rule 5).
   *
   * @throws RuntimeException what storing this or the answer before it failed of
   */
  public void answered(Pass pass, List<Outcome> outcomes) {
    if (outcomes.isEmpty()) {
      return;
    }
    Instant givenOutAt = pass.givenOutAt();
    pass.storing().begin(() -> taken(pass, givenOutAt, outcomes));
    if (!outcomes.stream().allMatch(Outcome.Applied.class::isInstance)) {
      pass.storing().settle();
    }
  }

  /** Gives what the pass is to be told. */
  private Runnable taken(Pass pass, Instant givenOutAt, List<Outcome> outcomes) {
    Map<Long, List<String>> takenIn =
        ledger.transaction(
            tx -> {
              Set<String> ids = new LinkedHashSet<>();
              outcomes.forEach(outcome -> ids.add(outcome.write().contactId()));
              Answering answering = new Answering(tx, pass, ids);
              outcomes.forEach(answering::take);
              answering.save();
              return answering.takenIn();
            });
    takenIn.forEach((transaction, ids) -> ownWrites.note(pass.system(), transaction, ids));
    return () -> {
      pass.countSent((int) outcomes.stream().filter(Outcome.Applied.class::isInstance).count());
      answers.stored(pass.system(), givenOutAt, outcomes);
    };
  }

  /**
   * At the end of a pass: what the system failed on costs an attempt, unless it failed on several
   * and took none. Such a system parks nothing, however long it lasts.
   */
  public void end(Pass pass) {
    takeBack(pass);
    clearSuspects(pass);
    List<Outcome.Rejected> failures = pass.ownFailures();
    if (failures.isEmpty()) {
      return;
    }
    ledger.transaction(
        tx -> {
          Set<String> ids = new LinkedHashSet<>();
          failures.forEach(failure -> ids.add(failure.write().contactId()));
          Answering answering = new Answering(tx, pass, ids);
          failures.forEach(answering::charge);
          answering.save();
          return null;
        });
  }

  /** Who was taken or forgotten is suspected no more. */
  private void clearSuspects(Pass pass) {
    Suspects suspects = pass.suspects();
    if (suspects == null || suspects.isEmpty()) {
      return;
    }
    ledger.transaction(
        tx -> {
          Set<String> known = tx.contacts(suspects.ids()).keySet();
          suspects.retain(id -> known.contains(id) && !pass.suspectsTaken().contains(id));
          suspects.save(tx, pass.system());
          return null;
        });
  }

  /**
   * Records that must be read before they are written: those with a write of which no answer is
   * known, and those whose state had moved. Empty when there are no more in this pass.
   */
  public List<Reread> toReread(Pass pass) {
    pass.settle();
    List<Reread> found =
        ledger.transaction(
            tx -> {
              if (isHeld(tx, pass)) {
                return List.of();
              }
              List<Replica> replicas =
                  tx.toReread(pass.system(), clock.instant(), pass.rereadAfter(), pass.batchSize());
              Map<String, Contact> contacts =
                  tx.contacts(replicas.stream().map(Replica::contactId).toList());
              return replicas.stream()
                  .map(replica -> new Reread(replica, contacts.get(replica.contactId())))
                  .toList();
            });
    if (!found.isEmpty()) {
      pass.rereadMovedTo(found.get(found.size() - 1).replica().contactId());
    }
    return found;
  }

  /**
   * The next records of the system that should be there, in the order of their contacts; empty when
   * there are no more in this pass.
   */
  public List<Reread> nextToSweep(Pass pass) {
    while (true) {
      List<Replica> page =
          ledger.transaction(
              tx ->
                  isHeld(tx, pass)
                      ? List.of()
                      : tx.replicasAfter(pass.system(), pass.rereadAfter(), SWEEP_PAGE));
      if (page.isEmpty()) {
        return List.of();
      }
      pass.rereadMovedTo(page.get(page.size() - 1).contactId());
      List<Reread> asked =
          page.stream()
              .filter(Replica::hasRecord)
              .map(replica -> new Reread(replica, Contact.blank(replica.contactId())))
              .toList();
      if (!asked.isEmpty()) {
        return asked;
      }
    }
  }

  /**
   * Stores what was read of these records. What was asked for and not found is gone, or was never
   * created.
   */
  public Observing.Stored reread(
      Pass pass, List<Reread> asked, List<Sighting> sightings, Limits limits) {
    return reread(pass, asked, List.of(), sightings, limits);
  }

  /**
   * The same of records that webhooks told to read: a notice leaves the inbox in the transaction
   * that stores what was read (promise 3).
   */
  public Observing.Stored heard(Pass pass, Asked asked, List<Sighting> sightings, Limits limits) {
    return reread(pass, asked.records(), asked.ids(), sightings, limits);
  }

  private Observing.Stored reread(
      Pass pass, List<Reread> asked, List<Long> notices, List<Sighting> sightings, Limits limits) {
    String system = pass.system();
    return ledger.transaction(
        tx -> {
          tx.removeFromInbox(notices);
          Set<String> told = new LinkedHashSet<>();
          Map<String, Observation> understood = new LinkedHashMap<>();
          for (Sighting sighting : sightings) {
            told.add(sighting.externalId());
            if (sighting instanceof Observation record) {
              understood.put(record.externalId(), record);
            }
          }
          List<Sighting> all = new ArrayList<>(sightings);
          for (Reread reread : asked) {
            Replica replica = reread.replica();
            if (replica.hasRecord() && !told.contains(replica.externalId())) {
              all.add(new Sighting.Gone(system, replica.externalId()));
            }
          }
          Observing.Stored stored = observing.store(tx, new Page(system, all, null), limits);
          clearUnfound(tx, system, asked, understood);
          return stored;
        });
  }

  /** A creation of which nothing was found has not happened; it is derived again. */
  private void clearUnfound(
      LedgerTransaction tx,
      String system,
      List<Reread> asked,
      Map<String, Observation> understood) {
    List<String> ids = asked.stream().map(reread -> reread.replica().contactId()).toList();
    List<Replica> cleared = new ArrayList<>();
    tx.replicasOf(ids)
        .values()
        .forEach(
            of -> {
              Replica replica = of.get(system);
              if (!replica.hasRecord() && replica.rereadDue()) {
                // Kept as unanswered all the same: it may be under way yet.
                cleared.add(replica.withRereadDue(false));
              } else if (understood.containsKey(replica.externalId()) && replica.rereadDue()) {
                // Read in the same state as before, or without a field that it does not tell any
                // more: it may be written again, on that state.
                Observation told = understood.get(replica.externalId());
                cleared.add(observing.askedFor(replica, told));
              }
            });
    tx.saveReplicas(cleared);
  }

  /** One transaction that takes in answers. */
  private final class Answering {
    private final LedgerTransaction tx;
    private final Pass pass;
    private final String system;
    private final Capabilities capabilities;
    private final Instant now = clock.instant();
    private final Map<String, Contact> contacts;
    private final Map<String, Map<String, Replica>> replicas;
    private final Map<String, Contact> changedContacts = new LinkedHashMap<>();
    private final Map<String, Replica> ownReplicas = new LinkedHashMap<>();
    private final List<Replica> changedReplicas = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Conflict> conflicts = new ArrayList<>();
    private final Set<String> delivered = new LinkedHashSet<>();
    private final Map<Long, List<String>> takenIn = new LinkedHashMap<>();

    Answering(LedgerTransaction tx, Pass pass, Set<String> ids) {
      this.tx = tx;
      this.pass = pass;
      this.system = pass.system();
      this.capabilities = participants.of(system);
      this.contacts = tx.contacts(ids);
      this.replicas = tx.replicasOf(ids);
    }

    /**
     * Rows of which nothing more is to be known, by the transactions that wrote them. None while
     * reading a record does more than to compare it.
     */
    Map<Long, List<String>> takenIn() {
      boolean plain =
          !takenIn.isEmpty() && tx.countDeadLetters(system) == 0 && !RestoredLedger.isOne(tx);
      return plain ? takenIn : Map.of();
    }

    void take(Outcome outcome) {
      Write write = outcome.write();
      Replica replica = replicas.getOrDefault(write.contactId(), Map.of()).get(system);
      if (replica == null || !isStillAbout(write, replica)) {
        // A person merged or erased the contact meanwhile: the record is read anew.
        return;
      }
      if (outcome instanceof Outcome.Applied applied) {
        applied(applied, replica);
      } else if (outcome instanceof Outcome.Recreated recreated) {
        recreated(recreated, replica);
      } else if (outcome instanceof Outcome.ConditionFailed) {
        // A refused condition costs no attempt: read, observe, derive again.
        boolean giveUp = pass.givesUpOn(write);
        Replica next = withoutWrite(replica, write).withRereadDue(true);
        ownReplicas.put(write.contactId(), giveUp ? dropped(write, next) : next);
      } else if (outcome instanceof Outcome.Rejected rejected && rejected.forGood()) {
        ownReplicas.put(
            write.contactId(),
            rejected(write, withoutWrite(replica, write), rejected.reason(), true));
      } else if (outcome instanceof Outcome.Taken taken) {
        // Whoever has it may give it up in this very pass.
        boolean giveUp = pass.givesUpOn(write);
        Replica next = withoutWrite(replica, write);
        ownReplicas.put(
            write.contactId(),
            giveUp ? rejected(write, next, taken.reason(), true) : next.withRereadDue(true));
      } else if (outcome instanceof Outcome.Rejected rejected) {
        ownReplicas.put(write.contactId(), putOff(rejected, withoutWrite(replica, write)));
      }
    }

    /** At no cost so far: it may be the system. */
    private Replica putOff(Outcome.Rejected rejected, Replica replica) {
      pass.failedOn(rejected);
      return replica
          .withFailure(
              replica.attempts(), now.plus(retryAfter(replica.attempts() + 1)), rejected.reason())
          .withRefusalAt(now);
    }

    /** Kept as unanswered: it may have arrived, and is read before it is tried again. */
    void unanswered(Outcome.Rejected failure) {
      String contactId = failure.write().contactId();
      Replica replica = replicas.getOrDefault(contactId, Map.of()).get(system);
      if (replica != null && isStillAbout(failure.write(), replica)) {
        ownReplicas.put(contactId, putOff(failure, replica));
      }
    }

    private static boolean isStillAbout(Write write, Replica replica) {
      return write.isCreation() || write.externalId().equals(replica.externalId());
    }

    void charge(Outcome.Rejected failure) {
      Write write = failure.write();
      Replica replica = replicas.getOrDefault(write.contactId(), Map.of()).get(system);
      if (replica == null || !isStillAbout(write, replica)) {
        return;
      }
      ownReplicas.put(write.contactId(), rejected(write, replica, failure.reason(), false));
    }

    private Replica dropped(Write write, Replica replica) {
      if (write.isCreation()) {
        return notCreated(write, replica);
      }
      if (write.revision() == null) {
        return replica;
      }
      return putOff(
          new Outcome.Rejected(
              write,
              "the system takes no change of this record, though it is as it was read: see whether"
                  + " a rule, a trigger or row security there drops it",
              false),
          replica);
    }

    /** Said to be done, and nowhere to be found. */
    private Replica notCreated(Write write, Replica replica) {
      return putOff(
          new Outcome.Rejected(
              write,
              "the system takes no new record for this contact, and shows none that it could be:"
                  + " see whether a rule or a trigger there drops it",
              false),
          replica.withRereadDue(false));
    }

    private Replica withoutWrite(Replica replica, Write write) {
      return without(replica, Set.of(write.id()));
    }

    private void applied(Outcome.Applied applied, Replica replica) {
      Write write = applied.write();
      Replica after =
          write
              .applied(replica, capabilities)
              .withRevision(applied.revision())
              .withRereadDue(false)
              .withReading(replica.recordTime(), now);
      if (write.isCreation()) {
        after = after.withExternalId(applied.externalId());
      }
      delivered.add(write.contactId());
      pass.took(write.contactId());
      boolean merged = contacts.get(write.contactId()).mergedInto() != null;
      if (applied.answer() != null && merged) {
        // What the answer tells is an edit of another contact: it is read through the door.
        after = after.withRereadDue(true);
      } else if (applied.answer() != null) {
        // Rule 4: the fields written become seen; every other field goes through the door.
        Map<String, Seen> seen = new LinkedHashMap<>(after.seen());
        for (String field : write.values().keySet()) {
          Value told = applied.answer().values().get(field);
          if (told != null) {
            seen.put(field, Seen.of(told));
          }
        }
        Contact contact = contacts.get(write.contactId());
        Merged observed =
            merge.observe(
                contact,
                after.withSeen(seen),
                replicas.get(contact.id()).values(),
                applied.answer(),
                capabilities,
                now);
        after = observed.replica();
        if (!observed.contact().equals(contact)) {
          changedContacts.put(contact.id(), observed.contact());
        }
        changes.addAll(observed.changes());
        conflicts.addAll(observed.conflicts());
        if (applied.transaction() > 0 && after.state() == Replica.State.FREE) {
          takenIn
              .computeIfAbsent(applied.transaction(), t -> new ArrayList<>())
              .add(applied.externalId());
        }
      }
      ownReplicas.put(write.contactId(), after);
    }

    /**
     * Promise 6: what the new record lacks was cleared by nobody. It is due everything, and the
     * deletion that was replaced is listed.
     */
    private void recreated(Outcome.Recreated recreated, Replica replica) {
      Write write = recreated.write();
      Observation answer = recreated.answer();
      Map<String, Seen> seen = new LinkedHashMap<>();
      for (String field : capabilities.fieldNames()) {
        seen.put(field, Seen.of(capabilities.held(field, Value.EMPTY)));
      }
      seen.put(Fields.DELETED, Seen.of(Value.EMPTY));
      seen.put(Fields.CONTACT_ID, Seen.of(Value.ofText(write.contactId())));
      for (String field : write.values().keySet()) {
        Value told = answer.values().get(field);
        if (told != null) {
          seen.put(field, Seen.of(told));
        }
      }
      ownReplicas.put(
          write.contactId(),
          withoutWrite(replica, write)
              .withSeen(seen)
              .withSentVersion(0)
              .withRevision(recreated.revision())
              .withReading(answer.modifiedAt(), now)
              .withRereadDue(false));
      pass.failedUnder(write.contactId());
      pass.countOverwritten(1);
      conflicts.add(
          conflict(
              new Overwritten(
                  write.contactId(),
                  Fields.DELETED,
                  write.contact().fields().get(Fields.DELETED),
                  new Value.Flag(true),
                  answer.createdAt()),
              system,
              now));
    }

    private Replica rejected(Write write, Replica replica, String reason, boolean forGood) {
      int attempts = replica.attempts() + 1;
      if (!forGood && attempts < maxAttempts) {
        return replica
            .withFailure(attempts, now.plus(retryAfter(attempts)), reason)
            .withRefusalAt(now);
      }
      tx.park(
          new DeadLetter(
              0,
              DeadLetter.Direction.DELIVER,
              system,
              write.contactId(),
              write.externalId(),
              payload(write),
              reason,
              attempts,
              replica.failingSince() == null ? now : replica.failingSince(),
              now));
      pass.countParked();
      return replica.withFailure(attempts, null, reason).withState(Replica.State.PARKED);
    }

    void save() {
      tx.saveContacts(changedContacts.values());
      for (Contact contact : changedContacts.values()) {
        replicas
            .get(contact.id())
            .forEach(
                (name, replica) -> {
                  Replica other = Observing.settled(contact, Observing.unparked(replica));
                  if (!name.equals(system) && !other.equals(replica)) {
                    changedReplicas.add(other);
                  }
                });
      }
      changedReplicas.addAll(ownReplicas.values());
      tx.saveReplicas(changedReplicas);
      tx.addHistory(changes);
      tx.addConflicts(conflicts);
      tx.removeDeadLetters(DeadLetter.Direction.DELIVER, system, delivered);
    }
  }

  private static Duration retryAfter(int attempts) {
    return Duration.ofSeconds(30L << Math.min(attempts, 7));
  }

  private static String payload(Write write) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    write
        .values()
        .forEach(
            (field, value) ->
                json.set(
                    field,
                    field.equals(Fields.DELETED)
                        ? JsonNodeFactory.instance.booleanNode(!value.isEmpty())
                        : value.toJson()));
    return json.toString();
  }

  /**
   * Sends a parked contact again: what it holds now, not what was parked.
   *
   * @throws IllegalArgumentException when there is no such dead letter
   */
  public void replay(long deadLetterId) {
    ledger.transaction(
        tx -> {
          DeadLetter letter = tx.deadLetter(deadLetterId);
          if (letter == null) {
            throw new IllegalArgumentException("There is no dead letter " + deadLetterId);
          }
          if (letter.contactId() != null) {
            Replica replica =
                tx.replicasOf(List.of(letter.contactId()))
                    .getOrDefault(letter.contactId(), Map.of())
                    .get(letter.target());
            if (replica != null && replica.state() == Replica.State.PARKED) {
              tx.saveReplicas(
                  List.of(
                      replica
                          .withState(Replica.State.FREE)
                          .withFailure(0, null, replica.lastError())
                          .withRereadDue(replica.hasRecord())));
            }
          }
          tx.removeDeadLetter(deadLetterId);
          return null;
        });
  }
}
