package truthforge.sync.sandbox;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The organisations that sample persons work for, with names that are hard to quote among them. */
final class SampleFirms {

  private static final int PERSONS_A_FIRM = 10;
  private static final int LEAST = 8;
  private static final int MOST = 5_000;
  private static final List<String> AWKWARD =
      List.of(
          "Smith, Jones & Co.",
          "Bäckerei \"Zum Löwen\"",
          "Nordwind (Holding) GmbH",
          "L'Atelier d'Été",
          "50 % Design [Berlin]");
  private static final List<String> FORMS =
      List.of("%s", "%s (Holding)", "%s, Inc.", "\"%s\" Group", "%s – Büro %d");

  private final List<String> names;
  private final Map<String, Integer> numbers = new HashMap<>();

  SampleFirms(long seed, int persons) {
    int count = Math.max(LEAST, Math.min(MOST, persons / PERSONS_A_FIRM));
    List<String> bases = new ArrayList<>(SampleWords.SHARED.firms());
    java.util.Collections.shuffle(bases, new Random(SampleMaker.mix(seed, -1)));
    Set<String> distinct = new LinkedHashSet<>(AWKWARD);
    for (int i = 0; distinct.size() < count; i++) {
      int round = i / bases.size();
      // Every fifth name of the first round is decorated too; after that each round is.
      String form =
          round == 0 ? FORMS.get(i % 5 == 0 ? 1 + i / 5 % 3 : 0) : FORMS.get(FORMS.size() - 1);
      distinct.add(String.format(form, bases.get(i % bases.size()), round));
    }
    names = List.copyOf(distinct);
    for (int i = 0; i < names.size(); i++) {
      numbers.put(names.get(i), i);
    }
  }

  /** Large firms employ most: the smaller the number, the likelier. */
  String pick(Random random) {
    double skewed = random.nextDouble() * random.nextDouble();
    return names.get((int) (skewed * names.size()));
  }

  /** From 0, distinct. */
  int numberOf(String name) {
    Integer number = numbers.get(name);
    if (number == null) {
      throw new IllegalArgumentException("No sample person works for that firm");
    }
    return number;
  }
}
