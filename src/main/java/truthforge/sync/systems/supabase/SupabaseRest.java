package truthforge.sync.systems.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Limit;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.Elapsed;
import truthforge.sync.systems.FeedPosition;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/**
 * A table of contacts in Supabase by its REST API: requests and answers as PostgREST 14.12 was
 * recorded.
 */
public final class SupabaseRest {

  public static final String NAME = "supabase";

  private static final int LARGEST_PAGE = 1000;
  private static final String APPLY = "sync_apply";

  /** Tells our own changes in the change feed. */
  static final String ORIGIN_HEADER = "X-Sync-Origin";

  private static final String ORIGIN = "truth-forge-sync";

  private static final Duration KNOWN_FOR = Duration.ofDays(1);
  private static final String SINCE = "since";
  private static final String AFTER_ID = "after_id";
  private static final String AFTER_UPDATED_AT = "after_updated_at";

  private final Mapping mapping;
  private final Participants participants;
  private final String table;
  private final String idColumn;
  private final Duration overlap;
  private final int batchLimit;
  private final AgreedClock clock;
  private final Elapsed elapsed;
  private final PostgrestFailures failures;
  private final SupabaseFeed feed;

  private volatile Known known;
  private volatile long knownSince;
  private volatile boolean outdated;
  private volatile boolean feedTells;
  private volatile AgreedClock.Asked asked;

  /**
   * @param formats of each column, as PostgREST names them; empty where untold
   * @param selected what is read of a row: {@code select=…&}, or empty for all of it
   * @param applies whether many changes go in one call
   */
  private record Known(
      Mapping mapping, Map<String, String> formats, String selected, boolean applies) {}

  /**
   * @param overlap how far a walk goes back behind the last one: longer than any transaction
   * @param batchLimit the most rows in one call
   */
  public SupabaseRest(
      Mapping mapping,
      Participants participants,
      String table,
      String idColumn,
      Duration overlap,
      int batchLimit,
      Clock clock) {
    this.mapping = mapping;
    this.participants = participants;
    this.table = table.replaceFirst("^public\\.", "");
    this.idColumn = idColumn;
    this.overlap = overlap;
    // What a function returns is cut like a page, and what is not returned counts as not applied.
    this.batchLimit = Math.min(batchLimit, LARGEST_PAGE);
    this.clock = AgreedClock.of(clock);
    this.elapsed = Elapsed.of(clock);
    this.failures = new PostgrestFailures(NAME, this.table);
    this.feed = new SupabaseFeed("public." + this.table, idColumn);
  }

  /**
   * The headers that every request carries: a secret key must not be sent as a bearer token, a
   * legacy key must.
   */
  public static Map<String, String> keyHeaders(String key) {
    boolean token = key.startsWith("eyJ") && key.split("\\.", -1).length == 3;
    return token ? Map.of("apikey", key, "Authorization", "Bearer " + key) : Map.of("apikey", key);
  }

  // What the table has

  /** Asks for the description of all tables and functions that the key may use. */
  public HttpCall schemaCall() {
    return HttpCall.get("/", null, null).withHeader("Accept", "application/openapi+json");
  }

  /** Learns nothing where the project does not show the description, or not this table in it. */
  public void learnSchema(HttpAnswer answer) {
    if (!answer.isSuccess()) {
      if (answer.status() >= 500 || answer.status() == 429) {
        throw failures.unreadable(answer);
      }
      return;
    }
    JsonNode body = answer.body() == null ? NullNode.getInstance() : answer.body();
    JsonNode properties = body.path("definitions").path(table).path("properties");
    if (properties.isEmpty()) {
      return;
    }
    Map<String, String> formats = new LinkedHashMap<>();
    Map<String, Limit> limits = new HashMap<>();
    properties
        .properties()
        .forEach(
            column -> {
              formats.put(column.getKey(), column.getValue().path("format").asText());
              limits.put(column.getKey(), limit(column.getValue()));
            });
    boolean primary = properties.path(idColumn).path("description").asText().contains("<pk/>");
    learn(formats, limits, primary && body.path("paths").has("/rpc/" + APPLY));
  }

  /** What PostgREST tells of a {@code varchar(n)} or an enum; null where the column takes all. */
  private static Limit limit(JsonNode column) {
    if (column.path("enum").isArray()) {
      List<String> choices = new ArrayList<>();
      column.get("enum").forEach(choice -> choices.add(choice.asText()));
      return Limit.ofChoices(choices);
    }
    int length = column.path("maxLength").asInt(0);
    return length > 0 ? Limit.ofLength(length) : null;
  }

  /** Asks for any row: its keys tell the columns where nothing else does. */
  public HttpCall anyRowCall() {
    return HttpCall.get("/" + table, "limit=1", null);
  }

  public void learnFromRow(HttpAnswer answer) {
    JsonNode rows = rows(answer);
    if (rows.isEmpty()) {
      learn(null, Map.of(), false);
      return;
    }
    Map<String, String> formats = new LinkedHashMap<>();
    rows.get(0).fieldNames().forEachRemaining(column -> formats.put(column, ""));
    learn(formats, Map.of(), false);
  }

  /**
   * @param formats null where nothing tells: then the table is taken to have every column
   */
  private void learn(Map<String, String> formats, Map<String, Limit> limits, boolean applies) {
    if (formats == null) {
      learned(new Known(mapping, Map.of(), "", false));
      return;
    }
    Set<String> required = new LinkedHashSet<>();
    required.add(idColumn);
    required.add(mapping.contactIdPath());
    required.add(mapping.updatedAtPath());
    required.removeIf(column -> column != null && formats.containsKey(column));
    if (!required.isEmpty()) {
      throw failures.unavailable(
          SystemUnavailable.Kind.MISCONFIGURED,
          "Supabase's table '"
              + table
              + "' lacks what the sync cannot do without: "
              + required.stream()
                  .map(column -> column == null ? "a column that the mapping names" : column)
                  .collect(Collectors.joining(", "))
              + ". 'setup' adds missing columns; the mapping file names them.");
    }
    Mapping limited = mapping.limitedTo(formats::containsKey).within(limits::get);
    boolean comparesUpdatedAt = "updated_at".equals(limited.updatedAtPath());
    learned(new Known(limited, formats, selected(limited), applies && comparesUpdatedAt));
  }

  private void learned(Known now) {
    participants.learn(now.mapping());
    known = now;
    knownSince = elapsed.nanos();
    outdated = false;
  }

  private String selected(Mapping limited) {
    Set<String> columns = new TreeSet<>();
    Stream.of(
            idColumn,
            limited.contactIdPath(),
            limited.deletedAtPath(),
            limited.createdAtPath(),
            limited.updatedAtPath())
        .filter(Objects::nonNull)
        .forEach(columns::add);
    limited.entries().stream().map(Entry::topLevelProperty).forEach(columns::add);
    return "select=" + columnList(columns) + "&";
  }

  private static String columnList(Set<String> columns) {
    return columns.stream()
        .map(column -> column.matches("\\w+") ? column : Terms.quoted(column))
        .map(Terms::encoded)
        .collect(Collectors.joining(","));
  }

  /**
   * For a day: a column that was widened, or takes one more value, refuses nothing and so tells.
   */
  public boolean schemaKnown() {
    return known != null && !outdated && elapsed.nanos() - knownSince < KNOWN_FOR.toNanos();
  }

  /** The table is asked for its columns again: one was added or removed. */
  public void forgetSchema() {
    outdated = true;
    feedTells = false;
  }

  // The change feed

  /** Whether the database tells its own time, which the gateway's only stands for elsewhere. */
  public boolean tellsItsTime() {
    return feedTells;
  }

  /** Asks where the change feed stands, before the first page is read. */
  public HttpCall feedCall(Reading reading) {
    asked = clock.ask();
    return SupabaseFeed.infoCall(reading);
  }

  /**
   * Decides how the walk goes: by the feed from where it was read to, or through everything, or,
   * without a feed, by the time of change.
   */
  public void begin(HttpAnswer answer) {
    Reading reading = answer.about(Reading.class);
    SupabaseFeed.Info info = info(answer);
    feedTells = info != null;
    if (info != null) {
      clock.told(NAME, asked, info.clock(), Duration.ZERO);
    }
    reading.feed(info == null ? null : info.head());
    if (reading.walk().position() == null) {
      beginAnew(reading, info);
    } else {
      goOn(reading, info);
    }
  }

  /** Null where there is no feed of this table that the key may read. */
  private SupabaseFeed.Info info(HttpAnswer answer) {
    if (answer.isSuccess()) {
      return answer.body() == null ? null : feed.info(answer.body());
    }
    boolean none =
        answer.status() == 404
            || answer.status() == 406
            || PostgrestFailures.code(answer).equals("42501");
    if (none) {
      return null;
    }
    throw failures.unreadable(answer);
  }

  private void beginAnew(Reading reading, SupabaseFeed.Info info) {
    if (info == null) {
      return;
    }
    ObjectNode last = Walk.lastPosition(reading.before());
    FeedPosition read = FeedPosition.in(last);
    if (read != null && (hasGap(reading, read) || reading.isDecided())) {
      reading.beginWithEverything(atNow(reading.walk(), info));
    } else if (read == null) {
      reading.begin(atNow(reading.walk(), info));
    } else {
      ObjectNode position = position(read, info);
      SupabaseFeed.copyRest(last, position);
      // Who reads everything does not see what is gone, which the feed then still tells.
      boolean byFeed = reading.purpose() == Reading.Purpose.CHANGES;
      reading.begin(reading.walk().at(position, byFeed ? read.putInto(Walk.json()) : null));
    }
  }

  private void goOn(Reading reading, SupabaseFeed.Info info) {
    ObjectNode position = reading.walk().position();
    FeedPosition read = FeedPosition.in(position);
    boolean byFeed = reading.followsFeed();
    if (read == null) {
      return;
    }
    if (info == null) {
      // The feed was taken away: what it told is stored, and changes are found by time.
      ObjectNode byTime = position.deepCopy();
      byTime.remove("feed");
      reading.begin(
          byFeed ? new Walk(NAME, null, null) : reading.walk().at(byTime, reading.walk().token()));
    } else if (hasGap(reading, read)) {
      reading.beginWithEverything(atNow(reading.walk(), info));
    } else if (byFeed && reading.purpose() == Reading.Purpose.RECONCILE) {
      reading.begin(reading.walk().at(position, null));
    }
  }

  /** Promise 8: a database that was put back or replaced waits for a person. */
  private static boolean hasGap(Reading reading, FeedPosition read) {
    Optional<FeedPosition.Gap> gap = read.gapIn(reading.feed().bounds());
    gap.filter(FeedPosition.Gap::isSurprise)
        .ifPresent(surprise -> reading.restored(surprise.reason()));
    return gap.isPresent();
  }

  /** The position is taken before the first page: what changes from now on, the feed tells. */
  private Walk atNow(Walk walk, SupabaseFeed.Info info) {
    return walk.at(position(info.head().safe(), info), null);
  }

  /** With the time beside it, should the feed be taken away. */
  private ObjectNode position(FeedPosition read, SupabaseFeed.Info info) {
    Instant now = info.clock() == null ? clock.instant() : info.clock();
    ObjectNode position = Walk.json().put(SINCE, now.toString());
    read.putInto(position);
    info.head().noteHeldIn(position);
    return position;
  }

  public HttpCall entriesCall(Reading reading) {
    return SupabaseFeed.pageCall(reading);
  }

  /** What a page of the feed names; null where it turned out that everything must be read. */
  public SupabaseFeed.Named entries(HttpAnswer answer) {
    return feed.named(answer.about(Reading.class), rows(answer));
  }

  /** Reads the rows that the feed names: their values are always those of the table. */
  public List<HttpCall> namedCalls(SupabaseFeed.Named named) {
    return byIds(named.changed());
  }

  /**
   * Asks whether the key sees any row, where none was found of rows that were changed and not
   * deleted.
   */
  public List<HttpCall> doubtNamedCalls(SupabaseFeed.Named named, List<Sighting> found) {
    boolean unfound = !named.deleted().containsAll(named.changed());
    return unfound && found.isEmpty() ? anyIdCalls() : List.of();
  }

  /**
   * The rows that were found, and those that were deleted for good. A row that was not found and of
   * which no deletion was told yet is told of later.
   */
  public Page namedPage(SupabaseFeed.Named named, List<Sighting> found) {
    Set<String> told = found.stream().map(Sighting::externalId).collect(Collectors.toSet());
    List<Sighting> sightings = new ArrayList<>();
    for (String id : named.deleted()) {
      if (!told.contains(id)) {
        sightings.add(new Sighting.Gone(NAME, id));
      }
    }
    sightings.addAll(found);
    return named.reading().page(sightings, named.walk(), named.last(), clock.instant());
  }

  /** Forgets the entries that were read, once what they told is stored. */
  public List<HttpCall> pruneCalls(Reading reading) {
    HttpCall call = SupabaseFeed.pruneCall(reading);
    return call == null ? List.of() : List.of(call);
  }

  public void pruned(HttpAnswer answer) {
    if (!answer.isSuccess()) {
      throw failures.unreadable(answer);
    }
    SupabaseFeed.pruned(answer.about(Reading.class));
  }

  // Reading

  /** Asks how many rows there are, for the progress of a long walk. */
  public HttpCall countCall(Reading reading) {
    return HttpCall.get("/" + table, "select=" + idColumn + "&limit=1", reading)
        .withHeader("Prefer", "count=exact");
  }

  /** Takes note of the total where it was counted: {@code 0-0/2500}. Counting may take too long. */
  public void expect(HttpAnswer answer) {
    String range = answer.contentRange();
    String total = range == null ? "" : range.substring(range.indexOf('/') + 1);
    if (answer.isSuccess() && total.matches("\\d{1,18}")) {
      answer.about(Reading.class).expect(Long.parseLong(total));
    }
  }

  /**
   * The next page: behind the last row in the order of time and id, rows without a time at the end;
   * or in the order of ids, where everything is read.
   */
  public HttpCall pageCall(Reading reading) {
    String since = since(reading);
    ObjectNode token = token(reading);
    String time = mapping().updatedAtPath();
    if (since == null) {
      String after = token == null ? "" : idColumn + "=gt." + encodedAfterId(token) + "&";
      return get(after + "order=" + idColumn + ".asc&limit=" + LARGEST_PAGE, reading);
    }
    String order = "order=" + time + ".asc.nullslast," + idColumn + ".asc&limit=" + LARGEST_PAGE;
    if (token != null && !token.hasNonNull(AFTER_UPDATED_AT)) {
      return get(
          time + "=is.null&" + idColumn + "=gt." + encodedAfterId(token) + "&" + order, reading);
    }
    String later;
    if (token == null) {
      later = time + ".gte." + Terms.quoted(since);
    } else {
      String moment = Terms.quoted(token.get(AFTER_UPDATED_AT).textValue());
      String id = Terms.quoted(token.get(AFTER_ID).textValue());
      later =
          time + ".gt." + moment + ",and(" + time + ".eq." + moment + "," + idColumn + ".gt." + id
              + ")";
    }
    return get(
        "or=" + Terms.encoded("(" + later + "," + time + ".is.null)") + "&" + order, reading);
  }

  private static String encodedAfterId(ObjectNode token) {
    return Terms.encoded(token.get(AFTER_ID).textValue());
  }

  /** Where the walk goes on; null at its first page. A full walk goes on with no other. */
  private static ObjectNode token(Reading reading) {
    ObjectNode token = reading.walk().token();
    boolean other =
        token != null
            && (token.hasNonNull(SINCE) || reading.followsFeed())
            && reading.purpose() == Reading.Purpose.RECONCILE;
    return other ? null : token;
  }

  /** From when on changes are read; null where everything is. */
  private String since(Reading reading) {
    ObjectNode token = token(reading);
    if (token != null) {
      return token.path(SINCE).textValue();
    }
    ObjectNode last = Walk.lastPosition(reading.before());
    boolean everything =
        last == null || !last.hasNonNull(SINCE) || reading.purpose() == Reading.Purpose.RECONCILE;
    return everything ? null : Instant.parse(last.get(SINCE).textValue()).minus(overlap).toString();
  }

  /**
   * The walk ends with an empty page: pages are cut without a word.
   *
   * <p>Promise 3: where the very first page is empty, the cursor stays where it was. To a key
   * without rights every table looks empty, and what changed meanwhile would be passed over.
   *
   * @throws SystemUnavailable when everything is gone at once
   */
  public Page page(HttpAnswer answer) {
    Reading reading = answer.about(Reading.class);
    JsonNode rows = rows(answer);
    String since = since(reading);
    boolean first = token(reading) == null;
    ObjectNode position = reading.walk().position();
    if (first) {
      ObjectNode last = Walk.lastPosition(reading.before());
      boolean knownBefore = last != null && last.hasNonNull(SINCE);
      if (rows.isEmpty() && since == null && knownBefore && !feedTells) {
        throw failures.noRows();
      }
      // Who may read the feed sees the rows: then it is the table that is empty (promise 8).
      boolean blind = rows.isEmpty() && !(knownBefore && feedTells);
      position = blind ? unmoved(last) : position == null ? begun(answer) : position;
    }
    ObjectNode token = Walk.json();
    token.put(SINCE, since);
    if (!rows.isEmpty()) {
      JsonNode end = rows.get(rows.size() - 1);
      token.put(AFTER_ID, text(end, idColumn));
      token.put(AFTER_UPDATED_AT, text(end, mapping().updatedAtPath()));
    }
    return reading.page(
        sightings(rows), reading.walk().at(position, token), rows.isEmpty(), clock.instant());
  }

  private static ObjectNode unmoved(ObjectNode last) {
    return last == null ? Walk.json() : last;
  }

  private ObjectNode begun(HttpAnswer answer) {
    Instant now = answer.date() == null ? clock.instant() : answer.date();
    return Walk.json().put(SINCE, now.toString());
  }

  /** Reads single rows: by id, and those that may have been created by contact id and email. */
  public List<HttpCall> readCalls(List<Reread> asked) {
    Set<String> ids = new LinkedHashSet<>();
    Set<String> contactIds = new LinkedHashSet<>();
    Set<String> emails = new LinkedHashSet<>();
    for (Reread reread : asked) {
      if (reread.replica().hasRecord()) {
        ids.add(reread.replica().externalId());
      } else {
        contactIds.add(Terms.quoted(reread.contact().id()));
        emails.addAll(holdingEmails(reread.contact().value(Fields.EMAILS_FIELD)));
      }
    }
    List<HttpCall> calls = new ArrayList<>(byIds(ids));
    Terms.inLists(contactIds)
        .forEach(list -> calls.add(among(mapping().contactIdPath() + "=in.", list)));
    Terms.inLists(emails).forEach(list -> calls.add(among("or=", list)));
    return calls;
  }

  private List<HttpCall> byIds(Collection<String> ids) {
    return Terms.inLists(ids.stream().map(Terms::quoted).toList()).stream()
        .map(list -> among(idColumn + "=in.", list))
        .toList();
  }

  private HttpCall among(String condition, String list) {
    return get(condition + Terms.encoded("(" + list + ")") + "&limit=" + LARGEST_PAGE, null);
  }

  /** None where the column's type is not known: another type's list has another form. */
  private List<String> holdingEmails(Value emails) {
    Entry entry = mapping().entry(Fields.EMAILS_FIELD);
    String format = entry == null ? "" : known.formats().getOrDefault(entry.path(), "");
    boolean json = format.equals("jsonb");
    if (!(emails instanceof Value.Items items) || !(json || format.equals("text[]"))) {
      return List.of();
    }
    return items.items().stream()
        .map(email -> entry.path() + ".cs." + Terms.quoted(Terms.listOf(email, json)))
        .toList();
  }

  public List<Sighting> found(HttpAnswer answer) {
    return sightings(rows(answer));
  }

  /**
   * Asks whether the key sees any row, where none was found of those that are known to be there:
   * else a wrong key would look like so many deletions.
   */
  public List<HttpCall> doubtCalls(List<Reread> asked, List<Sighting> found) {
    boolean missing = asked.stream().anyMatch(reread -> reread.replica().hasRecord());
    return missing && found.isEmpty() ? anyIdCalls() : List.of();
  }

  private List<HttpCall> anyIdCalls() {
    return List.of(HttpCall.get("/" + table, "select=" + idColumn + "&limit=1", null));
  }

  /**
   * @throws SystemUnavailable when the key sees no row at all
   */
  public void doubtAnswered(HttpAnswer answer) {
    if (rows(answer).isEmpty()) {
      throw failures.noRows();
    }
  }

  private HttpCall get(String query, Object about) {
    return HttpCall.get("/" + table, known.selected() + query, about);
  }

  private List<Sighting> sightings(JsonNode rows) {
    List<Sighting> sightings = new ArrayList<>();
    for (JsonNode row : rows) {
      String id = text(row, idColumn);
      sightings.add(
          id == null
              ? new Sighting.Unreadable(NAME, null, row, "a row without an id")
              : observation(id, row));
    }
    return sightings;
  }

  private Observation observation(String id, JsonNode row) {
    String revision = text(row, mapping().updatedAtPath());
    return Records.observation(mapping(), id, revision, row, clock);
  }

  // Writing

  /**
   * Creates rows, all of the batch in one call; those of contacts that have one stay as they are.
   */
  public List<HttpCall> createCalls(Batch batch) {
    List<HttpCall> calls = new ArrayList<>();
    for (List<Write> part : parts(batch.creations())) {
      Set<String> columns = new TreeSet<>();
      ArrayNode rows = JsonNodeFactory.instance.arrayNode();
      for (Write write : part) {
        ObjectNode row = row(write);
        row.fieldNames().forEachRemaining(columns::add);
        rows.add(row);
      }
      // Rows may differ in their columns: what one lacks gets the column's default.
      String query =
          known.selected()
              + "columns="
              + columnList(columns)
              + "&on_conflict="
              + mapping().contactIdPath();
      calls.add(
          HttpCall.post("/" + table, query, rows.toString(), batch(part, batch))
              .withHeader(
                  "Prefer", "resolution=ignore-duplicates,return=representation,missing=default")
              .withHeader(ORIGIN_HEADER, ORIGIN));
    }
    return calls;
  }

  /**
   * @throws BatchRefused when the batch was refused: nothing of it was created
   */
  public List<Outcome> created(HttpAnswer answer) {
    List<Write> creations = answer.about(Batch.class).creations();
    if (!answer.isSuccess()) {
      BatchRefused refusal = refusal(answer);
      if (creations.size() == 1 && PostgrestFailures.code(answer).equals("23505")) {
        return List.of(new Outcome.ConditionFailed(creations.get(0)));
      }
      throw refusal;
    }
    String contactId = mapping().contactIdPath();
    return matched(creations, Write::contactId, answer, row -> text(row, contactId));
  }

  /** Changes rows, each only if it is as last seen: all in one call where the database can. */
  public List<HttpCall> changeCalls(Batch batch) {
    if (!applies()) {
      return batch.changes().stream().map(this::changeCall).toList();
    }
    List<HttpCall> calls = new ArrayList<>();
    for (List<Write> part : parts(batch.changes())) {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      body.put("target", target());
      ArrayNode rows = body.putArray("rows");
      for (Write write : part) {
        rows.addObject()
            .put("id", write.externalId())
            .put("expected", write.revision())
            .set("set", row(write));
      }
      calls.add(
          HttpCall.post("/rpc/" + APPLY, null, body.toString(), batch(part, batch))
              .withHeader(ORIGIN_HEADER, ORIGIN));
    }
    return calls;
  }

  /** The table as SQL names it, which takes letters for small ones where they are not quoted. */
  private String target() {
    return table.matches("[a-z_][a-z0-9_]*") ? table : Terms.quoted(table);
  }

  /** The function comes with the feed, and compares {@code updated_at}. */
  private boolean applies() {
    return known.applies() || feedTells && "updated_at".equals(mapping().updatedAtPath());
  }

  private HttpCall changeCall(Write write) {
    String expected =
        write.revision() == null ? "is.null" : "eq." + Terms.encoded(write.revision());
    String query =
        known.selected()
            + idColumn
            + "=eq."
            + Terms.encoded(write.externalId())
            + "&"
            + mapping().updatedAtPath()
            + "="
            + expected;
    return HttpCall.patch("/" + table, query, row(write).toString(), write)
        .withHeader("Prefer", "return=representation")
        .withHeader(ORIGIN_HEADER, ORIGIN);
  }

  /**
   * @throws BatchRefused when a batch was refused: nothing of it was changed
   */
  public List<Outcome> changed(HttpAnswer answer) {
    boolean single = answer.call().about() instanceof Write;
    List<Write> changes =
        single ? List.of(answer.about(Write.class)) : answer.about(Batch.class).changes();
    if (!answer.isSuccess()) {
      BatchRefused refusal = refusal(answer);
      if (single) {
        return List.of(refusal.outcome(changes.get(0), NAME + ": " + refusal.getMessage()));
      }
      throw refusal;
    }
    return matched(changes, Write::externalId, answer, row -> text(row, idColumn));
  }

  private List<Outcome> matched(
      List<Write> writes,
      Function<Write, String> key,
      HttpAnswer answer,
      Function<JsonNode, String> keyOfRow) {
    Map<String, Write> open = new LinkedHashMap<>();
    writes.forEach(write -> open.put(key.apply(write), write));
    List<Outcome> outcomes = new ArrayList<>();
    for (JsonNode row : rows(answer)) {
      String id = text(row, idColumn);
      // A row that cannot be named again is as good as untold: it is read by what it carries.
      Write write = id == null ? null : open.remove(keyOfRow.apply(row));
      if (write != null) {
        Observation told = observation(id, row);
        outcomes.add(new Outcome.Applied(write, id, told.revision(), told));
      }
    }
    open.values().forEach(write -> outcomes.add(new Outcome.ConditionFailed(write)));
    return outcomes;
  }

  private List<List<Write>> parts(List<Write> writes) {
    List<List<Write>> parts = new ArrayList<>();
    for (int from = 0; from < writes.size(); from += batchLimit) {
      parts.add(writes.subList(from, Math.min(writes.size(), from + batchLimit)));
    }
    return parts;
  }

  private static Batch batch(List<Write> part, Batch whole) {
    return new Batch(NAME, part, whole.whole());
  }

  private ObjectNode row(Write write) {
    Mapping fields = mapping();
    ObjectNode row = fields.write(write.values(), null);
    row.put(fields.contactIdPath(), write.contactId());
    Value deleted = write.values().get(Fields.DELETED);
    if (deleted != null && fields.deletedAtPath() != null) {
      row.set(
          fields.deletedAtPath(),
          deleted.isEmpty() ? NullNode.getInstance() : TextNode.valueOf(millis(clock.instant())));
    }
    if (fields.syncMetadataPath() != null) {
      ObjectNode metadata = Records.syncMetadata(write.contact(), write.bound());
      boolean text = known.formats().getOrDefault(fields.syncMetadataPath(), "").equals("text");
      row.set(fields.syncMetadataPath(), text ? TextNode.valueOf(metadata.toString()) : metadata);
    }
    Instant createdAt = write.contact().createdAt();
    if (write.isCreation() && createdAt != null && fields.createdAtPath() != null) {
      row.put(fields.createdAtPath(), millis(createdAt));
    }
    return row;
  }

  private Mapping mapping() {
    return known.mapping();
  }

  private JsonNode rows(HttpAnswer answer) {
    if (!answer.isSuccess()) {
      forgetIfOutdated(answer);
      throw failures.unreadable(answer);
    }
    if (answer.body() == null || !answer.body().isArray()) {
      throw failures.unavailable(
          SystemUnavailable.Kind.FAILING,
          "Supabase answered something else than rows. Check supabase.url.");
    }
    return answer.body();
  }

  private BatchRefused refusal(HttpAnswer answer) {
    forgetIfOutdated(answer);
    return failures.refusal(answer);
  }

  private void forgetIfOutdated(HttpAnswer answer) {
    if (PostgrestFailures.isAboutSchema(answer)) {
      forgetSchema();
    } else if (PostgrestFailures.isAboutLimits(answer)) {
      outdated = true;
    }
  }

  private static String text(JsonNode row, String column) {
    JsonNode node = row.get(column);
    return node == null || node.isNull() ? null : node.asText();
  }

  private static String millis(Instant time) {
    String text = time.truncatedTo(ChronoUnit.MILLIS).toString();
    return text.contains(".") ? text : text.substring(0, text.length() - 1) + ".000Z";
  }
}
