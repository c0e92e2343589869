package truthforge.sync.operate.setup;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import truthforge.sync.contact.FieldType;
import truthforge.sync.mapping.Codec;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;

/** The columns that a mapping names, and the types by which a database can hold them. */
final class Columns {

  private final Mapping mapping;
  private final Types types;

  enum Types {
    SQLITE,
    /** Rows travel as text and are cast, so a column has the type of its field. */
    POSTGRESQL,
    /** Rows travel as JSON, so a column has the type that the codec writes. */
    SUPABASE
  }

  Columns(Mapping mapping, Types types) {
    this.mapping = mapping;
    this.types = types;
  }

  /** By name, each with its type and default as SQL has them; the id column is not among them. */
  Map<String, String> wanted() {
    Map<String, String> wanted = new LinkedHashMap<>();
    put(wanted, mapping.contactIdPath(), "text");
    for (Entry entry : mapping.entries()) {
      put(wanted, entry.topLevelProperty(), type(entry));
    }
    put(wanted, mapping.syncMetadataPath(), sqlite() ? "text" : "jsonb");
    put(wanted, mapping.deletedAtPath(), sqlite() ? "text" : "timestamptz");
    // SQLite adds no column with a computed default.
    String now = sqlite() ? "text" : "timestamptz default now()";
    put(wanted, mapping.createdAtPath(), now);
    put(wanted, mapping.updatedAtPath(), now);
    return wanted;
  }

  /** Those that are to hold days of the calendar. */
  List<String> ofDays() {
    return mapping.entries().stream()
        .filter(entry -> entry.field().type() == FieldType.DATE)
        .map(Entry::topLevelProperty)
        .toList();
  }

  /** Those that the script does not create. */
  Map<String, String> added(SqlScript script) {
    Map<String, String> added = wanted();
    added
        .keySet()
        .removeIf(
            column ->
                Pattern.compile(
                        "^\\s*(add column if not exists )?" + Pattern.quote(column) + "\\s+\\w",
                        Pattern.MULTILINE)
                    .matcher(script.text())
                    .find());
    return added;
  }

  private boolean sqlite() {
    return types == Types.SQLITE;
  }

  private static void put(Map<String, String> wanted, String column, String type) {
    if (column != null) {
      wanted.putIfAbsent(column, type);
    }
  }

  private String type(Entry entry) {
    if (entry.codec() == Codec.PLAIN_NUMBER) {
      return "numeric";
    }
    if (sqlite()) {
      return entry.field().type() == FieldType.FLAG ? "integer" : "text";
    }
    return types == Types.SUPABASE ? byCodec(entry.codec()) : byField(entry.field().type());
  }

  private static String byField(FieldType type) {
    return switch (type) {
      case TEXT, CODE, URL -> "text";
      case FLAG -> "boolean";
      case DATE -> "date";
      case EMAILS, PHONES, LIST, DOCUMENT -> "jsonb";
    };
  }

  private static String byCodec(Codec codec) {
    return switch (codec) {
      case PLAIN_TEXT, PLAIN_CODE, PLAIN_URL, ITEMS_JSON_TEXT, DOCUMENT_JSON_TEXT -> "text";
      case BOOLEAN, BOOLEAN_NEVER_EMPTY -> "boolean";
      case BOOLEAN_INTEGER -> "integer";
      case PLAIN_NUMBER -> "numeric";
      case DAY -> "date";
      case ITEMS, JSON_DOCUMENT, EMAILS_COMPOSITE, PHONES_COMPOSITE, LINKS_COMPOSITE -> "jsonb";
    };
  }
}
