package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.kill.People.Disputed;

/**
 * Hours of edits in all four systems while these misbehave: what was acknowledged is there at the
 * end (promises 1, 4, 5 and 7), and the process does not grow. {@code -Dlong-run.minutes=120}; its
 * figures, one line a minute, stand in {@code target/long-run.csv}.
 */
@EnabledIfSystemProperty(named = "long-run.minutes", matches = "\\d+")
class LongRunIT {

  private static final Duration LENGTH =
      Duration.ofMinutes(Integer.getInteger("long-run.minutes", 5));
  private static final long SEED = Long.getLong("long-run.seed", 1);
  private static final long EDIT_EVERY_MILLIS = Long.getLong("long-run.edit-millis", 2_000);
  private static final int CONTACTS = 400;
  private static final int SAMPLES = 120;
  private static final long MEGABYTE = 1024 * 1024;

  /** Longer than the service waits for an answer. */
  private static final int LATE_SECONDS = 70;

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final Set<Disputed> disputed = ConcurrentHashMap.newKeySet();
  private final List<Sample> samples = Collections.synchronizedList(new ArrayList<>());
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Map<String, Integer> faults = new TreeMap<>();
  private final AtomicReference<Runnable> remedy = new AtomicReference<>(() -> {});
  private FourSystems systems;
  private Jar run;
  private People people;
  private Instant began;

  /**
   * What the process takes.
   *
   * @param seconds since the beginning
   * @param heap bytes of objects that live, after a collection
   * @param resident bytes of memory as the system counts them
   * @param ledger bytes of its files
   * @param logs bytes of log files
   */
  private record Sample(
      long seconds,
      long edits,
      long heap,
      long resident,
      long threads,
      long files,
      long ledger,
      long logs) {

    static final String HEAD = "seconds,edits,heap,rss,threads,files,ledger,logs";

    String line() {
      return String.join(
          ",",
          Stream.of(seconds, edits, heap, resident, threads, files, ledger, logs)
              .map(String::valueOf)
              .toList());
    }
  }

  @Test
  void hours_of_edits_with_faults_lose_nothing_and_nothing_grows() throws Exception {
    // Old history goes a dozen times on the way.
    double keptDays = Math.max(60, LENGTH.toSeconds() / 12) / 86_400.0;
    systems =
        FourSystems.behindGates(
            folder,
            Map.of(
                "sync.interval-seconds", "5",
                "sync.max-deletes", "1000000",
                "sync.max-delete-percent", "100",
                "sync.max-field-percent", "100",
                "twenty.conditional-limit", "100000",
                "ledger.keep-days", String.format("%.6f", keptDays)));
    try {
      systems.fill(CONTACTS);
      try (Jar init = systems.start("init")) {
        assertThat(init.exitCode()).as(init::toString).isZero();
      }
      try (Jar started = Jar.start(folder, List.of("-Xmx256m"), "run")) {
        run = started;
        run.awaitErr(LongRunIT::isCycle);
        people = new People(systems.screens(), contacts(), 0.01);
        disturbed();
        Map<String, List<Screen.Person>> quiet = systems.awaitQuiet(run);
        remember();
        assertThat(people.unaccounted(quiet.get("bigquery"), disputed).stream().limit(20).toList())
            .as("what was acknowledged and is nowhere; conflicts: " + disputed.size())
            .isEmpty();
        quiet.forEach((system, theirs) -> assertThat(theirs).as(system).hasSize(people.living()));
        JsonNode status = systems.ask("/api/status");
        System.out.println(status);
        run.signal("TERM");
        assertThat(run.exitCode(Duration.ofSeconds(60))).as(run::toString).isZero();
      }
      JsonNode verified = systems.verified();
      assertThat(verified.get("verified").asBoolean()).as(verified.toString()).isTrue();
      assertThat(verified.get("held").asInt()).as(verified.toString()).isZero();
      assertThat(verified.get("parked").asInt()).as(verified.toString()).isZero();
      tell();
      flat("heap", Sample::heap, 4 * MEGABYTE);
      flat("resident memory", Sample::resident, 40 * MEGABYTE);
      flat("threads", Sample::threads, 8);
      flat("open files", Sample::files, 10);
      flat("ledger", Sample::ledger, 2 * MEGABYTE);
    } finally {
      if (people != null) {
        people.close();
      }
      systems.close();
    }
  }

  private Collection<String> contacts() {
    return systems.people().get("bigquery").stream().map(Screen.Person::contactId).toList();
  }

  /** Edits, faults and looks at the process until the time is over. */
  private void disturbed() throws InterruptedException {
    began = Instant.now();
    ScheduledExecutorService observers = Executors.newScheduledThreadPool(2);
    ScheduledExecutorService disturber = Executors.newSingleThreadScheduledExecutor();
    people.begin(SEED, EDIT_EVERY_MILLIS);
    long every = Math.max(1, LENGTH.toSeconds() / SAMPLES);
    observers.scheduleAtFixedRate(watched(this::look), every, every, TimeUnit.SECONDS);
    // More often than settled conflicts are dropped.
    observers.scheduleAtFixedRate(watched(this::remember), 5, 5, TimeUnit.SECONDS);
    disturber.execute(watched(() -> fault(disturber)));
    try {
      if (disturber.awaitTermination(LENGTH.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("The faults ended early", failure.get());
      }
    } finally {
      disturber.shutdownNow();
      observers.shutdown();
    }
    assertThat(observers.awaitTermination(2, TimeUnit.MINUTES)).isTrue();
    assertThat(disturber.awaitTermination(2, TimeUnit.MINUTES)).isTrue();
    remedy.get().run();
    people.end();
    assertThat(failure.get()).isNull();
  }

  private Runnable watched(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
        throw e;
      }
    };
  }

  /** One fault, and after it a pause and the next. */
  private void fault(ScheduledExecutorService then) {
    int which = random.nextInt(systems.gates().size() + 1);
    int seconds = 3 + random.nextInt(20);
    Runnable heal;
    if (which == systems.gates().size()) {
      heal = lockedOut();
      count("local locked");
    } else {
      String system = List.copyOf(systems.gates().keySet()).get(which);
      Gate gate = systems.gates().get(system);
      Gate.Fault fault = Gate.Fault.values()[random.nextInt(Gate.Fault.values().length)];
      gate.spoil(fault, random.nextBoolean() ? 1 : 0.3);
      if (fault == Gate.Fault.LATE_ANSWER && random.nextInt(3) == 0) {
        seconds = LATE_SECONDS;
      }
      heal = gate::heal;
      count(system + " " + fault);
    }
    remedy.set(heal);
    then.schedule(
        watched(
            () -> {
              heal.run();
              remedy.set(() -> {});
              then.schedule(watched(() -> fault(then)), 3 + random.nextInt(20), TimeUnit.SECONDS);
            }),
        seconds,
        TimeUnit.SECONDS);
  }

  private void count(String fault) {
    faults.merge(fault, 1, Integer::sum);
  }

  /** Somebody's program holds the local database's lock. Returns what gives it back. */
  private Runnable lockedOut() {
    try {
      Connection local = ((Screen.Local) systems.screens().get(3)).connect();
      Statement statement = local.createStatement();
      statement.execute("begin immediate");
      return () -> {
        try (local;
            statement) {
          statement.execute("rollback");
        } catch (SQLException e) {
          throw new IllegalStateException(e);
        }
      };
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Settled conflicts are dropped after a while, so they are noted as they come. */
  private void remember() {
    disputed.addAll(systems.disputed());
  }

  private void look() {
    try {
      Map<String, Long> memory = new TreeMap<>();
      for (String line : Files.readAllLines(Path.of("/proc", "" + run.pid(), "status"))) {
        String[] words = line.split("\\s+");
        if (words[0].equals("VmRSS:")) {
          memory.put("rss", Long.parseLong(words[1]) * 1024);
        } else if (words[0].equals("Threads:")) {
          memory.put("threads", Long.parseLong(words[1]));
        }
      }
      long files;
      try (Stream<Path> open = Files.list(Path.of("/proc", "" + run.pid(), "fd"))) {
        files = open.count();
      }
      Sample sample =
          new Sample(
              Duration.between(began, Instant.now()).toSeconds(),
              people.acknowledged(),
              liveObjects(),
              memory.get("rss"),
              memory.get("threads"),
              files,
              size(folder.resolve("data")),
              size(folder.resolve("logs")));
      samples.add(sample);
      Files.write(
          Path.of("target", "long-run.csv"),
          Stream.concat(Stream.of(Sample.HEAD), List.copyOf(samples).stream().map(Sample::line))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes of objects that are alive, which makes the JVM collect all others. */
  private long liveObjects() throws IOException {
    Process histogram =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                "" + run.pid(),
                "GC.class_histogram")
            .start();
    try (Stream<String> lines = histogram.inputReader().lines()) {
      return lines
          .filter(line -> line.startsWith("Total"))
          .mapToLong(line -> Long.parseLong(line.split("\\s+")[2]))
          .findFirst()
          .orElseThrow();
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.map(Path::toFile).mapToLong(file -> file.isFile() ? file.length() : 0).sum();
    }
  }

  private static boolean isCycle(String line) {
    return line.contains("cycle in ");
  }

  private void tell() {
    System.out.println(people.figures());
    System.out.println(disputed.size() + " values in the list of conflicts; faults: " + faults);
    systems
        .gates()
        .forEach(
            (system, gate) ->
                System.out.println(
                    system + ", requests spoilt: " + new TreeMap<>(gate.befallen())));
    System.out.println(Sample.HEAD);
    int step = Math.max(1, samples.size() / 12);
    for (int i = 0; i < samples.size(); i += step) {
      System.out.println(samples.get(i).line());
    }
  }

  /** From the second quarter, when everything has been used once, to the last. */
  private void flat(String what, ToLongFunction<Sample> of, long room) {
    int quarter = samples.size() / 4;
    long before = median(samples.subList(quarter, 2 * quarter), of);
    long after = median(samples.subList(samples.size() - quarter, samples.size()), of);
    System.out.println(what + ": " + before + " in the second quarter, " + after + " in the last");
    assertThat(after).as(what).isLessThanOrEqualTo(before + room);
  }

  private static long median(List<Sample> some, ToLongFunction<Sample> of) {
    List<Long> sorted = some.stream().map(of::applyAsLong).sorted().collect(Collectors.toList());
    return sorted.get(sorted.size() / 2);
  }
}
