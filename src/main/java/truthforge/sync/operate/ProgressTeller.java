package truthforge.sync.operate;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import truthforge.sync.cli.Progress;

/** Turns what the cycle tells into bars, one after the other. */
final class ProgressTeller implements Consumer<Cycle.Progress> {

  private final Progress progress;
  private final Map<String, Long> told = new HashMap<>();
  private String current;

  ProgressTeller(Progress progress) {
    this.progress = progress;
  }

  @Override
  public synchronized void accept(Cycle.Progress done) {
    String what = done.doing() + " " + done.system();
    if (!what.equals(current)) {
      end();
      current = what;
      told.put(what, 0L);
      progress.begin(what, done.total());
    }
    long before = told.getOrDefault(what, 0L);
    if (done.done() > before) {
      progress.advance(done.done() - before);
      told.put(what, done.done());
    }
  }

  synchronized void end() {
    if (current != null) {
      progress.end();
      current = null;
    }
  }
}
