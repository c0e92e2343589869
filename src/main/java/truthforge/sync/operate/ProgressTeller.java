package truthforge.sync.operate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import truthforge.sync.cli.Progress;

/**
 * Turns what the cycle tells into bars: one for each system that is read, and one for all that are
 * written at the same time.
 */
final class ProgressTeller implements Consumer<Cycle.Progress> {

  private final Progress progress;
  private final Map<String, Long> done = new LinkedHashMap<>();
  private final Map<String, Long> totals = new LinkedHashMap<>();
  private String current;
  private long told;

  ProgressTeller(Progress progress) {
    this.progress = progress;
  }

  @Override
  public synchronized void accept(Cycle.Progress news) {
    boolean writing = news.doing().equals(Cycle.WRITING);
    boolean another =
        current == null
            || !current.startsWith(news.doing())
            || (!writing && !current.endsWith(news.system()))
            || (writing && !totals.containsKey(news.system()));
    if (another) {
      if (!writing || current == null || !current.startsWith(Cycle.WRITING)) {
        done.clear();
        totals.clear();
      }
      finish();
      totals.put(news.system(), news.total());
      current = news.doing() + " " + String.join(", ", totals.keySet());
      told = sum();
      progress.begin(current, total(), told);
    }
    done.put(news.system(), news.done());
    long now = sum();
    if (now > told) {
      progress.advance(now - told);
      told = now;
    }
  }

  private long total() {
    return totals.values().stream().anyMatch(total -> total < 0)
        ? -1
        : totals.values().stream().mapToLong(Long::longValue).sum();
  }

  private long sum() {
    return done.values().stream().mapToLong(Long::longValue).sum();
  }

  private void finish() {
    if (current != null) {
      progress.end();
      current = null;
    }
  }

  synchronized void end() {
    finish();
    done.clear();
    totals.clear();
  }
}
