package truthforge.sync.flow;

import java.util.List;
import truthforge.sync.merge.Write;

/**
 * Writes of one system that go out together, already noted in the ledger as unanswered.
 *
 * @param whole whether it is what was asked for, or a part of a batch that was refused as a whole
 */
public record Batch(String system, List<Write> writes, boolean whole) {
  public Batch {
    writes = List.copyOf(writes);
  }

  public List<Write> creations() {
    return writes.stream().filter(Write::isCreation).toList();
  }

  public List<Write> changes() {
    return writes.stream().filter(write -> !write.isCreation()).toList();
  }

  public int size() {
    return writes.size();
  }
}
