package truthforge.sync.sandbox.supabase;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import truthforge.sync.sandbox.supabase.Filter.Comparison;
import truthforge.sync.sandbox.supabase.Query.Ordering;

/** Finds the rows of a table that a query means, by an index where one helps. */
final class Planner {

  /**
   * @param rows the page
   * @param total how many rows match in all; -1 where not counted
   * @param visited how many rows were looked at
   */
  record Found(List<Row> rows, long total, long visited) {}

  private Planner() {}

  /** Every row that matches, for a change. */
  static List<Row> matching(Table table, Filter filter) {
    List<Row> found = new ArrayList<>();
    Set<Row> few = candidates(table, filter);
    for (Row row : few == null ? table.rows() : few) {
      if (Boolean.TRUE.equals(filter.test(row))) {
        found.add(row);
      }
    }
    return found;
  }

  /**
   * @param limit the most rows to give
   */
  static Found page(Table table, Query query, long limit, boolean counting) {
    Set<Row> few = candidates(table, query.filter());
    Table.OrderedIndex index = few == null ? indexFor(table, query.order()) : null;
    Collection<Row> source = few == null ? table.rows() : few;
    boolean sorted = query.order().isEmpty();
    if (index != null) {
      sorted = true;
      if (query.order().get(0).descending()) {
        source = index.descending();
      } else {
        Object bound = lowerBound(query.filter(), index.firstColumn());
        source = bound == null ? index.ascending() : index.ascendingFrom(bound);
      }
    }
    return page(source, query, sorted, limit, counting);
  }

  /** The same for rows that come from elsewhere. */
  static Found page(Collection<Row> rows, Query query, long limit, boolean counting) {
    return page(rows, query, query.order().isEmpty(), limit, counting);
  }

  private static Found page(
      Collection<Row> source, Query query, boolean sorted, long limit, boolean counting) {
    List<Row> page = new ArrayList<>();
    long matched = 0;
    long visited = 0;
    long end = query.offset() + limit;
    for (Row row : source) {
      if (sorted && !counting && matched >= end) {
        break;
      }
      visited++;
      if (Boolean.TRUE.equals(query.filter().test(row))) {
        if (!sorted || (matched >= query.offset() && matched < end)) {
          page.add(row);
        }
        matched++;
      }
    }
    if (!sorted) {
      Comparator<Row> order = query.comparator();
      page.sort(order);
      int from = (int) Math.min(query.offset(), page.size());
      page = page.subList(from, (int) Math.min(end, page.size()));
    }
    return new Found(page, counting ? matched : -1, visited);
  }

  private static Table.OrderedIndex indexFor(Table table, List<Ordering> order) {
    List<Integer> columns = new ArrayList<>();
    for (Ordering one : order) {
      // An index serves an order in which all go the same way, NULL at PostgreSQL's default end.
      if (!one.field().isColumn()
          || one.descending() != order.get(0).descending()
          || one.nullsFirst() != one.descending()) {
        return null;
      }
      columns.add(one.field().column());
    }
    return columns.isEmpty() ? null : table.orderedOn(columns);
  }

  /** The only rows that can match, found by a unique index; null where all of them can. */
  private static Set<Row> candidates(Table table, Filter filter) {
    if (filter instanceof Filter.All all) {
      Set<Row> least = null;
      for (Filter part : all.parts()) {
        Set<Row> some = candidates(table, part);
        if (some != null && (least == null || some.size() < least.size())) {
          least = some;
        }
      }
      return least;
    }
    if (filter instanceof Filter.Any any) {
      Set<Row> union = new LinkedHashSet<>();
      for (Filter part : any.parts()) {
        Set<Row> some = candidates(table, part);
        if (some == null) {
          return null;
        }
        union.addAll(some);
      }
      return union;
    }
    if (filter instanceof Filter.Compare compare && compare.how() == Comparison.EQ) {
      return lookUp(table, compare.field(), List.of(compare.value()));
    }
    if (filter instanceof Filter.In in) {
      return lookUp(table, in.field(), in.values());
    }
    return null;
  }

  private static Set<Row> lookUp(Table table, Field field, Collection<Object> values) {
    Table.UniqueIndex index = field.isColumn() ? table.uniqueOn(List.of(field.column())) : null;
    if (index == null) {
      return null;
    }
    Set<Row> rows = new LinkedHashSet<>();
    for (Object value : values) {
      Row row = index.findValue(value);
      if (row != null) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** A value that the column of every matching row reaches; null where there is none. */
  private static Object lowerBound(Filter filter, int column) {
    if (filter instanceof Filter.Compare compare
        && compare.field().isColumn()
        && compare.field().column() == column) {
      return switch (compare.how()) {
        case EQ, GT, GTE -> compare.value();
        default -> null;
      };
    }
    if (filter instanceof Filter.All all) {
      Object most = null;
      for (Filter part : all.parts()) {
        Object bound = lowerBound(part, column);
        if (bound != null && (most == null || comparable(bound).compareTo(most) > 0)) {
          most = bound;
        }
      }
      return most;
    }
    if (filter instanceof Filter.Any any) {
      Object least = null;
      for (Filter part : any.parts()) {
        Object bound = lowerBound(part, column);
        if (bound == null) {
          return null;
        }
        if (least == null || comparable(bound).compareTo(least) < 0) {
          least = bound;
        }
      }
      return least;
    }
    return null;
  }

  @SuppressWarnings("unchecked")
  private static Comparable<Object> comparable(Object value) {
    return (Comparable<Object>) value;
  }
}
