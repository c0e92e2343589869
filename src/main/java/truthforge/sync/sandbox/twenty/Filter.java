package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** A condition on records, with SQL's three values of truth: a missing value matches nothing. */
sealed interface Filter {

  /** TRUE, FALSE, or null where SQL says unknown. */
  Boolean test(Candidate record);

  /** Whether the condition names {@code deletedAt}: only then the trash is looked into. */
  boolean namesDeletedAt();

  /** A superset of what can match, found by index, or null if all records must be looked at. */
  Collection<Row> candidates(Table table);

  /** A record under test; its JSON is read at most once, and only if a condition needs it. */
  final class Candidate {
    private final Row row;
    private JsonNode record;

    Candidate(Row row) {
      this.row = row;
    }

    Row row() {
      return row;
    }

    JsonNode record() {
      if (record == null) {
        record = row.record();
      }
      return record;
    }
  }

  record And(List<Filter> parts) implements Filter {
    @Override
    public Boolean test(Candidate record) {
      Boolean all = true;
      for (Filter part : parts) {
        Boolean one = part.test(record);
        if (Boolean.FALSE.equals(one)) {
          return false;
        }
        all = one == null ? null : all;
      }
      return all;
    }

    @Override
    public boolean namesDeletedAt() {
      return parts.stream().anyMatch(Filter::namesDeletedAt);
    }

    @Override
    public Collection<Row> candidates(Table table) {
      for (Filter part : parts) {
        Collection<Row> found = part.candidates(table);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
  }

  record Or(List<Filter> parts) implements Filter {
    @Override
    public Boolean test(Candidate record) {
      Boolean any = false;
      for (Filter part : parts) {
        Boolean one = part.test(record);
        if (Boolean.TRUE.equals(one)) {
          return true;
        }
        any = one == null ? null : any;
      }
      return any;
    }

    @Override
    public boolean namesDeletedAt() {
      return parts.stream().anyMatch(Filter::namesDeletedAt);
    }

    @Override
    public Collection<Row> candidates(Table table) {
      Set<Row> all = new LinkedHashSet<>();
      for (Filter part : parts) {
        Collection<Row> found = part.candidates(table);
        if (found == null) {
          return null;
        }
        all.addAll(found);
      }
      return all;
    }
  }

  record Not(Filter part) implements Filter {
    @Override
    public Boolean test(Candidate record) {
      Boolean one = part.test(record);
      return one == null ? null : Boolean.valueOf(!one);
    }

    @Override
    public boolean namesDeletedAt() {
      return part.namesDeletedAt();
    }

    @Override
    public Collection<Row> candidates(Table table) {
      return null;
    }
  }

  /** A time field of every record, compared by the millisecond. */
  record Time(String field, String comparator, List<Long> millis) implements Filter {
    @Override
    public Boolean test(Candidate record) {
      Row row = record.row();
      long micros =
          switch (field) {
            case "createdAt" -> row.created();
            case "updatedAt" -> row.updated();
            default -> row.deleted();
          };
      if (micros == Row.LIVE) {
        return null;
      }
      long value = Instants.toMillis(micros);
      long first = millis.get(0);
      return switch (comparator) {
        case "eq" -> value == first;
        case "neq" -> value != first;
        case "gt" -> value > first;
        case "gte" -> value >= first;
        case "lt" -> value < first;
        case "lte" -> value <= first;
        default -> millis.contains(value);
      };
    }

    @Override
    public boolean namesDeletedAt() {
      return field.equals("deletedAt");
    }

    @Override
    public Collection<Row> candidates(Table table) {
      boolean isSince =
          field.equals("updatedAt") && (comparator.equals("gte") || comparator.equals("gt"));
      return isSince ? table.updatedSince(Math.multiplyExact(millis.get(0), 1000L)) : null;
    }
  }

  /** Whether anything is stored at a path; an empty text is nothing. */
  record Is(String path, boolean isNull) implements Filter {
    @Override
    public Boolean test(Candidate record) {
      if (path.equals("deletedAt")) {
        return isNull != record.row().inTrash();
      }
      return isNull == (stored(Table.at(record.record(), path)) == null);
    }

    @Override
    public boolean namesDeletedAt() {
      return path.equals("deletedAt");
    }

    @Override
    public Collection<Row> candidates(Table table) {
      return null;
    }
  }

  /** Any other comparison with one value or with several. */
  record Compare(String path, FieldType type, String comparator, List<String> values, Pattern like)
      implements Filter {
    static Compare of(String path, FieldType type, String comparator, List<String> values) {
      Pattern like =
          switch (comparator) {
            case "like" -> likePattern(values.get(0), 0);
            case "ilike" ->
                likePattern(values.get(0), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
            default -> null;
          };
      return new Compare(path, type, comparator, values, like);
    }

    private static Pattern likePattern(String text, int flags) {
      StringBuilder regex = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        regex.append(
            switch (c) {
              case '%' -> ".*";
              case '_' -> ".";
              default -> Pattern.quote(String.valueOf(c));
            });
      }
      return Pattern.compile(regex.toString(), flags | Pattern.DOTALL);
    }

    @Override
    public Boolean test(Candidate record) {
      if (path.equals("id")) {
        return compare(record.row().id());
      }
      JsonNode value = stored(Table.at(record.record(), path));
      if (comparator.equals("containsAny")) {
        if (value == null) {
          return null;
        }
        for (JsonNode item : value) {
          if (values.contains(item.asText())) {
            return true;
          }
        }
        return false;
      }
      boolean emptyAsked = values.size() == 1 && values.get(0).isEmpty();
      if (emptyAsked && comparator.equals("eq")) {
        return value == null;
      }
      if (emptyAsked && comparator.equals("neq")) {
        return value != null;
      }
      if (value == null) {
        return null;
      }
      return compare(value.isTextual() ? value.textValue() : sqlText(value));
    }

    private Boolean compare(String value) {
      String first = values.get(0);
      return switch (comparator) {
        case "eq" -> same(value, first);
        case "neq" -> !same(value, first);
        case "in" -> values.stream().anyMatch(one -> same(value, one));
        case "gt" -> order(value, first) > 0;
        case "gte" -> order(value, first) >= 0;
        case "lt" -> order(value, first) < 0;
        case "lte" -> order(value, first) <= 0;
        case "startsWith" -> value.startsWith(first);
        case "endsWith" -> value.endsWith(first);
        default -> like.matcher(value).matches();
      };
    }

    private boolean same(String value, String other) {
      return type == FieldType.TEXT || type.composite()
          ? value.equals(other)
          : order(value, other) == 0;
    }

    private int order(String value, String other) {
      return switch (type) {
        case NUMBER, POSITION ->
            Double.compare(Double.parseDouble(value), Double.parseDouble(other));
        case DATE_TIME ->
            Long.compare(
                Instants.toMillis(Instants.parse(value)), Instants.toMillis(Instants.parse(other)));
        case UUID, RELATION, BOOLEAN -> value.compareTo(other.toLowerCase(Locale.ROOT));
        default -> value.compareTo(other);
      };
    }

    @Override
    public boolean namesDeletedAt() {
      return false;
    }

    @Override
    public Collection<Row> candidates(Table table) {
      if (!table.indexed(path)
          || !(comparator.equals("eq") || comparator.equals("in"))
          || values.contains("")) {
        return null;
      }
      List<String> keys = new ArrayList<>(values);
      if (type == FieldType.UUID || type == FieldType.RELATION) {
        keys.replaceAll(key -> key.toLowerCase(Locale.ROOT));
      }
      return table.lookUp(path, keys);
    }
  }

  /** What the column holds: null for what the API shows as empty. */
  private static JsonNode stored(JsonNode value) {
    boolean empty =
        value.isMissingNode()
            || value.isNull()
            || value.isTextual() && value.textValue().isEmpty()
            || value.isContainerNode() && value.isEmpty();
    return empty ? null : value;
  }

  /** A JSON column as text, spaced as PostgreSQL spaces it. */
  private static String sqlText(JsonNode value) {
    if (!value.isContainerNode()) {
      return value.asText();
    }
    StringBuilder text = new StringBuilder();
    if (value.isArray()) {
      text.append('[');
      for (int i = 0; i < value.size(); i++) {
        text.append(i == 0 ? "" : ", ").append(nested(value.get(i)));
      }
      return text.append(']').toString();
    }
    text.append('{');
    value
        .properties()
        .forEach(
            entry ->
                text.append(text.length() == 1 ? "" : ", ")
                    .append('"')
                    .append(entry.getKey())
                    .append("\": ")
                    .append(nested(entry.getValue())));
    return text.append('}').toString();
  }

  private static String nested(JsonNode value) {
    return value.isContainerNode() ? sqlText(value) : value.toString();
  }
}
