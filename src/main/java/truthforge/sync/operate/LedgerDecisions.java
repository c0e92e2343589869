package truthforge.sync.operate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import truthforge.sync.cli.ConflictReport;
import truthforge.sync.cli.ConflictsReport;
import truthforge.sync.cli.DeadLetterReport;
import truthforge.sync.cli.DeadLettersReport;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.DuplicatesReport;
import truthforge.sync.cli.ForgetReport;
import truthforge.sync.cli.HeldOneReport;
import truthforge.sync.cli.HeldReport;
import truthforge.sync.cli.HistoryReport;
import truthforge.sync.cli.MergeReport;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.RevertReport;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Deciding;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Observing;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Linker;

/** The decisions of people, on one ledger. */
final class LedgerDecisions implements Decisions {

  private static final int PAGE = 1000;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Ledger ledger;
  private final Fields fields;
  private final Observing observing;
  private final Delivering delivering;
  private final Deciding deciding;

  LedgerDecisions(Ledger ledger, Fields fields, Observing observing, Delivering delivering) {
    this.ledger = ledger;
    this.fields = fields;
    this.observing = observing;
    this.delivering = delivering;
    this.deciding = observing.deciding();
  }

  /** What cannot be done as asked is the asker's to put right. */
  private static <T> T asked(String list, Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException e) {
      throw Problem.usage(e.getMessage(), list);
    }
  }

  private static Problem unknown(String what, long id, String list) {
    return Problem.usage("There is no " + what + " " + id, "See '" + list + "'");
  }

  // Conflicts

  @Override
  public ConflictsReport conflicts(boolean openOnly, long after, int limit) {
    return new ConflictsReport(ledger.transaction(tx -> tx.conflicts(openOnly, after, limit)));
  }

  @Override
  public ConflictReport conflict(long id) {
    return ledger.transaction(
        tx -> {
          Conflict conflict = tx.conflict(id);
          if (conflict == null) {
            throw unknown("conflict", id, "conflicts list");
          }
          Contact contact = tx.contacts(List.of(conflict.contactId())).get(conflict.contactId());
          return new ConflictReport(
              conflict,
              contact == null ? Value.EMPTY : contact.value(conflict.field()),
              Deciding.waitingWith(tx, conflict));
        });
  }

  @Override
  public ConflictReport resolve(long id, Choice choice) {
    List<Long> together = conflict(id).together();
    asked(
        "See 'conflicts list' and 'conflicts show'",
        () -> {
          deciding.resolve(id, conflict -> chosen(conflict, choice));
          return id;
        });
    return conflict(id).settledWith(together);
  }

  private Value chosen(Conflict conflict, Choice choice) {
    if (choice instanceof Choice.Kept) {
      return conflict.kept();
    }
    if (choice instanceof Choice.Lost) {
      return conflict.lost();
    }
    Field field = fields.find(conflict.field());
    if (field == null) {
      throw new IllegalArgumentException(
          "The field " + conflict.field() + " can be settled by --kept or --lost only");
    }
    Value value = field.type().normalise(json(((Choice.Other) choice).json()));
    if (value.isEmpty() && !json(((Choice.Other) choice).json()).isNull()) {
      throw new IllegalArgumentException(
          "That is no value of the field " + conflict.field() + "; null clears it");
    }
    return value;
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  // Dead letters

  @Override
  public DeadLettersReport deadLetters(long after, int limit) {
    return new DeadLettersReport(ledger.transaction(tx -> tx.deadLetters(after, limit)));
  }

  @Override
  public DeadLetterReport deadLetter(long id) {
    DeadLetter letter = ledger.transaction(tx -> tx.deadLetter(id));
    if (letter == null) {
      throw unknown("dead letter", id, "dead-letters list");
    }
    return new DeadLetterReport(letter);
  }

  @Override
  public long replay(Collection<Long> ids) {
    Set<Long> distinct = new LinkedHashSet<>(ids);
    Set<String> unread = new TreeSet<>();
    for (long id : distinct) {
      DeadLetter letter = deadLetter(id).deadLetter();
      if (letter.direction() == DeadLetter.Direction.OBSERVE) {
        unread.add(letter.target());
      }
    }
    // First what reads the records: died here, they are read and their dead letters are still told.
    readFromTheStart(unread);
    for (long id : distinct) {
      asked(
          "See 'dead-letters list'",
          () -> {
            delivering.replay(id);
            return id;
          });
    }
    return distinct.size();
  }

  private void readFromTheStart(Set<String> systems) {
    if (systems.isEmpty()) {
      return;
    }
    ledger.transaction(
        tx -> {
          systems.forEach(system -> Sources.readEverything(tx, system, "replay"));
          return null;
        });
  }

  @Override
  public long replayAll() {
    List<Long> ids = new ArrayList<>();
    ledger.transaction(
        tx -> {
          ids.clear();
          List<DeadLetter> page = tx.deadLetters(0, PAGE);
          while (!page.isEmpty()) {
            page.forEach(letter -> ids.add(letter.id()));
            page = tx.deadLetters(page.get(page.size() - 1).id(), PAGE);
          }
          return null;
        });
    return replay(ids);
  }

  @Override
  public void discard(long id) {
    asked(
        "See 'dead-letters list'",
        () -> {
          deciding.discard(id);
          return id;
        });
  }

  // Held

  @Override
  public HeldReport held(long after, int limit) {
    return new HeldReport(ledger.transaction(tx -> tx.heldAfter(after, limit)));
  }

  @Override
  public HeldOneReport heldOne(long id) {
    Held held = ledger.transaction(tx -> tx.held(id));
    if (held == null) {
      throw unknown("held observation", id, "held list");
    }
    return new HeldOneReport(held);
  }

  @Override
  public void approve(long id, String contactId) {
    asked("See 'held list' and 'held show'", () -> observing.approve(id, contactId));
  }

  @Override
  public void refuse(long id) {
    asked("See 'held list'", () -> observing.refuse(id));
  }

  // Contacts

  @Override
  public HistoryReport history(String contactId, int limit) {
    return ledger.transaction(
        tx -> {
          Contact contact = tx.contacts(List.of(contactId)).get(contactId);
          if (contact == null) {
            throw Problem.usage(
                "There is no contact " + contactId, "Ids are told by every listing");
          }
          return new HistoryReport(contactId, contact.version(), tx.history(contactId, limit));
        });
  }

  @Override
  public RevertReport revert(String contactId, long version) {
    List<String> reverted =
        asked(
            "Ids are told by every listing, and versions by 'history'",
            () -> deciding.revert(contactId, version));
    long now = ledger.transaction(tx -> tx.contacts(List.of(contactId)).get(contactId).version());
    return new RevertReport(contactId, version, now, reverted);
  }

  @Override
  public MergeReport merge(String stays, String goes) {
    Deciding.Joined joined =
        asked("See 'duplicates' and 'history'", () -> deciding.merge(stays, goes));
    return new MergeReport(
        joined.stays(),
        joined.goes(),
        joined.version(),
        joined.moved(),
        joined.surplus(),
        joined.conflicts());
  }

  @Override
  public ForgetReport forget(String contactId) {
    asked(
        "Ids are told by every listing; 'forget --pending' tells what is being erased",
        () ->
            ledger.transaction(
                tx -> {
                  observing.forgetting().forget(tx, contactId);
                  return contactId;
                }));
    return forgetting();
  }

  @Override
  public ForgetReport forgetting() {
    return ledger.transaction(
        tx ->
            new ForgetReport(
                observing.forgetting().pending(tx).stream()
                    .map(
                        erasure ->
                            new ForgetReport.Erasure(
                                erasure.contactId(),
                                List.copyOf(erasure.targets().keySet()),
                                erasure.since(),
                                erasure.notBefore()))
                    .toList()));
  }

  @Override
  public DuplicatesReport duplicates() {
    Map<Set<String>, DuplicatesReport.Group> groups = new LinkedHashMap<>();
    String after = null;
    while (true) {
      String start = after;
      List<Contact> page = ledger.transaction(tx -> tx.contactsAfter(start, PAGE));
      if (page.isEmpty()) {
        return new DuplicatesReport(List.copyOf(groups.values()));
      }
      ledger.transaction(
          tx -> {
            groupsWith(tx, page)
                .forEach(group -> groups.putIfAbsent(Set.copyOf(group.contacts()), group));
            return null;
          });
      after = page.get(page.size() - 1).id();
    }
  }

  private static List<DuplicatesReport.Group> groupsWith(LedgerTransaction tx, List<Contact> page) {
    List<Contact> live = page.stream().filter(contact -> !contact.isDeleted()).toList();
    List<DuplicatesReport.Group> found = new ArrayList<>();
    Map<String, Set<String>> sharing = new TreeMap<>();
    tx.contactIdsByEmail(items(live, Fields.EMAILS_FIELD)).values().stream()
        .filter(ids -> ids.size() > 1)
        .forEach(ids -> group(tx, "email", ids, false).ifPresent(found::add));
    sharing.putAll(tx.contactIdsByPhone(items(live, Fields.PHONES_FIELD)));
    sharing.values().stream()
        .filter(ids -> ids.size() > 1)
        .forEach(ids -> group(tx, "phone", ids, true).ifPresent(found::add));
    return found;
  }

  private static Set<String> items(List<Contact> contacts, String field) {
    Set<String> items = new LinkedHashSet<>();
    for (Contact contact : contacts) {
      if (contact.value(field) instanceof Value.Items list) {
        items.addAll(list.items());
      }
    }
    return items;
  }

  private static Optional<DuplicatesReport.Group> group(
      LedgerTransaction tx, String shared, Set<String> ids, boolean namesMustAgree) {
    List<Contact> live =
        tx.contacts(ids).values().stream()
            .filter(contact -> !contact.isDeleted())
            .sorted(Comparator.comparing(Contact::id))
            .collect(Collectors.toList());
    if (namesMustAgree && !live.isEmpty()) {
      Contact first = live.get(0);
      live.removeIf(contact -> Linker.namesContradict(first, contact));
    }
    if (live.size() < 2) {
      return Optional.empty();
    }
    List<String> contacts = live.stream().map(Contact::id).toList();
    Map<String, Integer> records = new TreeMap<>();
    tx.replicasOf(contacts)
        .values()
        .forEach(
            of ->
                of.values().stream()
                    .filter(Replica::hasRecord)
                    .forEach(replica -> records.merge(replica.system(), 1, Integer::sum)));
    List<String> twice =
        records.entrySet().stream().filter(e -> e.getValue() > 1).map(Map.Entry::getKey).toList();
    return Optional.of(new DuplicatesReport.Group(shared, contacts, twice));
  }
}
