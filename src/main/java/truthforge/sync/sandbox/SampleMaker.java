package truthforge.sync.sandbox;

import static truthforge.sync.sandbox.SampleSystem.BIGQUERY;
import static truthforge.sync.sandbox.SampleSystem.LOCAL;
import static truthforge.sync.sandbox.SampleSystem.SUPABASE;
import static truthforge.sync.sandbox.SampleSystem.TWENTY;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.text.Normalizer;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Names;
import truthforge.sync.sandbox.SamplePerson.Fate;
import truthforge.sync.sandbox.SampleWords.Language;

/** Makes sample persons, each from the seed and its number alone. */
final class SampleMaker {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Pattern MARKS = Pattern.compile("\\p{M}+");
  private static final Pattern NOT_PLAIN = Pattern.compile("[^a-z]+");

  private static final List<String> TITLES =
      List.of("Dr.", "Prof.", "Prof. Dr.", "Mrs", "Mx", "Ing.", "Доктор", "Me");
  private static final List<String> SUFFIXES = List.of("Jr.", "III", "PhD", "MBA", "OBE");
  private static final List<String> NICKNAMES =
      List.of("Alex", "\"Bob\"", "Zazà", "Mimi", "D'Art", "Ноно", "小鳥", "Big J", "Ötzi");
  private static final List<String> DEPARTMENTS =
      List.of(
          "Sales", "R&D", "Einkauf", "Comptabilité", "Legal, Tax & Risk", "営業部", "Отдел кадров");
  private static final List<String> CATEGORIES =
      List.of("A", "B", "C", "D", "E", "F", "G", "H", "X");
  private static final List<String> RELATIONSHIPS =
      List.of("family", "friend", "colleague", "client", "supplier", "neighbour", "acquaintance");
  private static final List<String> HANDLES =
      List.of("post", "mail", "kontakt", "hello", "info", "me", "box");
  private static final List<List<String>> DOMAINS =
      List.of(
          List.of("example.org", "example.com", "example.net", "mail.example"),
          List.of("work.example", "office.example", "firm.example"),
          List.of("home.example", "old.example"));

  /** Emails and phone numbers that one person may have, in all records together. */
  private static final int REACH_PER_PERSON = 16;

  /** Of these places the first are in every record, the others in single ones. */
  private static final int FIRST_PLACE_OF_VARIANTS = 8;

  private static final long MICROS_PER_DAY = Duration.ofDays(1).toNanos() / 1000;

  private final long seed;
  private final int ambiguous;
  private final SampleFirms firms;
  private final SampleWords words = SampleWords.SHARED;

  /**
   * @param ambiguous for how many ambiguous records the first persons, two for each, are kept
   */
  SampleMaker(long seed, int contacts, int ambiguous) {
    this.seed = seed;
    this.ambiguous = ambiguous;
    this.firms = new SampleFirms(seed, contacts);
  }

  SampleFirms firms() {
    return firms;
  }

  /** A seed that differs in all bits for neighbouring numbers. */
  static long mix(long seed, long number) {
    long z = seed * 0x9E3779B97F4A7C15L + number * 0xD1B54A32D192ED03L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * What all records of a person have in common.
   *
   * @param slug of which emails and links are made
   * @param anchored whether some record lacks the contact id, so that each must have the first
   *     email, or phone number, in common with the others
   */
  private record Core(
      int number,
      Random random,
      Language language,
      String slug,
      String contactId,
      ObjectNode fields,
      boolean anchored) {}

  SamplePerson live(int number) {
    Random random = new Random(mix(seed, number));
    SampleSystem resembled = number < 2 * ambiguous ? systemOfAmbiguous(number / 2) : null;
    Set<SampleSystem> systems = systems(random, 1);
    if (resembled != null) {
      systems.add(BIGQUERY);
      systems.add(resembled);
    }
    Set<SampleSystem> withId = withId(random, systems);
    if (resembled != null) {
      withId.add(resembled);
    }
    boolean reachable = resembled != null || !withId.containsAll(systems);
    Core core =
        core(
            number,
            random,
            reachable,
            resembled != null,
            resembled != null || (!withId.containsAll(systems) && systems.size() > 1));
    return new SamplePerson(number, Fate.LIVE, records(core, systems, withId, false));
  }

  SamplePerson deleted(int number, int deletedNumber) {
    Random random = new Random(mix(seed, number));
    Set<SampleSystem> systems =
        deletedNumber % 2 == 0 ? EnumSet.of(any(random)) : systems(random, 2);
    Set<SampleSystem> withId = withId(random, systems);
    boolean without = !withId.containsAll(systems);
    Core core = core(number, random, without, false, without && systems.size() > 1);
    return new SamplePerson(number, Fate.DELETED, records(core, systems, withId, true));
  }

  /** What is known of a person who has a name, an email, and no record yet. */
  ObjectNode fields(int number) {
    return core(number, new Random(mix(seed, number)), true, true, false).fields();
  }

  /** Any value of a field that is one of a few texts. */
  String text(String field, int number, Random any) {
    return switch (field) {
      case "last_name" -> pick(any, language(number).lastNames());
      case "nickname" -> pick(any, NICKNAMES);
      case "title" -> pick(any, TITLES);
      case "job_title" -> pick(any, words.jobs());
      case "department" -> pick(any, DEPARTMENTS);
      case "relationship_category" -> pick(any, RELATIONSHIPS);
      default -> throw new IllegalArgumentException("There are no texts for " + field);
    };
  }

  private static SampleSystem systemOfAmbiguous(int ambiguousNumber) {
    return List.of(TWENTY, SUPABASE, LOCAL).get(ambiguousNumber);
  }

  /** A shared record of two persons, of whom each has one of their own in that system. */
  SamplePerson ambiguous(int number, int ambiguousNumber) {
    Random random = new Random(mix(seed, number));
    SampleSystem system = systemOfAmbiguous(ambiguousNumber);
    ObjectNode fields = JSON.objectNode();
    fields.put("first_name", "Family");
    fields.put("last_name", pick(random, words.languages().get(1).lastNames()));
    ArrayNode emails = JSON.arrayNode();
    if (system == TWENTY) {
      // No two people in Twenty have the same primary email.
      emails.add(email("family", number, 0));
    }
    emails.add(firstEmailOf(2 * ambiguousNumber));
    emails.add(firstEmailOf(2 * ambiguousNumber + 1));
    fields.set("emails", emails);
    fields.put("notes", "Shared by two");
    return new SamplePerson(
        number, Fate.AMBIGUOUS, List.of(record(random, system, number, null, fields, false)));
  }

  private String firstEmailOf(int number) {
    JsonNode emails = live(number).records().get(0).fields().path("emails");
    return emails.path(0).textValue().toLowerCase(Locale.ROOT);
  }

  private static SampleSystem any(Random random) {
    SampleSystem[] all = SampleSystem.values();
    return all[random.nextInt(all.length)];
  }

  private static Set<SampleSystem> systems(Random random, int least) {
    Set<SampleSystem> systems = EnumSet.noneOf(SampleSystem.class);
    while (systems.size() < least) {
      add(systems, BIGQUERY, random, 0.8);
      add(systems, TWENTY, random, 0.55);
      add(systems, SUPABASE, random, 0.4);
      add(systems, LOCAL, random, 0.3);
    }
    return systems;
  }

  private static void add(
      Set<SampleSystem> systems, SampleSystem system, Random random, double probability) {
    if (random.nextDouble() < probability) {
      systems.add(system);
    }
  }

  /** In BigQuery every record has an id; without one there, either all have it or none. */
  private static Set<SampleSystem> withId(Random random, Set<SampleSystem> systems) {
    Set<SampleSystem> withId = EnumSet.noneOf(SampleSystem.class);
    if (systems.contains(BIGQUERY)) {
      for (SampleSystem system : systems) {
        if (system == BIGQUERY || random.nextDouble() < 0.6) {
          withId.add(system);
        }
      }
    } else if (random.nextDouble() < 0.3) {
      withId.addAll(systems);
    }
    return withId;
  }

  // --- one person ----------------------------------------------------------------------------

  /**
   * @param reachable whether there must be an email or a phone number
   * @param byEmail whether there must be an email
   */
  private Core core(
      int number, Random random, boolean reachable, boolean byEmail, boolean anchored) {
    Language language = language(number);
    boolean business = random.nextDouble() < 0.06;
    ObjectNode fields = JSON.objectNode();
    String slug;
    if (business) {
      fields.put("canonical_name", firms.pick(random));
      fields.set("organization", fields.get("canonical_name"));
      slug = slug(random, fields.get("canonical_name").textValue());
    } else {
      name(fields, random, language);
      slug =
          slug(
              random, fields.path("first_name").asText() + " " + fields.path("last_name").asText());
    }
    work(fields, random, business);
    UUID id = uuidOfVersion7(random);
    String contactId = random.nextInt(10) == 0 ? "legacy-" + number : id.toString();
    Core core = new Core(number, random, language, slug, contactId, fields, anchored);
    reach(core, reachable, byEmail);
    grouping(fields, random, number == 0, business);
    if (random.nextDouble() < 0.5) {
      fields.put("notes", notes(random, language));
    }
    documents(core);
    return core;
  }

  private static void name(ObjectNode fields, Random random, Language language) {
    fields.put("first_name", pick(random, language.firstNames()));
    if (random.nextDouble() < 0.2) {
      fields.put("middle_name", pick(random, language.firstNames()));
    }
    fields.put("last_name", pick(random, language.lastNames()));
    if (random.nextDouble() < 0.12) {
      fields.put("nickname", pick(random, NICKNAMES));
    }
    if (random.nextDouble() < 0.05) {
      fields.put("name_suffix", pick(random, SUFFIXES));
    }
    if (random.nextDouble() < 0.25) {
      fields.put("title", pick(random, TITLES));
    }
    if (random.nextDouble() < 0.05) {
      fields.put(
          "canonical_name",
          fields.get("last_name").textValue() + ", " + fields.get("first_name").textValue());
    } else {
      nameFromParts(fields);
    }
  }

  private static void nameFromParts(ObjectNode fields) {
    fields.put(
        "canonical_name",
        Stream.of("first_name", "middle_name", "last_name", "name_suffix")
            .map(part -> fields.path(part).asText())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(" ")));
  }

  private void work(ObjectNode fields, Random random, boolean business) {
    if (business) {
      fields.put("is_business", true);
      return;
    }
    if (random.nextDouble() < 0.6) {
      fields.put("organization", firms.pick(random));
    }
    if (random.nextDouble() < 0.5) {
      fields.put("job_title", pick(random, words.jobs()));
    }
    if (random.nextDouble() < 0.3) {
      fields.put("department", pick(random, DEPARTMENTS));
    }
    if (random.nextDouble() < 0.5) {
      fields.put("is_business", false);
    }
  }

  private void reach(Core core, boolean reachable, boolean byEmail) {
    Random random = core.random();
    int emails = byEmail || random.nextDouble() < 0.92 ? 1 + few(random, 3) : 0;
    int phones = random.nextDouble() < 0.7 ? 1 + few(random, 3) : 0;
    if (reachable && emails == 0 && phones == 0) {
      phones = 1;
    }
    if (emails > 0) {
      ArrayNode list = core.fields().putArray("emails");
      for (int place = 0; place < emails; place++) {
        list.add(email(core, place));
      }
    }
    if (phones > 0) {
      ArrayNode list = core.fields().putArray("phones");
      for (int place = 0; place < phones; place++) {
        list.add(phone(core.number(), place));
      }
    }
    if (random.nextDouble() < 0.4) {
      core.fields()
          .put("linkedin_url", "https://www.linkedin.com/in/" + core.slug() + core.number());
    }
  }

  private static int few(Random random, int most) {
    int count = 0;
    while (count < most && random.nextDouble() < 0.3) {
      count++;
    }
    return count;
  }

  private static String email(Core core, int place) {
    return email(core.slug(), core.number(), place);
  }

  /** Distinct by the number behind the letters, and for one person by the domain. */
  static String email(String slug, int number, int place) {
    String domain =
        place < DOMAINS.size()
            ? DOMAINS.get(place).get(number % DOMAINS.get(place).size())
            : "mail" + place + ".example";
    return slug + number + "@" + domain;
  }

  /** Every language in turn. */
  private Language language(int number) {
    List<Language> languages = words.languages();
    return languages.get((int) Math.floorMod(number + mix(seed, -2), (long) languages.size()));
  }

  /**
   * Distinct within a language, which every so many persons share: multiplying by what shares no
   * factor with ten only shuffles.
   */
  String phone(int number, int place) {
    Language language = language(number);
    long space = Math.round(Math.pow(10, language.phoneDigits()));
    long serial = (long) (number / words.languages().size()) * REACH_PER_PERSON + place;
    long shuffled = Math.floorMod(serial * 7_654_321L + Math.floorMod(mix(seed, -3), space), space);
    return language.phonePrefix()
        + String.format(Locale.ROOT, "%0" + language.phoneDigits() + "d", shuffled);
  }

  private static String slug(Random random, String name) {
    String plain =
        MARKS
            .matcher(Normalizer.normalize(name, Normalizer.Form.NFKD))
            .replaceAll("")
            .toLowerCase(Locale.ROOT);
    String slug = NOT_PLAIN.matcher(plain).replaceAll(".").replaceAll("^\\.|\\.$", "");
    String handle = pick(random, HANDLES);
    String chosen = slug.length() < 2 ? handle : slug;
    String cut = chosen.length() > 40 ? chosen.substring(0, 40) : chosen;
    return cut.endsWith(".") ? cut.substring(0, cut.length() - 1) : cut;
  }

  private static void grouping(ObjectNode fields, Random random, boolean me, boolean business) {
    if (random.nextDouble() < 0.85) {
      String category = pick(random, CATEGORIES);
      fields.put("category_code", category);
      if (random.nextDouble() < 0.6) {
        fields.put("subcategory_code", category + (1 + random.nextInt(9)));
      }
    }
    if (random.nextDouble() < 0.5) {
      fields.put("relationship_category", pick(random, RELATIONSHIPS));
    }
    if (!business && random.nextDouble() < 0.35) {
      fields.put(
          "birthday", LocalDate.of(1932, 1, 1).plusDays(random.nextInt(365 * 78)).toString());
    }
    if (me || random.nextDouble() < 0.4) {
      fields.put("is_me", me);
    }
  }

  private static String notes(Random random, Language language) {
    boolean long_ = random.nextDouble() < 0.08;
    int sentences = long_ ? 60 + random.nextInt(80) : 1 + random.nextInt(3);
    StringBuilder notes = new StringBuilder();
    for (int i = 0; i < sentences; i++) {
      notes.append(i == 0 ? "" : i % 6 == 0 ? "\n\n" : " ");
      notes.append(pick(random, language.sentences()));
    }
    if (random.nextDouble() < 0.2) {
      notes.append("\n- 50 % off, \"as agreed\" 🎈\n- see C:\\temp\\a.txt");
    }
    return notes.toString();
  }

  private void documents(Core core) {
    Random random = core.random();
    ObjectNode fields = core.fields();
    String handle = core.slug() + core.number();
    if (random.nextDouble() < 0.25) {
      ObjectNode social = fields.putObject("social_profiles");
      social.put("mastodon", "@" + handle + "@social.example");
      if (random.nextBoolean()) {
        social.putObject("github").put("user", handle).put("repositories", random.nextInt(90));
      }
    }
    if (random.nextDouble() < 0.2) {
      ObjectNode context = fields.putObject("llm_context");
      context.put("summary", pick(random, core.language().sentences()));
      context.putArray("topics").add("sailing").add("Käse").add("日本");
      context.putObject("tone").put("formal", random.nextBoolean()).putNull("language");
    }
    if (random.nextDouble() < 0.2) {
      ObjectNode stats = fields.putObject("communication_stats");
      stats.put("emails_sent", random.nextInt(500));
      stats.put("answer_rate", random.nextInt(101) / 100.0);
      stats.putObject("by_channel").put("email", random.nextInt(300)).put("phone", 7);
    }
    if (random.nextDouble() < 0.15) {
      ObjectNode network = fields.putObject("social_network");
      network
          .putArray("knows")
          .addObject()
          .put("name", pick(random, core.language().firstNames()))
          .put("since", 1980 + random.nextInt(45));
      network.put("strength", random.nextInt(1000) / 1000.0);
    }
    if (random.nextDouble() < 0.15) {
      ObjectNode insights = fields.putObject("ai_insights");
      insights.putObject("scores").put("warmth", random.nextInt(101)).put("risk", 0.25);
      insights.putArray("flags").add("follow-up").add(true).add(3);
    }
    if (random.nextDouble() < 0.15) {
      fields
          .putObject("recommendations")
          .putArray("next")
          .addObject()
          .put("action", random.nextBoolean() ? "call" : "write")
          .put("about", pick(random, core.language().sentences()));
    }
  }

  // --- the records of one person -------------------------------------------------------------

  private List<SampleRecord> records(
      Core core, Set<SampleSystem> systems, Set<SampleSystem> withId, boolean deleted) {
    List<SampleRecord> records = new ArrayList<>();
    for (SampleSystem system : systems) {
      boolean first = records.isEmpty();
      ObjectNode fields = core.fields().deepCopy();
      if (!first && core.random().nextDouble() < 0.45) {
        vary(core, system, fields);
      }
      boolean carriesId = withId.contains(system);
      if (carriesId && fields.hasNonNull("canonical_name")) {
        fields.set(
            "name_normalized",
            Names.normalized(FieldType.TEXT.normalise(fields.get("canonical_name"))).toJson());
      }
      if (system != TWENTY) {
        writeOtherwise(core, fields);
      }
      records.add(
          record(
              core.random(),
              system,
              core.number(),
              carriesId ? core.contactId() : null,
              fields,
              deleted));
    }
    return records;
  }

  private SampleRecord record(
      Random random,
      SampleSystem system,
      int number,
      String contactId,
      ObjectNode fields,
      boolean deleted) {
    boolean hasId = system == TWENTY || system == SUPABASE;
    String id =
        hasId
            ? new UUID(
                    mix(seed ^ system.ordinal(), number) & ~0xF000L | 0x4000L,
                    mix(seed ^ system.ordinal(), ~number) & ~(3L << 62) | 1L << 63)
                .toString()
            : null;
    long updated = (long) (random.nextDouble() * 50 * MICROS_PER_DAY) + MICROS_PER_DAY / 24;
    long before = (long) (random.nextDouble() * 1500 * MICROS_PER_DAY);
    return new SampleRecord(
        system,
        id,
        contactId,
        fields,
        Duration.ofNanos((updated + before) * 1000),
        Duration.ofNanos(updated * 1000),
        deleted);
  }

  /** Lets a record differ from the others of its person, in one to three ways. */
  private void vary(Core core, SampleSystem system, ObjectNode fields) {
    Random random = core.random();
    int ways = 1 + random.nextInt(3);
    for (int i = 0; i < ways; i++) {
      switch (random.nextInt(10)) {
        case 0 -> fields.put("title", pick(random, TITLES));
        case 1 -> fields.put("notes", notes(random, core.language()));
        case 2 -> fields.put("job_title", pick(random, words.jobs()));
        case 3 -> addPhone(core, system, fields);
        case 4 -> addEmail(core, system, fields);
        case 5 -> loseReach(core, fields);
        case 6 ->
            fields.remove(
                pick(
                    random,
                    List.of(
                        "birthday",
                        "linkedin_url",
                        "department",
                        "middle_name",
                        "nickname",
                        "subcategory_code",
                        "llm_context",
                        "is_business",
                        "canonical_name",
                        "organization")));
        case 7 -> withoutAccents(fields);
        case 8 -> {
          if (fields.get("communication_stats") instanceof ObjectNode stats) {
            stats.put("emails_sent", random.nextInt(500)).put("opened", random.nextInt(200));
          } else {
            fields.put("department", pick(random, DEPARTMENTS));
          }
        }
        default -> {
          if (!fields.path("is_business").asBoolean()) {
            fields.put("organization", firms.pick(random));
          }
        }
      }
    }
  }

  private void addPhone(Core core, SampleSystem system, ObjectNode fields) {
    int place = FIRST_PLACE_OF_VARIANTS + system.ordinal();
    boolean extension = system != TWENTY && core.random().nextInt(6) == 0;
    addDistinct(
        fields.withArrayProperty("phones"),
        extension ? "extension " + core.number() : phone(core.number(), place));
  }

  private static void addEmail(Core core, SampleSystem system, ObjectNode fields) {
    // Who has no email anywhere is found by phone.
    if (core.fields().has("emails")) {
      addDistinct(
          fields.withArrayProperty("emails"),
          email(core, FIRST_PLACE_OF_VARIANTS + system.ordinal()));
    }
  }

  private static void addDistinct(ArrayNode list, String item) {
    for (JsonNode present : list) {
      if (present.textValue().equals(item)) {
        return;
      }
    }
    list.add(item);
  }

  /** Loses phone numbers or emails, but not what the record is found by. */
  private static void loseReach(Core core, ObjectNode fields) {
    boolean byPhone = !core.fields().has("emails");
    String lost = core.random().nextBoolean() ? "emails" : "phones";
    boolean needed = core.anchored() && lost.equals(byPhone ? "phones" : "emails");
    if (needed && fields.get(lost) instanceof ArrayNode list) {
      while (list.size() > 1) {
        list.remove(1);
      }
    } else {
      fields.remove(lost);
    }
  }

  private static void withoutAccents(ObjectNode fields) {
    if (!fields.has("first_name") || !fields.has("last_name")) {
      return;
    }
    for (String part : List.of("first_name", "last_name")) {
      String plain = Normalizer.normalize(fields.get(part).textValue(), Normalizer.Form.NFD);
      fields.put(
          part, Normalizer.normalize(MARKS.matcher(plain).replaceAll(""), Normalizer.Form.NFC));
    }
    nameFromParts(fields);
  }

  /** The same values as people write them: capitals in emails, blanks in phone numbers. */
  private static void writeOtherwise(Core core, ObjectNode fields) {
    Random random = core.random();
    if (random.nextDouble() < 0.1 && fields.get("emails") instanceof ArrayNode emails) {
      emails.set(
          0,
          Stream.of(emails.get(0).textValue().split("(?<=\\.)"))
              .map(part -> part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1))
              .collect(Collectors.joining()));
    }
    if (random.nextDouble() < 0.1 && fields.get("phones") instanceof ArrayNode phones) {
      String phone = phones.get(0).textValue();
      if (phone.startsWith("+")) {
        phones.set(
            0,
            phone.substring(0, 4) + " " + phone.substring(4, 7) + " (" + phone.substring(7) + ")");
      }
    }
    if (random.nextDouble() < 0.05 && fields.has("linkedin_url")) {
      fields.put(
          "linkedin_url",
          fields.get("linkedin_url").textValue().replace("linkedin.com", "LinkedIn.com") + "/");
    }
    if (random.nextDouble() < 0.05 && fields.has("category_code")) {
      fields.put("category_code", fields.get("category_code").textValue().toLowerCase(Locale.ROOT));
    }
  }

  static UUID uuidOfVersion7(Random random) {
    // Milliseconds of the year 2024 on: as ids of contacts that were made then.
    long millis = 1_704_067_200_000L + (long) (random.nextDouble() * 60_000_000_000L);
    return new UUID(
        millis << 16 | 0x7000L | random.nextInt(1 << 12),
        random.nextLong() & ~(3L << 62) | 1L << 63);
  }

  static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
