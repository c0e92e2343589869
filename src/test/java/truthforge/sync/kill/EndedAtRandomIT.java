package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged jar, ended again and again at random moments while people edit in all four systems:
 * what a system has acknowledged to them is everywhere at last, once, or in the list of conflicts
 * (promises 1, 4, 5 and 9).
 *
 * <p>Moments are told in edits, from the start of the process (of one that is told to end: from its
 * first word) or from its first cycle on: {@code -Dkill.seed} repeats them, and no machine is too
 * slow for them. {@code -Dkill.times} says how often; 5 otherwise.
 */
class EndedAtRandomIT {

  private static final int TIMES = Integer.getInteger("kill.times", 5);
  private static final long SEED = Long.getLong("kill.seed", 1);
  private static final int CONTACTS = 120;
  private static final long EDIT_EVERY_MILLIS = 100;

  /** What is promised to whoever supervises the process. */
  private static final Duration AT_MOST = Duration.ofSeconds(25);

  @TempDir static Path folder;
  private static FourSystems systems;
  private static People people;

  @BeforeAll
  static void synchronised() {
    systems =
        new FourSystems(
            folder,
            Map.of(
                "sync.batch-size", "10",
                "sync.max-deletes", "1000000",
                "sync.max-delete-percent", "100",
                "sync.max-field-percent", "100",
                "twenty.conditional-limit", "100000"));
    systems.fill(CONTACTS);
    try (Jar init = systems.start("init")) {
      assertThat(init.exitCode()).as(init::toString).isZero();
    }
    people =
        new People(
            systems.screens(),
            systems.people().get("bigquery").stream().map(Screen.Person::contactId).toList(),
            0.05);
  }

  @AfterAll
  static void end() {
    if (people != null) {
      people.close();
    }
    if (systems != null) {
      systems.close();
    }
  }

  @Test
  void a_process_killed_at_random_moments_loses_nothing_and_doubles_nothing() {
    Random random = new Random(SEED);
    people.begin(SEED, EDIT_EVERY_MILLIS);
    for (int i = 0; i < TIMES; i++) {
      try (Jar run = systems.start("run", "--interval", "1")) {
        boolean starting = random.nextInt(4) == 0;
        if (!starting) {
          run.awaitErr(EndedAtRandomIT::isCycle);
        }
        people.awaitAcknowledged(people.acknowledged() + random.nextInt(80));
        run.signal("KILL");
        assertThat(run.exitCode()).as(run::toString).isEqualTo(137);
      }
    }
    people.end();

    everythingIsThere();
    System.out.println(TIMES + " times; " + people.figures());
  }

  @Test
  void a_process_told_to_end_at_random_moments_does_so_with_0_and_the_next_one_goes_on() {
    Random random = new Random(SEED + 1);
    people.begin(SEED + 1, EDIT_EVERY_MILLIS);
    for (int i = 0; i < TIMES; i++) {
      try (Jar run = systems.start("run", "--interval", "1")) {
        boolean starting = random.nextInt(4) == 0;
        run.awaitErr(starting ? line -> true : EndedAtRandomIT::isCycle);
        people.awaitAcknowledged(people.acknowledged() + random.nextInt(80));
        run.signal(random.nextBoolean() ? "TERM" : "INT");
        assertThat(run.exitCode(AT_MOST)).as(run::toString).isZero();
      }
    }
    people.end();

    everythingIsThere();
    System.out.println(TIMES + " times; " + people.figures());
  }

  /** The secret is in a pipe, so it is known when it is read. */
  @Test
  void a_process_told_to_end_while_it_reads_its_configuration_ends_with_0(@TempDir Path other)
      throws Exception {
    Path pipe = other.resolve("key");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor())
        .isZero();
    Files.createDirectory(other.resolve("config"));
    Files.writeString(
        other.resolve("config/application.properties"),
        "twenty.url=http://127.0.0.1:1\ntwenty.api-key.file=" + pipe + "\n");
    try (Jar run = Jar.start(other, "run")) {
      try (OutputStream key = Files.newOutputStream(pipe)) {
        run.signal("TERM");
        key.write("key".getBytes(StandardCharsets.UTF_8));
      }
      assertThat(run.exitCode(AT_MOST)).as(run::toString).isZero();
    }
  }

  @Test
  void a_command_that_only_looks_ends_at_once_though_a_system_is_silent(@TempDir Path other)
      throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      Files.createDirectory(other.resolve("config"));
      Files.writeString(
          other.resolve("config/application.properties"),
          "twenty.url=http://127.0.0.1:" + silent.getLocalPort() + "\ntwenty.api-key=key\n");
      try (Jar doctor = Jar.start(other, "doctor");
          Socket asked = silent.accept()) {
        assertThat(asked.getInputStream().read()).isNotNegative();

        doctor.signal("INT");

        assertThat(doctor.exitCode(Duration.ofSeconds(15))).as(doctor::toString).isEqualTo(1);
        assertThat(doctor.err()).contains("Stopped before its end");
      }
    }
  }

  @Test
  void a_second_process_on_the_same_ledger_is_refused_and_told_what_to_do() {
    try (Jar run = systems.start("run", "--interval", "1")) {
      run.awaitErr(line -> true);
      try (Jar second = systems.start("once")) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.err())
            .isEqualTo(
                "truth-forge-sync: The ledger "
                    + folder.toAbsolutePath().resolve("data/ledger.db")
                    + " is in use by another process. Stop that one, ask it instead, or give this"
                    + " one a ledger of its own (ledger.jdbc-url).");
      }
    }
  }

  /** One more start, and nobody edits: it is quiet, and all is accounted for. */
  private void everythingIsThere() {
    try (Jar run = systems.start("run", "--interval", "1")) {
      Map<String, List<Screen.Person>> quiet = systems.awaitQuiet(run);
      assertThat(people.unaccounted(quiet.get("bigquery"), systems.disputed()))
          .as("what was acknowledged and is nowhere")
          .isEmpty();
      quiet.forEach((system, theirs) -> assertThat(theirs).as(system).hasSize(people.living()));
      run.signal("TERM");
      assertThat(run.exitCode(AT_MOST)).as(run::toString).isZero();
    }
    JsonNode verified = systems.verified();
    assertThat(verified.get("verified").asBoolean()).as(verified.toString()).isTrue();
    assertThat(verified.get("held").asInt()).as(verified.toString()).isZero();
    assertThat(verified.get("parked").asInt()).as(verified.toString()).isZero();
  }

  private static boolean isCycle(String line) {
    return line.contains("cycle in ");
  }
}
