package truthforge.sync.sandbox;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import net.datafaker.Faker;

/**
 * Names, firms and sentences in several languages and scripts. The same at every start: what is
 * picked of them depends on the seed of the samples.
 */
final class SampleWords {

  private static final int FIRST_NAMES = 120;
  private static final int LAST_NAMES = 240;
  private static final int FIRMS = 40;
  private static final int SENTENCES = 30;

  /** Datafaker has Greek first names only. */
  private static final List<String> GREEK_LAST_NAMES =
      List.of(
          "Αγγελόπουλος",
          "Αθανασίου",
          "Βασιλείου",
          "Γεωργίου",
          "Δημητρίου",
          "Ελευθερίου",
          "Ζαχαρίου",
          "Θεοδώρου",
          "Ιωάννου",
          "Καραγιάννη",
          "Κωνσταντίνου",
          "Λάμπρου",
          "Μακρής",
          "Νικολάου",
          "Ξανθόπουλος",
          "Οικονόμου",
          "Παπαδόπουλος",
          "Ραφτόπουλος",
          "Σταματίου",
          "Τριανταφύλλου",
          "Φωτίου",
          "Χατζηγιάννη",
          "Ψαρράς");

  /**
   * One language, and the phone numbers of a country that speaks it.
   *
   * @param phonePrefix calling code and the first national digits, with the plus
   * @param phoneDigits how many digits follow the prefix
   */
  record Language(
      String tag,
      String phonePrefix,
      int phoneDigits,
      List<String> firstNames,
      List<String> lastNames,
      List<String> sentences) {}

  static final SampleWords SHARED = new SampleWords();

  private final List<Language> languages;
  private final List<String> firms;
  private final List<String> jobs;

  private SampleWords() {
    Set<String> allFirms = new LinkedHashSet<>();
    List<Language> all = new ArrayList<>();
    add(all, allFirms, "en-US", "+1212", 7);
    add(all, allFirms, "fr", "+336", 8);
    add(all, allFirms, "el-GR", "+3069", 8);
    add(all, allFirms, "de", "+49151", 8);
    add(all, allFirms, "ja", "+8190", 8);
    add(all, allFirms, "pl", "+485", 8);
    add(all, allFirms, "ru", "+79", 9);
    add(all, allFirms, "ar", "+9665", 8);
    add(all, allFirms, "es", "+346", 8);
    add(all, allFirms, "cs-CZ", "+4207", 8);
    add(all, allFirms, "uk", "+38067", 7);
    add(all, allFirms, "pt-BR", "+55119", 8);
    add(all, allFirms, "tr", "+905", 9);
    add(all, allFirms, "zh-CN", "+8613", 9);
    add(all, allFirms, "sv-SE", "+467", 8);
    add(all, allFirms, "he", "+9725", 8);
    add(all, allFirms, "hu", "+3620", 7);
    add(all, allFirms, "ko", "+8210", 8);
    languages = List.copyOf(all);
    firms = List.copyOf(allFirms);
    jobs = List.copyOf(distinct(60, new Faker(Locale.ENGLISH, new Random(1)).job()::title));
  }

  private static void add(
      List<Language> all, Set<String> firms, String tag, String prefix, int digits) {
    Faker faker = new Faker(Locale.forLanguageTag(tag), new Random(tag.hashCode()));
    all.add(
        new Language(
            tag,
            prefix,
            digits,
            List.copyOf(distinct(FIRST_NAMES, faker.name()::firstName)),
            tag.equals("el-GR")
                ? GREEK_LAST_NAMES
                : List.copyOf(distinct(LAST_NAMES, faker.name()::lastName)),
            List.copyOf(distinct(SENTENCES, faker.lorem()::sentence))));
    firms.addAll(distinct(FIRMS, faker.company()::name));
  }

  private static Set<String> distinct(int tries, Supplier<String> source) {
    Set<String> words = new LinkedHashSet<>();
    for (int i = 0; i < tries; i++) {
      words.add(Normalizer.normalize(source.get(), Normalizer.Form.NFC).strip());
    }
    return words;
  }

  List<Language> languages() {
    return languages;
  }

  List<String> firms() {
    return firms;
  }

  List<String> jobs() {
    return jobs;
  }
}
