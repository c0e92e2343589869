package truthforge.sync.sandbox.bigquery;

import java.util.ArrayList;
import java.util.List;

/** The names that an expression may use: the tables of a FROM, and what is around them. */
final class Scope {

  /**
   * A table, or what stands for one.
   *
   * @param alias null where it has no name
   * @param at where its columns begin in a row
   * @param single whether it is an unnested array, whose alias is its one value
   */
  record Source(String alias, List<SqlType.Column> columns, int at, boolean single) {}

  private final Scope outer;
  private final List<Source> sources = new ArrayList<>();
  private int width;

  Scope(Scope outer) {
    this.outer = outer;
  }

  Source add(String alias, List<SqlType.Column> columns, boolean single) {
    if (alias != null && sources.stream().anyMatch(s -> alias.equalsIgnoreCase(s.alias()))) {
      throw Refusal.invalidQuery("Duplicate table alias " + alias + " in the same FROM clause");
    }
    Source source = new Source(alias, columns, width, single);
    sources.add(source);
    width += columns.size();
    return source;
  }

  List<Source> sources() {
    return sources;
  }

  int width() {
    return width;
  }

  /** A column or a table's whole row by that name; null where there is neither. */
  Code find(String name) {
    int depth = 0;
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Code found = scope.findHere(name, depth++);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private Code findHere(String name, int depth) {
    Code found = null;
    for (Source source : sources) {
      for (int i = 0; i < source.columns().size(); i++) {
        if (name.equalsIgnoreCase(source.columns().get(i).name())) {
          if (found != null) {
            throw Refusal.invalidQuery("Column name " + name + " is ambiguous");
          }
          found = at(source.at() + i, source.columns().get(i).type(), depth);
        }
      }
    }
    if (found != null) {
      return found;
    }
    for (Source source : sources) {
      if (name.equalsIgnoreCase(source.alias())) {
        return whole(source, depth);
      }
    }
    return null;
  }

  /** A column of a table by the table's alias; null where no table is called so. */
  Code find(String alias, String column) {
    int depth = 0;
    for (Scope scope = this; scope != null; scope = scope.outer) {
      for (Source source : scope.sources) {
        if (!alias.equalsIgnoreCase(source.alias()) || source.single()) {
          continue;
        }
        for (int i = 0; i < source.columns().size(); i++) {
          if (column.equalsIgnoreCase(source.columns().get(i).name())) {
            return at(source.at() + i, source.columns().get(i).type(), depth);
          }
        }
        throw Refusal.invalidQuery("Name " + column + " not found inside " + alias);
      }
      depth++;
    }
    return null;
  }

  private static Code whole(Source source, int depth) {
    int from = source.at();
    int to = from + source.columns().size();
    return new Code(
        SqlType.struct(source.columns()),
        frame -> java.util.Arrays.asList(up(frame, depth).row()).subList(from, to),
        false,
        false);
  }

  private static Code at(int place, SqlType type, int depth) {
    Code.Eval eval =
        depth == 0 ? frame -> frame.row()[place] : frame -> up(frame, depth).row()[place];
    return new Code(type, eval, false, false);
  }

  private static Code.Frame up(Code.Frame frame, int depth) {
    Code.Frame found = frame;
    for (int i = 0; i < depth; i++) {
      found = found.outer();
    }
    return found;
  }
}
