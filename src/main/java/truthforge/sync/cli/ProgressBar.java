package truthforge.sync.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows progress: on a terminal a bar that is drawn over, with rate and time left; elsewhere a
 * plain line every few seconds.
 */
public final class ProgressBar implements Progress {

  private static final long NANOS = 1_000_000_000L;
  private static final long REDRAW = NANOS / 10;
  private static final long PLAIN_LINE = 5 * NANOS;
  private static final int WIDTH = 24;

  private final PrintStream out;
  private final boolean interactive;
  private final LongSupplier nanos;

  private String what;
  private long total;
  private long done;
  private long before;
  private long began;
  private long shown;
  private int drawn;

  public ProgressBar(Terminal terminal) {
    this(terminal.err(), terminal.interactive(), System::nanoTime);
  }

  ProgressBar(PrintStream out, boolean interactive, LongSupplier nanos) {
    this.out = out;
    this.interactive = interactive;
    this.nanos = nanos;
  }

  @Override
  public synchronized void begin(String newWhat, long newTotal, long doneBefore) {
    end();
    what = newWhat;
    total = newTotal;
    done = doneBefore;
    before = doneBefore;
    began = nanos.getAsLong();
    shown = began;
    if (interactive) {
      show();
    }
  }

  @Override
  public synchronized void advance(long more) {
    if (what == null) {
      return;
    }
    done += more;
    if (total > 0) {
      total = Math.max(total, done);
    }
    if (nanos.getAsLong() - shown >= (interactive ? REDRAW : PLAIN_LINE)) {
      show();
    }
  }

  @Override
  public synchronized void end() {
    if (what == null) {
      return;
    }
    show();
    if (interactive) {
      out.println();
      drawn = 0;
    }
    what = null;
  }

  private void show() {
    shown = nanos.getAsLong();
    double seconds = (shown - began) / (double) NANOS;
    double rate = seconds > 0 ? (done - before) / seconds : 0;
    StringBuilder line = new StringBuilder(what);
    if (total > 0) {
      double part = done / (double) total;
      if (interactive) {
        int full = (int) Math.round(part * WIDTH);
        line.append(" [").append("#".repeat(full)).append("-".repeat(WIDTH - full)).append(']');
      }
      line.append(String.format(Locale.ROOT, " %d/%d %d%%", done, total, (int) (part * 100)));
    } else {
      line.append(' ').append(done);
    }
    if (rate > 0) {
      line.append(String.format(Locale.ROOT, " %.0f/s", rate));
      if (total > done) {
        line.append(' ').append(clock((long) Math.ceil((total - done) / rate))).append(" left");
      }
    }
    if (interactive) {
      out.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
      out.flush();
      drawn = line.length();
    } else {
      out.println(line);
    }
  }

  private static String clock(long seconds) {
    return seconds >= 3600
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }
}
