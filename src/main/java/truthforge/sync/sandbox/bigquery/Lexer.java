package truthforge.sync.sandbox.bigquery;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Cuts a statement into tokens. */
final class Lexer {

  enum Kind {
    WORD,
    QUOTED,
    STRING,
    NUMBER,
    PARAM,
    SYMBOL,
    END
  }

  /**
   * @param at for messages, as BigQuery writes it: [line:column]
   */
  record Token(Kind kind, String text, String at) {

    boolean is(String wanted) {
      return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equalsIgnoreCase(wanted);
    }
  }

  private static final Set<String> PAIRS = Set.of("<=", ">=", "!=", "<>", "||", "=>");

  private final String sql;
  private int at;
  private int counted;
  private int line = 1;
  private int lineStart;

  private Lexer(String sql) {
    this.sql = sql;
  }

  static List<Token> tokens(String sql) {
    Lexer lexer = new Lexer(sql);
    List<Token> tokens = new ArrayList<>();
    Token token;
    do {
      token = lexer.next();
      tokens.add(token);
    } while (token.kind() != Kind.END);
    return tokens;
  }

  private Token next() {
    skipBlanks();
    String where = where(at);
    if (at >= sql.length()) {
      return new Token(Kind.END, "end of script", where);
    }
    char c = sql.charAt(at);
    if (isStringStart(c)) {
      return new Token(Kind.STRING, string(where), where);
    }
    if (Character.isLetter(c) || c == '_') {
      return new Token(Kind.WORD, word(), where);
    }
    if (Character.isDigit(c) || (c == '.' && Character.isDigit(peek(1)))) {
      return new Token(Kind.NUMBER, number(), where);
    }
    if (c == '`') {
      int end = sql.indexOf('`', at + 1);
      if (end < 0) {
        throw error("Unclosed identifier literal", where);
      }
      String name = sql.substring(at + 1, end);
      at = end + 1;
      return new Token(Kind.QUOTED, name, where);
    }
    if (c == '@') {
      at++;
      String name = word();
      if (name.isEmpty()) {
        throw error("Expected a parameter's name after @", where);
      }
      return new Token(Kind.PARAM, name, where);
    }
    if (at + 1 < sql.length() && PAIRS.contains(sql.substring(at, at + 2))) {
      at += 2;
      return new Token(Kind.SYMBOL, sql.substring(at - 2, at), where);
    }
    if ("()[]<>,.;=+-*/".indexOf(c) < 0) {
      throw error("Illegal input character \"" + c + "\"", where);
    }
    at++;
    return new Token(Kind.SYMBOL, String.valueOf(c), where);
  }

  private boolean isStringStart(char c) {
    boolean raw = (c == 'r' || c == 'R') && (peek(1) == '\'' || peek(1) == '"');
    return raw || c == '\'' || c == '"';
  }

  private String string(String where) {
    boolean raw = Character.isLetter(sql.charAt(at));
    if (raw) {
      at++;
    }
    String quote = sql.substring(at, at + 1);
    if (sql.startsWith(quote.repeat(3), at)) {
      quote = quote.repeat(3);
    }
    at += quote.length();
    StringBuilder text = new StringBuilder();
    while (!sql.startsWith(quote, at)) {
      if (at >= sql.length() || (quote.length() == 1 && sql.charAt(at) == '\n')) {
        throw error("Unclosed string literal", where);
      }
      char c = sql.charAt(at++);
      if (c == '\\' && !raw) {
        text.append(escape(where));
      } else {
        text.append(c);
      }
    }
    at += quote.length();
    return text.toString();
  }

  private String escape(String where) {
    if (at >= sql.length()) {
      throw error("Unclosed string literal", where);
    }
    char c = sql.charAt(at++);
    return switch (c) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'b' -> "\b";
      case 'f' -> "\f";
      case '\\', '\'', '"', '`', '?' -> String.valueOf(c);
      case 'u', 'U', 'x' -> {
        int digits = c == 'u' ? 4 : c == 'U' ? 8 : 2;
        try {
          String text = Character.toString(Integer.parseInt(sql.substring(at, at + digits), 16));
          at += digits;
          yield text;
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
          throw error("Illegal escape sequence: \\" + c, where);
        }
      }
      default -> throw error("Illegal escape sequence: \\" + c, where);
    };
  }

  private String word() {
    int start = at;
    while (at < sql.length()
        && (Character.isLetterOrDigit(sql.charAt(at)) || sql.charAt(at) == '_')) {
      at++;
    }
    return sql.substring(start, at);
  }

  private String number() {
    int start = at;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      boolean sign = (c == '+' || c == '-') && "eE".indexOf(sql.charAt(at - 1)) >= 0;
      if (!Character.isDigit(c) && c != '.' && c != 'e' && c != 'E' && !sign) {
        break;
      }
      at++;
    }
    return sql.substring(start, at);
  }

  private void skipBlanks() {
    while (at < sql.length()) {
      if (Character.isWhitespace(sql.charAt(at))) {
        at++;
      } else if (sql.startsWith("--", at) || sql.charAt(at) == '#') {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
      } else if (sql.startsWith("/*", at)) {
        int end = sql.indexOf("*/", at + 2);
        at = end < 0 ? sql.length() : end + 2;
      } else {
        return;
      }
    }
  }

  private char peek(int ahead) {
    return at + ahead < sql.length() ? sql.charAt(at + ahead) : 0;
  }

  /** Positions are asked for in order, so that each line is counted once. */
  private String where(int position) {
    for (int i = counted; i < position && i < sql.length(); i++) {
      if (sql.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    counted = Math.max(counted, position);
    return "[" + line + ":" + (position - lineStart + 1) + "]";
  }

  private static Refusal error(String message, String where) {
    return Refusal.invalidQuery("Syntax error: " + message + " at " + where);
  }
}
