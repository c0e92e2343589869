package truthforge.sync.systems.twenty;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;
import truthforge.sync.systems.http.HttpFailures;

/** Destroys people for good, as a DELETE without {@code soft_delete} does in Twenty. */
public final class TwentyErase {

  private static final int NOT_FOUND = 404;

  public List<HttpCall> calls(Collection<String> ids) {
    return ids.stream()
        .map(id -> new HttpCall("DELETE", "/rest/people/" + id, null, Map.of(), null, null))
        .toList();
  }

  /** A person who is not there any more is what was wanted. */
  public void check(HttpAnswer answer) throws BatchRefused {
    if (!answer.isSuccess() && answer.status() != NOT_FOUND) {
      throw HttpFailures.refusal("twenty", answer, "");
    }
  }
}
