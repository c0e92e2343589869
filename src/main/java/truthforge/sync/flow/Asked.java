package truthforge.sync.flow;

import java.util.List;
import truthforge.sync.ledger.Heard;

/** Records that webhooks told to read, as they are asked for together. */
public record Asked(List<Heard> notices, List<Reread> records) {
  public Asked {
    notices = List.copyOf(notices);
    records = List.copyOf(records);
  }

  public int size() {
    return records.size();
  }

  public List<Long> ids() {
    return notices.stream().map(Heard::id).toList();
  }
}
