package truthforge.sync.systems.twenty;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/** How many people there are, those in the trash too: every list tells it, the shortest will do. */
public final class TwentyCount {

  private static final String ALSO_DELETED = "or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)";

  public HttpCall call() {
    return HttpCall.get(
        "/rest/people",
        "limit=1&filter=" + URLEncoder.encode(ALSO_DELETED, StandardCharsets.UTF_8),
        null);
  }

  /** Below 0 where Twenty did not tell. */
  public long count(HttpAnswer answer) {
    return answer.isSuccess() && answer.body() != null
        ? answer.body().path("totalCount").asLong(-1)
        : -1;
  }
}
