package truthforge.sync.kill;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** The packaged jar in a process of its own, with what it says. */
final class Jar implements AutoCloseable {

  private static final Path FILE = Path.of("target", "truth-forge-sync.jar").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofMinutes(8);

  /** It ends before the second compiler would pay. */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final Process process;
  private final Said out;
  private final Said err;

  /** The lines of one stream, as they come. */
  private final class Said {
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private boolean ended;

    private Said(InputStream stream) {
      reader = new Thread(() -> read(stream), "reader");
      reader.setDaemon(true);
      reader.start();
    }

    private void read(InputStream stream) {
      try (BufferedReader in =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          synchronized (this) {
            lines.add(line);
            notifyAll();
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        synchronized (this) {
          ended = true;
          notifyAll();
        }
      }
    }

    private synchronized String await(int from, Predicate<String> wanted) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      int next = from;
      while (true) {
        for (; next < lines.size(); next++) {
          if (wanted.test(lines.get(next))) {
            return lines.get(next);
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || left <= 0) {
          throw new AssertionError(
              (ended ? "It ended" : "It did not come in " + PATIENCE)
                  + " without the line waited for: "
                  + this);
        }
        try {
          wait(left);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    private synchronized int size() {
      return lines.size();
    }

    @Override
    public synchronized String toString() {
      return String.join("\n", lines);
    }
  }

  private Jar(Process process) {
    this.process = process;
    out = new Said(process.getInputStream());
    err = new Said(process.getErrorStream());
  }

  /**
   * Starts it in a folder. Whoever runs the tests in the background ignores SIGINT, which a process
   * inherits and a JVM then heeds: it is set back.
   */
  static Jar start(Path folder, String... arguments) {
    return start(folder, SHORT_LIVED, arguments);
  }

  /** Likewise one that is to live long, with options of the JVM. */
  static Jar start(Path folder, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add("env");
    command.add("--default-signal=INT,TERM");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-jar");
    command.add(FILE.toString());
    command.addAll(List.of(arguments));
    try {
      return new Jar(new ProcessBuilder(command).directory(folder.toFile()).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a line on standard output, from the first one on. */
  String awaitOut(Predicate<String> line) {
    return out.await(0, line);
  }

  /** Waits for a line on standard error, from the first one on. */
  String awaitErr(Predicate<String> line) {
    return err.await(0, line);
  }

  /** Waits for a line on standard error that is not there yet. */
  String awaitNextErr(Predicate<String> line) {
    return err.await(err.size(), line);
  }

  /** Waits, while it runs, until others are in a state, who are asked a few times a second. */
  void awaitState(BooleanSupplier state) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!state.getAsBoolean()) {
      try {
        if (process.waitFor(100, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
          throw new AssertionError("The state waited for was not reached: " + this);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  long pid() {
    return process.pid();
  }

  /**
   * @param name for example {@code TERM}
   */
  void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-s", name, String.valueOf(process.pid())).start().waitFor();
      if (code != 0) {
        throw new AssertionError("kill said " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for its end. Returns the exit code. */
  int exitCode() {
    return exitCode(PATIENCE);
  }

  /** Likewise; shortly before the time is up it is asked what its threads do. */
  int exitCode(Duration within) {
    try {
      if (!process.waitFor(within.minusSeconds(5).toMillis(), TimeUnit.MILLISECONDS)) {
        signal("QUIT");
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          throw new AssertionError("It did not end in " + within + ": " + err + "\n" + out);
        }
      }
      out.reader.join();
      err.reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All of standard output so far. */
  String out() {
    return out.toString();
  }

  /** All that was said so far, for whoever looks for a reason. */
  @Override
  public String toString() {
    return err + "\n" + out;
  }

  /** All of standard error so far. */
  String err() {
    return err.toString();
  }

  /** Kills it where it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
    exitCode();
  }
}
