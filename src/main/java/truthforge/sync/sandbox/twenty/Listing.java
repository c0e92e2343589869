package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Answers one page of a list. */
final class Listing {
  private static final int DEFAULT_LIMIT = 60;
  private static final int LARGEST_PAGE = 200;
  private static final List<String> DIRECTIONS =
      List.of("AscNullsFirst", "AscNullsLast", "DescNullsFirst", "DescNullsLast");

  /** The last count of each table and filter, as long as nothing has changed. */
  private final Map<String, Count> counts = new ConcurrentHashMap<>();

  private record Count(long version, String filter, int total) {}

  /** A page of rows with what surrounds it. */
  record Page(
      List<Row> rows,
      int totalCount,
      String startCursor,
      String endCursor,
      boolean hasNextPage,
      boolean hasPreviousPage) {

    ObjectNode pageInfo() {
      return Json.object()
          .put("startCursor", startCursor)
          .put("endCursor", endCursor)
          .put("hasNextPage", hasNextPage)
          .put("hasPreviousPage", hasPreviousPage);
    }
  }

  /**
   * What a client asks for; null for a parameter that it does not send.
   *
   * @param after the cursor behind which the page begins
   * @param before the cursor before which the page ends
   */
  record Query(String filter, String orderBy, String limit, String after, String before) {}

  private record Order(String path, boolean descending, boolean nullsFirst) {}

  Page page(Table table, Query query) {
    ObjectType type = table.type();
    int limit = limit(query.limit());
    Filter filter = query.filter() == null ? null : FilterParser.parse(type, query.filter());
    List<Order> orders = orders(type, query.orderBy());
    boolean backward = query.before() != null && query.after() == null;
    JsonNode cursor = cursor(backward ? query.before() : query.after(), orders);
    boolean byId = orders.get(0).path().equals("id") && !orders.get(0).descending();
    boolean trash = filter != null && filter.namesDeletedAt();

    Collection<Row> candidates = filter == null ? null : filter.candidates(table);
    List<Row> rows = new ArrayList<>();
    int total;
    if (candidates == null && byId && !backward) {
      // The common walk: only what lies behind the cursor is looked at.
      String after = cursor == null ? null : cursor.get("id").textValue();
      Iterator<Row> it =
          (after == null ? table.byId() : table.byId().tailMap(after, false)).values().iterator();
      while (it.hasNext() && rows.size() <= limit) {
        Row row = it.next();
        if (matches(row, filter, trash)) {
          rows.add(row);
        }
      }
      boolean sawAll = after == null && rows.size() <= limit;
      total = sawAll ? rows.size() : count(table, query.filter(), filter, trash);
    } else {
      for (Row row : candidates == null ? table.byId().values() : candidates) {
        if (matches(row, filter, trash)) {
          rows.add(row);
        }
      }
      total = rows.size();
      Comparator<Row> sorted = comparator(type, orders);
      rows.sort(sorted);
      if (cursor != null) {
        rows.removeIf(row -> place(type, row, cursor, orders) * (backward ? -1 : 1) <= 0);
      }
      if (backward) {
        Collections.reverse(rows);
      }
    }
    boolean more = rows.size() > limit;
    List<Row> page = new ArrayList<>(more ? rows.subList(0, limit) : rows);
    String start = page.isEmpty() ? null : encode(page.get(0), orders);
    String end = page.isEmpty() ? null : encode(page.get(page.size() - 1), orders);
    if (backward) {
      // The rows are turned round for the answer, the cursors are not.
      Collections.reverse(page);
    }
    return new Page(page, total, start, end, more && !backward, more && backward);
  }

  private int count(Table table, String text, Filter filter, boolean trash) {
    if (filter == null) {
      return table.live();
    }
    Count known = counts.get(table.type().namePlural());
    if (known != null && known.version() == table.version() && known.filter().equals(text)) {
      return known.total();
    }
    int total = 0;
    for (Row row : table.byId().values()) {
      if (matches(row, filter, trash)) {
        total++;
      }
    }
    counts.put(table.type().namePlural(), new Count(table.version(), text, total));
    return total;
  }

  private static boolean matches(Row row, Filter filter, boolean trash) {
    return (trash || !row.inTrash())
        && (filter == null || Boolean.TRUE.equals(filter.test(new Filter.Candidate(row))));
  }

  private static int limit(String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    if (!text.matches("\\d{1,9}")) {
      throw Refusal.badRequest("limit '" + text + "' is invalid. Should be an integer");
    }
    return Math.min(Integer.parseInt(text), LARGEST_PAGE);
  }

  private static List<Order> orders(ObjectType type, String text) {
    List<Order> orders = new ArrayList<>();
    for (String part : text == null || text.isEmpty() ? new String[0] : text.split(",")) {
      int bracket = part.indexOf('[');
      String path = bracket < 0 ? part : part.substring(0, bracket);
      String direction =
          bracket < 0 ? DIRECTIONS.get(0) : part.substring(bracket + 1).replaceAll("]$", "");
      if (!DIRECTIONS.contains(direction)) {
        throw Refusal.badRequest(
            "'order_by' direction '"
                + direction
                + "' invalid. Allowed values are '"
                + String.join("', '", DIRECTIONS)
                + "'. eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3");
      }
      String field = path.split("\\.")[0];
      if (type.field(field) == null) {
        throw Refusal.coded(
            "FIELD_NOT_FOUND", "Field \"" + field + "\" does not exist or is not sortable");
      }
      orders.add(new Order(path, direction.startsWith("Desc"), direction.endsWith("First")));
    }
    if (orders.stream().noneMatch(order -> order.path().equals("id"))) {
      orders.add(new Order("id", false, true));
    }
    return orders;
  }

  private static JsonNode cursor(String text, List<Order> orders) {
    if (text == null) {
      return null;
    }
    JsonNode cursor;
    try {
      cursor =
          Json.MAPPER.readTree(
              new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException | JsonProcessingException e) {
      throw Refusal.badRequest("Invalid cursor: " + text);
    }
    for (Order order : orders) {
      if (Table.at(cursor, order.path()).isMissingNode()) {
        throw Refusal.coded("INVALID_CURSOR", "Invalid cursor");
      }
    }
    return cursor;
  }

  private static String encode(Row row, List<Order> orders) {
    ObjectNode cursor = Json.object();
    for (Order order : orders) {
      JsonNode value = value(row, order.path());
      int dot = order.path().indexOf('.');
      if (dot < 0) {
        cursor.set(order.path(), value);
      } else {
        cursor
            .withObjectProperty(order.path().substring(0, dot))
            .set(order.path().substring(dot + 1), value);
      }
    }
    return Base64.getEncoder().encodeToString(Json.bytes(cursor));
  }

  private static JsonNode value(Row row, String path) {
    JsonNode value =
        switch (path) {
          case "id" -> TextNode.valueOf(row.id());
          case "updatedAt" -> TextNode.valueOf(Instants.api(row.updated()));
          default -> Table.at(row.record(), path);
        };
    return value.isMissingNode() ? NullNode.instance : value;
  }

  private static Comparator<Row> comparator(ObjectType type, List<Order> orders) {
    return (a, b) -> {
      for (Order order : orders) {
        // The column sorts by the microsecond, though the cursor knows milliseconds only.
        int compared =
            switch (order.path()) {
              case "id" -> direct(order, a.id().compareTo(b.id()));
              case "updatedAt" -> direct(order, Long.compare(a.updated(), b.updated()));
              default -> compare(type, order, value(a, order.path()), value(b, order.path()));
            };
        if (compared != 0) {
          return compared;
        }
      }
      return 0;
    };
  }

  /** Where a row lies as seen from a cursor: negative for before it. */
  private static int place(ObjectType type, Row row, JsonNode cursor, List<Order> orders) {
    for (Order order : orders) {
      int compared = compare(type, order, value(row, order.path()), Table.at(cursor, order.path()));
      if (compared != 0) {
        return compared;
      }
    }
    return 0;
  }

  private static int compare(ObjectType type, Order order, JsonNode a, JsonNode b) {
    boolean aEmpty = a.isNull() || a.asText().isEmpty() && a.isValueNode();
    boolean bEmpty = b.isNull() || b.asText().isEmpty() && b.isValueNode();
    if (aEmpty || bEmpty) {
      int first = order.nullsFirst() ? -1 : 1;
      return aEmpty == bEmpty ? 0 : aEmpty ? first : -first;
    }
    if (a.isNumber() && b.isNumber()) {
      return direct(order, Double.compare(a.doubleValue(), b.doubleValue()));
    }
    return direct(order, a.asText().compareTo(b.asText()));
  }

  private static int direct(Order order, int compared) {
    return order.descending() ? -compared : compared;
  }
}
