package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A condition on a row, with SQL's three values: true, false and null for unknown. */
sealed interface Filter {

  Boolean test(Row row);

  record All(List<Filter> parts) implements Filter {
    @Override
    public Boolean test(Row row) {
      Boolean result = true;
      for (Filter part : parts) {
        Boolean one = part.test(row);
        if (one == null) {
          result = null;
        } else if (!one) {
          return false;
        }
      }
      return result;
    }
  }

  record Any(List<Filter> parts) implements Filter {
    @Override
    public Boolean test(Row row) {
      Boolean result = false;
      for (Filter part : parts) {
        Boolean one = part.test(row);
        if (one == null) {
          result = null;
        } else if (one) {
          return true;
        }
      }
      return result;
    }
  }

  record Not(Filter part) implements Filter {
    @Override
    public Boolean test(Row row) {
      Boolean one = part.test(row);
      return one == null ? null : !one;
    }
  }

  enum Comparison {
    EQ,
    NEQ,
    GT,
    GTE,
    LT,
    LTE
  }

  record Compare(Field field, Comparison how, Object value) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      if (own == null) {
        return null;
      }
      int order = field.type().compare(own, value);
      return switch (how) {
        case EQ -> order == 0;
        case NEQ -> order != 0;
        case GT -> order > 0;
        case GTE -> order >= 0;
        case LT -> order < 0;
        case LTE -> order <= 0;
      };
    }
  }

  record In(Field field, TreeSet<Object> values) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      return own == null ? null : values.contains(own);
    }
  }

  /**
   * @param value null for NULL
   */
  record Is(Field field, Boolean value) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      return value == null ? own == null : value.equals(own);
    }
  }

  /** {@code IS DISTINCT FROM}. */
  record Distinct(Field field, Object value) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      return own == null || value == null ? own != value : field.type().compare(own, value) != 0;
    }
  }

  record Like(Field field, Pattern pattern) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      return own == null ? null : pattern.matcher(own.toString()).matches();
    }
  }

  record Match(Field field, Pattern pattern) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      return own == null ? null : pattern.matcher(own.toString()).find();
    }
  }

  /**
   * @param within whether the field is to be inside the value, and not the other way round
   */
  record Contains(Field field, Object value, boolean within) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      if (own == null) {
        return null;
      }
      Object whole = within ? value : own;
      Object part = within ? own : value;
      if (field.type().kind() == SqlType.Kind.TEXT_ARRAY) {
        return SqlType.strings(whole).containsAll(SqlType.strings(part));
      }
      return PgJson.contains((JsonNode) whole, (JsonNode) part);
    }
  }

  /** Arrays with an item in common. */
  record Overlaps(Field field, List<String> value) implements Filter {
    @Override
    public Boolean test(Row row) {
      Object own = field.of(row);
      return own == null ? null : SqlType.strings(own).stream().anyMatch(value::contains);
    }
  }
}
