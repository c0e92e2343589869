package truthforge.sync.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the operating system tells of processes. Linux only. */
final class Machine {

  private static final double TICKS_A_SECOND = 100;

  private static final ThreadLocal<Boolean> BEHIND = ThreadLocal.withInitial(() -> false);

  private Machine() {}

  /** From now on what this thread starts takes only what processor time others leave. */
  static void stayBehind() {
    BEHIND.set(true);
  }

  static List<String> java() {
    return java(Path.of(System.getProperty("java.home"), "bin", "java"));
  }

  /** The begin of a command, open to arguments; behind others, without what only speed needs. */
  static List<String> java(Path java) {
    return new ArrayList<>(
        BEHIND.get()
            ? List.of("nice", "-n", "19", java.toString(), "-XX:TieredStopAtLevel=1")
            : List.of(java.toString()));
  }

  static String describe(Scale scale) {
    return String.format(
        Locale.ROOT,
        "%s: %d cores, load %.1f, Java %s, service with %s",
        scale.name(),
        Runtime.getRuntime().availableProcessors(),
        load(),
        System.getProperty("java.version"),
        String.join(" ", Container.javaOptions()));
  }

  /** Processes that wanted to run in the last minute, on average. */
  static double load() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return Math.round(load * 10) / 10.0;
  }

  static double secondsSince(long nanos) {
    return Math.round((System.nanoTime() - nanos) / 1e8) / 10.0;
  }

  /** CPU time of a running process, and of its children that ended, in seconds. */
  static double cpu(long pid, boolean withEndedChildren) {
    String stat = read(Path.of("/proc", String.valueOf(pid), "stat"));
    if (stat.isEmpty()) {
      return 0;
    }
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    // From the third field on: utime, stime, cutime, cstime are the 14th to 17th.
    double ticks = Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
    if (withEndedChildren) {
      ticks += Double.parseDouble(fields[13]) + Double.parseDouble(fields[14]);
    }
    return ticks / TICKS_A_SECOND;
  }

  /** The same of a process and all that it started. */
  static double cpuOfTree(long pid) {
    double children =
        ProcessHandle.of(pid).stream()
            .flatMap(ProcessHandle::descendants)
            .mapToDouble(child -> cpu(child.pid(), true))
            .sum();
    return cpu(pid, true) + children;
  }

  /** The most memory that a running process has had resident, in MiB; 0 where it runs no more. */
  static double peakMemory(long pid) {
    return read(Path.of("/proc", String.valueOf(pid), "status"))
        .lines()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(0);
  }

  /** Empty where the process has ended. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits for a state, asked for every few milliseconds. */
  static void await(String what, Duration atMost, Duration every, Condition condition)
      throws Exception {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(what + " did not come in " + atMost);
      }
      pause(every);
    }
  }

  static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
