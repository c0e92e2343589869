package truthforge.sync.operate.port;

import com.fasterxml.jackson.databind.JsonNode;
import java.text.Normalizer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import truthforge.sync.cli.ConflictsReport;
import truthforge.sync.cli.DeadLettersReport;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.HeldReport;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.SampleEdits;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Participants;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.LedgerTransaction.Recorded;
import truthforge.sync.ledger.Replica;
import truthforge.sync.operate.Engine;
import truthforge.sync.operate.Lists;
import truthforge.sync.operate.Status;
import truthforge.sync.systems.bigquery.BilledBytes;
import truthforge.sync.systems.http.CallBudget;

/**
 * The service at work, as its operator sees and steers it, whichever way: page, HTTP interface,
 * command line or JMX. May be asked by several threads.
 *
 * <p>What is only looked at is read beside the work and does not hold it up.
 */
public final class RunningService {

  private static final int RECENT = 80;
  private static final int HISTORY = 200;
  private static final int MOST_CYCLES_OF_AN_HOUR = 4_000;
  private static final int PAGE = 1_000;

  /** Contacts that one search looks through at most. */
  private static final int MOST_SEARCHED = 20_000;

  private static final Pattern MARKS = Pattern.compile("\\p{M}+");
  private static final Pattern PHONE = Pattern.compile("\\+?[\\d\\s().\\-/]{4,}");

  private final Configuration configuration;
  private final Ledger ledger;
  private final Ledger view;
  private final Clock clock;
  private volatile Engine engine;
  private volatile SampleEdits edits;

  /**
   * @param ledger to decide in
   * @param view the same ledger to look at, without holding up who works on it
   */
  public RunningService(Configuration configuration, Ledger ledger, Ledger view, Clock clock) {
    this.configuration = configuration;
    this.ledger = ledger;
    this.view = view;
    this.clock = clock;
  }

  /** From now on this engine is at work; null for none. */
  public void works(Engine running) {
    engine = running;
  }

  /** From now on contacts can be edited in the systems, as people do; only in the sandbox. */
  public void allowEdits(SampleEdits hands) {
    edits = hands;
  }

  Clock clock() {
    return clock;
  }

  Configuration configuration() {
    return configuration;
  }

  List<String> systems() {
    return configuration.systems();
  }

  /** Null while the service starts. */
  Engine engine() {
    return engine;
  }

  <T> T look(Function<LedgerTransaction, T> question) {
    return view.transaction(question);
  }

  /** Throws where nothing can be stored. */
  void requireWritableLedger() {
    ledger.transaction(
        tx -> {
          tx.setSetting("health.written-at", clock.instant().toString());
          return null;
        });
  }

  private Engine atWork() {
    Engine running = engine;
    if (running == null) {
      throw Problem.found("the service is still starting", "Try again in a moment");
    }
    return running;
  }

  // What is to be seen

  public StatusReport status() {
    return look(new Status(configuration, systems(), clock)::report);
  }

  public ConflictsReport conflicts() {
    return new ConflictsReport(look(Lists::conflicts));
  }

  public DeadLettersReport deadLetters() {
    return new DeadLettersReport(look(Lists::deadLetters));
  }

  public HeldReport held() {
    return new HeldReport(look(Lists::held));
  }

  public Overview overview() {
    return look(this::overview);
  }

  private Overview overview(LedgerTransaction tx) {
    Instant now = clock.instant();
    Engine running = engine;
    SampleEdits hands = edits;
    StatusReport status = new Status(configuration, systems(), clock).report(tx);
    Map<String, Overview.SystemView> views = new LinkedHashMap<>();
    status.systems().forEach((name, s) -> views.put(name, system(tx, running, name, s, now)));
    List<Recorded> recent = tx.latestHistory(RECENT);
    Set<String> ids = recent.stream().map(r -> r.change().contactId()).collect(Collectors.toSet());
    return new Overview(
        now,
        running != null,
        status,
        views,
        flow(tx, now),
        recent,
        names(tx, ids),
        revision(tx, recent),
        hands == null ? List.of() : hands.fields(),
        running == null ? List.of() : running.stoppedRoutes(),
        running == null ? List.of() : running.routeFaults());
  }

  private static String revision(LedgerTransaction tx, List<Recorded> recent) {
    List<Conflict> conflicts = tx.conflicts(false, 0, 1);
    return (recent.isEmpty() ? 0 : recent.get(0).id())
        + "."
        + (conflicts.isEmpty() ? 0 : conflicts.get(0).id());
  }

  static Map<String, String> names(LedgerTransaction tx, Collection<String> ids) {
    Map<String, String> names = new TreeMap<>();
    tx.contacts(ids).forEach((id, contact) -> names.put(id, name(contact)));
    return names;
  }

  static String name(Contact contact) {
    if (contact.value(Fields.CANONICAL_NAME) instanceof Value.Text name) {
      return name.text();
    }
    String parts =
        Fields.NAME_PARTS.stream()
            .map(contact::value)
            .filter(Value.Text.class::isInstance)
            .map(part -> ((Value.Text) part).text())
            .collect(Collectors.joining(" "));
    if (!parts.isEmpty()) {
      return parts;
    }
    return contact.value(Fields.EMAILS_FIELD) instanceof Value.Items emails
        ? emails.items().get(0)
        : contact.id();
  }

  private Overview.SystemView system(
      LedgerTransaction tx,
      Engine running,
      String system,
      StatusReport.SystemStatus status,
      Instant now) {
    CallBudget budget = running == null ? null : running.budgetOf(system);
    boolean truth = system.equals(Participants.RECORD_OF_TRUTH);
    boolean limited = budget != null && budget.perMinute() > 0;
    List<String> stopped = running == null ? List.of() : stoppedRoutes(running, system);
    Instant oldest = tx.countDue(system, gate(system), now).oldest();
    return new Overview.SystemView(
        stopped.isEmpty() ? status.state() : "stopped",
        status.contacts(),
        status.due(),
        status.held(),
        status.parked(),
        status.lastRead(),
        status.lastWritten(),
        oldest == null ? 0 : Math.max(0, Duration.between(oldest, now).toSeconds()),
        running == null ? 0 : running.callsOf(system),
        limited ? budget.left() : null,
        limited ? (long) budget.perMinute() : null,
        truth ? BilledBytes.today(tx, now) : null,
        truth && configuration.isSet(Options.BIGQUERY_MAX_BYTES_PER_DAY)
            ? Long.valueOf(configuration.required(Options.BIGQUERY_MAX_BYTES_PER_DAY))
            : null,
        status.failure(),
        stopped);
  }

  static List<String> stoppedRoutes(Engine running, String system) {
    return running.stoppedRoutes().stream()
        .filter(id -> List.of(id.split("-")).contains(system))
        .toList();
  }

  String gate(String system) {
    String truth = Participants.RECORD_OF_TRUTH;
    return system.equals(truth) || !systems().contains(truth) ? null : truth;
  }

  private List<Overview.Minute> flow(LedgerTransaction tx, Instant now) {
    Instant first = now.truncatedTo(ChronoUnit.MINUTES).minus(59, ChronoUnit.MINUTES);
    Map<Instant, Overview.Minute> minutes = new LinkedHashMap<>();
    for (int i = 0; i < 60; i++) {
      Instant at = first.plus(i, ChronoUnit.MINUTES);
      minutes.put(at, new Overview.Minute(at, new TreeMap<>(), new TreeMap<>()));
    }
    long interval = configuration.seconds(Options.SYNC_INTERVAL_SECONDS).toSeconds();
    int cycles = (int) Math.min(MOST_CYCLES_OF_AN_HOUR, 3_600 / Math.max(1, interval) + 20);
    for (CycleReport cycle : tx.cycles(cycles)) {
      Instant end = cycle.endedAt();
      Overview.Minute minute =
          end == null ? null : minutes.get(end.truncatedTo(ChronoUnit.MINUTES));
      if (minute != null) {
        cycle
            .systems()
            .forEach(
                (system, c) -> {
                  minute.changed().merge(system, c.changed(), Long::sum);
                  minute.sent().merge(system, c.sent(), Long::sum);
                });
      }
    }
    return List.copyOf(minutes.values());
  }

  /**
   * A contact in a list.
   *
   * @param emails all of them
   */
  public record ContactLine(
      String id,
      String name,
      String organization,
      List<String> emails,
      boolean deleted,
      Instant updatedAt,
      String updatedBy) {}

  /**
   * @param next give it as {@code after} to go on; null at the end
   */
  public record ContactPage(List<ContactLine> contacts, String next) {}

  /**
   * Contacts in the order of their ids.
   *
   * @param text part of a name, email, phone number or organization, or an id; null or blank for
   *     all
   * @param after null: from the first
   */
  public ContactPage contacts(String text, String after, int limit) {
    if (text == null || text.isBlank()) {
      return look(
          tx -> {
            List<Contact> page = tx.contactsAfter(after, limit);
            return page(page, page.size() < limit ? null : last(page));
          });
    }
    String wanted = text.strip().toLowerCase(Locale.ROOT);
    if (after == null) {
      List<Contact> exact = look(tx -> exact(tx, text.strip(), wanted));
      if (!exact.isEmpty()) {
        return page(exact, null);
      }
    }
    return search(wanted, after, limit);
  }

  private static List<Contact> exact(LedgerTransaction tx, String text, String wanted) {
    List<String> ids = new ArrayList<>(List.of(text));
    tx.contactIdsByEmail(List.of(wanted)).values().forEach(ids::addAll);
    String phone = text.startsWith("+") ? "+" + digits(text) : text;
    tx.contactIdsByPhone(List.of(phone)).values().forEach(ids::addAll);
    return List.copyOf(tx.contacts(ids).values());
  }

  private ContactPage search(String wanted, String after, int limit) {
    List<Contact> found = new ArrayList<>();
    String plain = plain(wanted);
    String number = PHONE.matcher(wanted).matches() ? digits(wanted) : "";
    String from = after;
    for (int searched = 0; searched < MOST_SEARCHED; searched += PAGE) {
      String start = from;
      List<Contact> page = look(tx -> tx.contactsAfter(start, PAGE));
      for (Contact contact : page) {
        from = contact.id();
        if (isAbout(contact, plain) || hasNumber(contact, number)) {
          found.add(contact);
          if (found.size() == limit) {
            return page(found, from);
          }
        }
      }
      if (page.size() < PAGE) {
        return page(found, null);
      }
    }
    return page(found, from);
  }

  private static boolean isAbout(Contact contact, String wanted) {
    return contains(Value.ofText(name(contact)), wanted)
        || contains(contact.value("nickname"), wanted)
        || contains(contact.value("organization"), wanted)
        || contains(contact.value(Fields.EMAILS_FIELD), wanted)
        || contains(contact.value(Fields.PHONES_FIELD), wanted);
  }

  private static boolean contains(Value value, String wanted) {
    if (value instanceof Value.Items items) {
      return items.items().stream().anyMatch(item -> contains(Value.ofText(item), wanted));
    }
    return value instanceof Value.Text text && plain(text.text()).contains(wanted);
  }

  /** As people search for it: without capitals and accents. */
  private static String plain(String text) {
    String parted = Normalizer.normalize(text, Normalizer.Form.NFD);
    return MARKS.matcher(parted).replaceAll("").toLowerCase(Locale.ROOT);
  }

  private static boolean hasNumber(Contact contact, String number) {
    return !number.isEmpty()
        && contact.value(Fields.PHONES_FIELD) instanceof Value.Items phones
        && phones.items().stream().anyMatch(phone -> digits(phone).contains(number));
  }

  /** Of a phone number, without the zeros in front that stand for a country or a region. */
  private static String digits(String phone) {
    return phone.replaceAll("\\D", "").replaceFirst("^0+", "");
  }

  private static String last(List<Contact> page) {
    return page.get(page.size() - 1).id();
  }

  private static ContactPage page(List<Contact> contacts, String next) {
    return new ContactPage(contacts.stream().map(RunningService::line).toList(), next);
  }

  private static ContactLine line(Contact contact) {
    return new ContactLine(
        contact.id(),
        name(contact),
        contact.value("organization") instanceof Value.Text firm ? firm.text() : null,
        contact.value(Fields.EMAILS_FIELD) instanceof Value.Items emails
            ? emails.items()
            : List.of(),
        contact.isDeleted(),
        contact.updatedAt(),
        contact.updatedBy());
  }

  public ContactView contact(String id) {
    Engine running = atWork();
    return look(
        tx -> {
          Contact contact = tx.contacts(List.of(id)).get(id);
          if (contact == null) {
            throw noContact();
          }
          return new Comparison(
                  contact,
                  tx.replicasOf(List.of(id)).getOrDefault(id, Map.of()),
                  tx.history(id, HISTORY),
                  Lists.waiting(tx, id),
                  running.participants(),
                  running.fields(),
                  running::traces)
              .view();
        });
  }

  public List<Change> history(String id) {
    return look(
        tx -> {
          List<Change> history = tx.history(id, HISTORY);
          if (history.isEmpty() && tx.contacts(List.of(id)).isEmpty()) {
            throw noContact();
          }
          return history;
        });
  }

  private static Problem noContact() {
    return Problem.usage("there is no contact of this id", "Search for it by name or email");
  }

  /** What is told of contacts by id, for lists that name them. */
  public Map<String, String> names(Collection<String> ids) {
    return look(tx -> names(tx, ids));
  }

  // What is to be done

  /** Begins a cycle at once, or right behind the one under way. */
  public void syncNow() {
    atWork().syncNow();
  }

  public void pause(String system) {
    atWork().pause(required(system));
  }

  public void resume(String system) {
    atWork().resume(required(system));
  }

  /** Stops the routes of a system until they are started again. */
  public void stop(String system) {
    atWork().stopRoutes(required(system));
  }

  public void start(String system) {
    atWork().startRoutes(required(system));
  }

  private String required(String system) {
    if (!systems().contains(system)) {
      throw Problem.usage(
          "there is no such system in the sync",
          "These take part: " + String.join(", ", systems()));
    }
    return system;
  }

  /** Looks something up as the commands do. */
  public <T> T ask(Function<Decisions, T> question) {
    return question.apply(atWork().decisions());
  }

  /** Decides something, and sends on at once what follows from it. */
  public <T> T decide(Function<Decisions, T> decision) {
    Engine running = atWork();
    T result = decision.apply(running.decisions());
    running.syncNow();
    return result;
  }

  /** Edits a contact in a system, as a person does there; only in the sandbox. */
  public void edit(String system, String contactId, String field, JsonNode value) {
    SampleEdits hands = edits;
    if (hands == null) {
      throw Problem.usage(
          "contacts are edited here in the sandbox only", "Edit the contact in the system itself");
    }
    Replica replica =
        look(tx -> tx.replicasOf(List.of(contactId)).getOrDefault(contactId, Map.of()))
            .get(required(system));
    if (replica == null || !replica.hasRecord()) {
      throw Problem.usage("the contact has no record in " + system, "Edit it in another system");
    }
    hands.edit(system, replica.externalId(), field, value);
    syncNow();
  }
}
