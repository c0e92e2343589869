package truthforge.sync.operate;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;

/** Joins the lists that the parts of a split ended with into one. */
public final class FlattenLists implements AggregationStrategy {

  @Override
  public Exchange aggregate(Exchange sum, Exchange part) {
    List<Object> all = sum == null ? new ArrayList<>() : copyOf(sum);
    if (part.getException() == null) {
      all.addAll(copyOf(part));
    }
    Exchange result = sum == null ? part : sum;
    if (sum != null && part.getException() != null) {
      result.setException(part.getException());
    }
    result.getMessage().setBody(all);
    return result;
  }

  private static List<Object> copyOf(Exchange exchange) {
    List<?> list = exchange.getMessage().getBody(List.class);
    return new ArrayList<>(list);
  }
}
