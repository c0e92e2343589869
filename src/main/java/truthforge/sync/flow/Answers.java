package truthforge.sync.flow;

import java.time.Instant;
import java.util.List;

/** Is told what became of writes, once that is stored. Decides nothing, and must not fail. */
public interface Answers {

  Answers UNHEARD = (system, leftAt, outcomes) -> {};

  /**
   * @param leftAt when the batch was given out
   */
  void stored(String system, Instant leftAt, List<Outcome> outcomes);
}
