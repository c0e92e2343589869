package truthforge.sync.flow;

import java.util.Collection;
import java.util.List;

/**
 * What a system has told of writes without a condition.
 *
 * @param overwritten what they replaced
 * @param done the records about which it need not be asked again
 */
public record Witnessed(List<Overwritten> overwritten, Collection<String> done) {
  public Witnessed {
    overwritten = List.copyOf(overwritten);
    done = List.copyOf(done);
  }
}
