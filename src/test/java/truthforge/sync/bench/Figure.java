package truthforge.sync.bench;

import java.util.List;
import java.util.Locale;

/**
 * One thing that is measured.
 *
 * @param unit of its value and of its floor
 * @param sense whether more or less is better
 * @param reach the aim; null where the figure is only shown
 * @param meaning in plain words, with what the floor is
 */
record Figure(String name, String unit, Sense sense, Double reach, String meaning) {

  enum Sense {
    AT_LEAST,
    AT_MOST
  }

  /** In the order in which they are printed. */
  static final List<Figure> ALL =
      List.of(
          atLeast(
              "pg-initial",
              "contacts/s",
              15_000,
              "first sync from one PostgreSQL into another, empty one; floor: bare JDBC pipe"),
          atLeast(
              "pg-initial-share",
              "of the floor",
              1 / 3.0,
              "pg-initial divided by the bare JDBC pipe of the same repetition"),
          atLeast(
              "pg-equal",
              "contacts/s",
              20_000,
              "first sync where both hold the same rows; floor: bare reading and comparing"),
          atLeast(
              "pg-different",
              "contacts/s",
              10_000,
              "first sync where each row differs, so each is written; floor: bare JDBC update"),
          atLeast(
              "four-initial",
              "contacts/s",
              5_000,
              "first sync of one system's contacts into three others, all but it stand-ins in other"
                  + " processes"),
          shown(
              "four-stand-ins-cpu",
              "% of CPU",
              Sense.AT_MOST,
              "of all CPU time of four-initial, what the stand-ins and PostgreSQL took"),
          atLeast(
              "http-deliveries",
              "contacts/s",
              20_000,
              "deliveries to an HTTP sink by 60, first to last; floor: bare pipe PostgreSQL to the"
                  + " sink"),
          atMost(
              "one-percent-cycle",
              "s",
              0.5,
              "from the command to the end of a cycle that carries 1 % changed rows between two"
                  + " PostgreSQL; floor: bare JDBC read and update of them"),
          atMost("quiet-cycle", "s", 0.05, "a cycle of four systems in which nothing changed"),
          atMost(
              "quiet-calls",
              "calls",
              2,
              "in such a cycle, calls to the source that was called most"),
          atMost("quiet-bigquery-queries", "queries", 0, "in such a cycle, queries of BigQuery"),
          atMost(
              "bigquery-bytes-quiet",
              "bytes",
              0,
              "in such a cycle, bytes billed by BigQuery's rules"),
          shown(
              "bigquery-bytes-initial",
              "bytes",
              Sense.AT_MOST,
              "bytes billed by BigQuery's rules for four-initial"),
          shown(
              "bigquery-bytes-changes",
              "bytes",
              Sense.AT_MOST,
              "bytes billed by BigQuery's rules for a cycle with changed contacts"),
          atMost(
              "calls-bigquery",
              "calls a batch",
              1,
              "calls that each further batch of 2000 changed contacts costs, beside a constant"),
          atMost(
              "calls-twenty",
              "calls a batch",
              2,
              "likewise for batches of 100, above the limit of single changes: read and write"),
          atMost("calls-supabase", "calls a batch", 1, "likewise for batches of 100"),
          atMost(
              "calls-local",
              "statements a batch",
              1,
              "likewise for batches of 100 where the local database is written"),
          atMost(
              "webhook-one",
              "s",
              0.2,
              "one edit in Twenty, webhook, until the last other system holds it: median"),
          atMost("webhook-many", "s", 1, "likewise with 50 edits a second: median"),
          atMost("webhook-many-p99", "s", 3, "likewise: 99th percentile"),
          atMost(
              "webhook-bigquery-statements",
              "statements",
              25,
              "meanwhile, changing statements on the table in any 10 s: most"),
          atMost(
              "start",
              "s",
              2.5,
              "from the start of the process to its first call, by the container's command; floor: a"
                  + " JVM that says one line"),
          atMost("idle", "CPU s", 0.3, "CPU time in 20 s without a cycle, same process"),
          atMost("memory-100k", "MiB", 350, "largest resident memory in the first sync of 100k"),
          atMost("memory-1m", "MiB", 450, "largest resident memory in the first sync of 1M"),
          atMost(
              "ledger-size",
              "bytes",
              1_536,
              "per contact in four systems, besides the contact's own JSON once"),
          atMost(
              "growth",
              "times",
              1.3,
              "largest growth of the cost per contact from a smaller size to a larger one"),
          atLeast(
              "budget-used",
              "%",
              95,
              "of 100 calls a minute to Twenty, used in whole minutes after the first"),
          atMost("budget-refusals", "answers 429", 0, "meanwhile"),
          shown(
              "core-observe",
              "ops/s",
              Sense.AT_LEAST,
              "three-way merge of a record with two changed fields, one thread"),
          shown(
              "core-echo", "ops/s", Sense.AT_LEAST, "the same of a record that tells nothing new"),
          shown(
              "core-mapping-read",
              "ops/s",
              Sense.AT_LEAST,
              "a record of Twenty, parsed, to canonical values; floor: Jackson parses its text"),
          shown(
              "core-mapping-write",
              "ops/s",
              Sense.AT_LEAST,
              "canonical values to a record of Twenty; floor: Jackson writes it as text"),
          shown("core-hash", "ops/s", Sense.AT_LEAST, "digests of all values of a contact"));

  private static Figure atLeast(String name, String unit, double reach, String meaning) {
    return new Figure(name, unit, Sense.AT_LEAST, reach, meaning);
  }

  private static Figure atMost(String name, String unit, double reach, String meaning) {
    return new Figure(name, unit, Sense.AT_MOST, reach, meaning);
  }

  private static Figure shown(String name, String unit, Sense sense, String meaning) {
    return new Figure(name, unit, sense, null, meaning);
  }

  static Figure named(String name) {
    return ALL.stream()
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("There is no figure " + name));
  }

  /** Null where there is no aim. */
  Boolean reachedBy(double value) {
    if (reach == null) {
      return null;
    }
    return sense == Sense.AT_LEAST ? value >= reach : value <= reach;
  }

  String aim() {
    if (reach == null) {
      return "-";
    }
    return (sense == Sense.AT_LEAST ? ">= " : "<= ") + text(reach);
  }

  /** Three digits that tell something, and all of whole numbers. */
  static String text(double value) {
    if (value == Math.rint(value) || Math.abs(value) >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.1f" : "%.3f", value);
  }
}
