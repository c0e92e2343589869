package truthforge.sync.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was measured, a value for each repetition. The value of a figure is the median. */
final class Results {

  private final Set<String> wanted;
  private final Map<String, Samples> samples = new LinkedHashMap<>();

  private static final class Samples {
    private final List<Double> values = new ArrayList<>();
    private final List<Double> floors = new ArrayList<>();
    private final Map<String, Object> notes = new LinkedHashMap<>();
  }

  /**
   * @param wanted names of figures; what else is measured along with them is left out
   */
  Results(Set<String> wanted) {
    this.wanted = wanted;
  }

  boolean wants(String figure) {
    return wanted.contains(figure);
  }

  /** Of one repetition. */
  synchronized void add(String figure, double value) {
    Figure.named(figure);
    of(figure).values.add(value);
  }

  /** Of all repetitions so far. */
  synchronized List<Double> values(String figure) {
    return List.copyOf(of(figure).values);
  }

  /** Of the same repetition. */
  synchronized void addFloor(String figure, double floor) {
    of(figure).floors.add(floor);
  }

  /** What belongs to the figure: the number of contacts, what else was seen. The last one stays. */
  synchronized void note(String figure, String name, Object what) {
    of(figure).notes.put(name, what);
  }

  private Samples of(String figure) {
    return samples.computeIfAbsent(figure, name -> new Samples());
  }

  /** Wanted figures of which there is no value. */
  synchronized List<String> missing() {
    return wanted.stream()
        .filter(name -> !samples.containsKey(name) || samples.get(name).values.isEmpty())
        .toList();
  }

  /** The JSON line of a figure; null where it was not wanted or not measured. */
  synchronized ObjectNode line(Figure figure) {
    Samples of = samples.get(figure.name());
    if (!wants(figure.name()) || of == null || of.values.isEmpty()) {
      return null;
    }
    double value = median(of.values);
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("figure", figure.name());
    line.put("value", rounded(value));
    line.put("unit", figure.unit());
    line.put("floor", of.floors.isEmpty() ? null : rounded(median(of.floors)));
    line.put("reach", figure.reach() == null ? null : rounded(figure.reach()));
    line.put("reached", figure.reachedBy(value));
    line.put("sense", figure.sense() == Figure.Sense.AT_LEAST ? "at-least" : "at-most");
    line.put("low", rounded(least(of.values)));
    line.put("high", rounded(-least(of.values.stream().map(v -> -v).toList())));
    line.put("repetitions", of.values.size());
    of.notes.forEach((name, what) -> line.putPOJO(name, what));
    return line;
  }

  /** For people. */
  synchronized String table() {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"figure", "value", "low..high", "unit", "floor", "reach", "reached"});
    for (Figure figure : Figure.ALL) {
      ObjectNode line = line(figure);
      if (line != null) {
        rows.add(
            new String[] {
              figure.name(),
              Figure.text(line.get("value").doubleValue()),
              Figure.text(line.get("low").doubleValue())
                  + ".."
                  + Figure.text(line.get("high").doubleValue()),
              figure.unit(),
              line.get("floor").isNull() ? "-" : Figure.text(line.get("floor").doubleValue()),
              figure.aim(),
              line.get("reached").isNull() ? "-" : line.get("reached").booleanValue() ? "yes" : "NO"
            });
      }
    }
    int[] widths = new int[rows.get(0).length];
    rows.forEach(
        row -> Arrays.setAll(widths, column -> Math.max(widths[column], row[column].length())));
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      for (int column = 0; column < row.length; column++) {
        text.append(row[column]);
        if (column < row.length - 1) {
          text.append(" ".repeat(widths[column] - row[column].length() + 2));
        }
      }
      text.append('\n');
    }
    return text.toString();
  }

  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * @param share between 0 and 1
   */
  static double percentile(List<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
  }

  private static double least(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /** Six digits are more than any of this is good for. */
  private static double rounded(double value) {
    return new java.math.BigDecimal(value)
        .round(new java.math.MathContext(6))
        .stripTrailingZeros()
        .doubleValue();
  }
}
