package truthforge.sync.sandbox.bigquery;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import truthforge.sync.sandbox.bigquery.Ast.Expr;
import truthforge.sync.sandbox.bigquery.Lexer.Kind;
import truthforge.sync.sandbox.bigquery.Lexer.Token;

/**
 * Reads one statement of GoogleSQL: SELECT, INSERT, UPDATE, DELETE, MERGE, and what creates, widens
 * and drops tables. What it does not know it refuses.
 */
final class Parser {

  private static final Set<String> RESERVED =
      Set.of(
          "ALL AND ANY AS ASC BETWEEN BY CASE CAST CREATE CROSS DEFAULT DESC DISTINCT ELSE END"
              .concat(" EXCEPT EXISTS FALSE FETCH FOR FROM FULL GROUP HAVING IF IN INNER INTERSECT")
              .concat(
                  " INTERVAL INTO IS JOIN LEFT LIKE LIMIT MERGE NOT NULL ON OR ORDER OUTER OVER")
              .concat(" PARTITION QUALIFY RIGHT SELECT SET STRUCT THEN TO TRUE UNION UNNEST USING")
              .concat(" WHEN WHERE WINDOW WITH")
              .split(" "));

  private final List<Token> tokens;
  private int at;

  private Parser(List<Token> tokens) {
    this.tokens = tokens;
  }

  static Ast.Statement statement(String sql) {
    Parser parser = new Parser(Lexer.tokens(sql));
    Ast.Statement statement = parser.statement();
    parser.accept(";");
    if (parser.peek().kind() != Kind.END) {
      throw parser.unexpected("end of input");
    }
    return statement;
  }

  private Ast.Statement statement() {
    Token first = peek();
    if (first.is("SELECT")) {
      return select();
    }
    if (accept("INSERT")) {
      return insert();
    }
    if (accept("UPDATE")) {
      return update(first);
    }
    if (accept("DELETE")) {
      accept("FROM");
      Ast.TableRef table = tableRef();
      return new Ast.Delete(table, whereOf("DELETE", first));
    }
    if (accept("MERGE")) {
      return merge();
    }
    if (accept("CREATE")) {
      return create();
    }
    if (accept("ALTER")) {
      return alter();
    }
    if (accept("DROP")) {
      expect("TABLE");
      boolean ifExists = accept("IF");
      if (ifExists) {
        expect("EXISTS");
      }
      return new Ast.DropTable(path(), ifExists);
    }
    throw unexpected("a statement that the stand-in knows");
  }

  // --- queries -------------------------------------------------------------------------------

  private Ast.Select select() {
    expect("SELECT");
    boolean distinct = accept("DISTINCT");
    List<Ast.Item> items = new ArrayList<>();
    do {
      items.add(item());
    } while (accept(","));
    Ast.From from = accept("FROM") ? from() : null;
    Expr where = accept("WHERE") ? expr() : null;
    List<Expr> groupBy = new ArrayList<>();
    if (accept("GROUP")) {
      expect("BY");
      do {
        groupBy.add(expr());
      } while (accept(","));
    }
    Expr having = accept("HAVING") ? expr() : null;
    List<Ast.Order> orderBy = new ArrayList<>();
    if (accept("ORDER")) {
      expect("BY");
      do {
        Expr key = expr();
        boolean descending = accept("DESC");
        if (!descending) {
          accept("ASC");
        }
        orderBy.add(new Ast.Order(key, descending));
      } while (accept(","));
    }
    Expr limit = accept("LIMIT") ? expr() : null;
    Expr offset = accept("OFFSET") ? expr() : null;
    return new Ast.Select(distinct, items, from, where, groupBy, having, orderBy, limit, offset);
  }

  private Ast.Item item() {
    if (accept("*")) {
      return new Ast.Item(null, null, except());
    }
    if (peek(1).is(".") && peek(2).is("*")) {
      String table = name();
      at += 2;
      return new Ast.Item(null, table, except());
    }
    Expr expr = expr();
    return new Ast.Item(expr, alias(), List.of());
  }

  private List<String> except() {
    List<String> names = new ArrayList<>();
    if (accept("EXCEPT")) {
      expect("(");
      do {
        names.add(name());
      } while (accept(","));
      expect(")");
    }
    return names;
  }

  private Ast.From from() {
    Ast.From left = fromItem();
    while (true) {
      if (accept(",")) {
        left = new Ast.Join(left, fromItem(), false, null);
      } else if (accept("CROSS")) {
        expect("JOIN");
        left = new Ast.Join(left, fromItem(), false, null);
      } else if (peek().is("JOIN") || peek().is("INNER") || peek().is("LEFT")) {
        boolean outer = accept("LEFT");
        if (outer) {
          accept("OUTER");
        } else {
          accept("INNER");
        }
        expect("JOIN");
        Ast.From right = fromItem();
        expect("ON");
        left = new Ast.Join(left, right, outer, expr());
      } else {
        return left;
      }
    }
  }

  private Ast.From fromItem() {
    if (accept("UNNEST")) {
      expect("(");
      Expr array = expr();
      expect(")");
      String alias = alias();
      String offset = null;
      if (accept("WITH")) {
        expect("OFFSET");
        offset = alias();
        if (offset == null) {
          offset = "offset";
        }
      }
      return new Ast.UnnestRef(array, alias, offset);
    }
    if (accept("(")) {
      Ast.Select query = select();
      expect(")");
      return new Ast.QueryRef(query, alias());
    }
    return tableRef();
  }

  private Ast.TableRef tableRef() {
    List<String> path = path();
    return new Ast.TableRef(path, alias());
  }

  private String alias() {
    if (accept("AS")) {
      return name();
    }
    Token token = peek();
    boolean aliased =
        token.kind() == Kind.QUOTED
            || (token.kind() == Kind.WORD
                && !RESERVED.contains(token.text().toUpperCase(Locale.ROOT))
                && !token.is("OFFSET")
                && !token.is("VALUES"));
    return aliased ? name() : null;
  }

  // --- statements that change ----------------------------------------------------------------

  private Ast.Insert insert() {
    accept("INTO");
    List<String> table = path();
    List<String> columns = new ArrayList<>();
    if (accept("(")) {
      do {
        columns.add(name());
      } while (accept(","));
      expect(")");
    }
    if (peek().is("SELECT")) {
      return new Ast.Insert(table, columns, List.of(), select());
    }
    expect("VALUES");
    List<List<Expr>> rows = new ArrayList<>();
    do {
      rows.add(parenthesised());
    } while (accept(","));
    return new Ast.Insert(table, columns, rows, null);
  }

  private List<Expr> parenthesised() {
    expect("(");
    List<Expr> values = new ArrayList<>();
    do {
      values.add(accept("DEFAULT") ? null : expr());
    } while (accept(","));
    expect(")");
    return values;
  }

  private Ast.Update update(Token first) {
    Ast.TableRef table = tableRef();
    expect("SET");
    List<Ast.Assign> set = assignments();
    return new Ast.Update(table, set, whereOf("UPDATE", first));
  }

  private Expr whereOf(String statement, Token first) {
    if (!accept("WHERE")) {
      if (peek().kind() == Kind.END || peek().is(";")) {
        throw Refusal.invalidQuery(statement + " must have a WHERE clause at " + first.at());
      }
      throw unexpected("keyword WHERE");
    }
    return expr();
  }

  private List<Ast.Assign> assignments() {
    List<Ast.Assign> set = new ArrayList<>();
    do {
      String column = name();
      if (accept(".")) {
        column = name();
      }
      expect("=");
      set.add(new Ast.Assign(column, expr()));
    } while (accept(","));
    return set;
  }

  private Ast.Merge merge() {
    accept("INTO");
    Ast.TableRef target = tableRef();
    expect("USING");
    Ast.From source = fromItem();
    expect("ON");
    Expr on = expr();
    List<Ast.When> clauses = new ArrayList<>();
    while (accept("WHEN")) {
      Ast.Match match = Ast.Match.MATCHED;
      if (accept("NOT")) {
        match = Ast.Match.NOT_MATCHED_BY_TARGET;
      }
      expect("MATCHED");
      if (match == Ast.Match.NOT_MATCHED_BY_TARGET && accept("BY")) {
        if (accept("SOURCE")) {
          match = Ast.Match.NOT_MATCHED_BY_SOURCE;
        } else {
          expect("TARGET");
        }
      }
      Expr condition = accept("AND") ? expr() : null;
      expect("THEN");
      clauses.add(new Ast.When(match, condition, action(match)));
    }
    if (clauses.isEmpty()) {
      throw unexpected("keyword WHEN");
    }
    return new Ast.Merge(target, source, on, clauses);
  }

  private Ast.Action action(Ast.Match match) {
    if (match == Ast.Match.NOT_MATCHED_BY_TARGET) {
      expect("INSERT");
      List<String> columns = new ArrayList<>();
      if (accept("(")) {
        do {
          columns.add(name());
        } while (accept(","));
        expect(")");
      }
      if (accept("ROW")) {
        return new Ast.InsertAction(columns, null);
      }
      expect("VALUES");
      return new Ast.InsertAction(columns, parenthesised());
    }
    if (accept("DELETE")) {
      return new Ast.DeleteAction();
    }
    expect("UPDATE");
    expect("SET");
    return new Ast.UpdateAction(assignments());
  }

  private Ast.Statement create() {
    boolean orReplace = accept("OR");
    if (orReplace) {
      expect("REPLACE");
    }
    if (accept("SCHEMA")) {
      boolean ifNotExists = ifNotExists();
      Ast.CreateSchema schema = new Ast.CreateSchema(path(), ifNotExists);
      options();
      return schema;
    }
    if (accept("VIEW")) {
      List<String> name = path();
      expect("AS");
      return new Ast.CreateView(name, select(), orReplace);
    }
    expect("TABLE");
    boolean ifNotExists = ifNotExists();
    List<String> name = path();
    List<Ast.ColumnDef> columns = new ArrayList<>();
    expect("(");
    do {
      if (peek().is(")")) {
        break;
      }
      if (accept("PRIMARY")) {
        expect("KEY");
        expect("(");
        do {
          name();
        } while (accept(","));
        expect(")");
        expect("NOT");
        expect("ENFORCED");
      } else {
        columns.add(columnDef());
      }
    } while (accept(","));
    expect(")");
    if (accept("PARTITION")) {
      expect("BY");
      expr();
    }
    if (accept("CLUSTER")) {
      expect("BY");
      do {
        name();
      } while (accept(","));
    }
    options();
    return new Ast.CreateTable(name, columns, ifNotExists, orReplace);
  }

  private Ast.Statement alter() {
    expect("TABLE");
    if (accept("IF")) {
      expect("EXISTS");
    }
    List<String> table = path();
    List<Ast.ColumnDef> columns = new ArrayList<>();
    boolean ifNotExists = false;
    do {
      expect("ADD");
      expect("COLUMN");
      ifNotExists |= ifNotExists();
      columns.add(columnDef());
    } while (accept(","));
    return new Ast.AddColumns(table, columns, ifNotExists);
  }

  private boolean ifNotExists() {
    if (!accept("IF")) {
      return false;
    }
    expect("NOT");
    expect("EXISTS");
    return true;
  }

  private Ast.ColumnDef columnDef() {
    String name = name();
    SqlType type = type();
    boolean required = false;
    Expr defaultValue = null;
    while (true) {
      if (accept("NOT")) {
        expect("NULL");
        required = true;
      } else if (accept("DEFAULT")) {
        defaultValue = expr();
      } else if (accept("PRIMARY")) {
        expect("KEY");
        expect("NOT");
        expect("ENFORCED");
      } else if (!options()) {
        return new Ast.ColumnDef(name, type, required, defaultValue);
      }
    }
  }

  /** Options describe; none of them changes what the stand-in does. */
  private boolean options() {
    if (!accept("OPTIONS")) {
      return false;
    }
    expect("(");
    if (!peek().is(")")) {
      do {
        name();
        expect("=");
        expr();
      } while (accept(","));
    }
    expect(")");
    return true;
  }

  private SqlType type() {
    Token token = peek();
    String name = name();
    if (name.equalsIgnoreCase("ARRAY")) {
      expect("<");
      SqlType element = type();
      expect(">");
      return SqlType.array(element);
    }
    if (name.equalsIgnoreCase("STRUCT")) {
      expect("<");
      List<SqlType.Column> fields = new ArrayList<>();
      do {
        String field = name();
        fields.add(new SqlType.Column(field, type()));
      } while (accept(","));
      expect(">");
      return SqlType.struct(fields);
    }
    SqlType type = SqlType.named(name);
    if (type == null) {
      throw Refusal.invalidQuery("Type not found: " + name + " at " + token.at());
    }
    if (accept("(")) {
      do {
        next();
      } while (accept(","));
      expect(")");
    }
    return type;
  }

  // --- expressions ---------------------------------------------------------------------------

  private Expr expr() {
    Expr left = and();
    while (accept("OR")) {
      left = new Ast.Call("$OR", left, and());
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    while (accept("AND")) {
      left = new Ast.Call("$AND", left, not());
    }
    return left;
  }

  private Expr not() {
    return accept("NOT") ? new Ast.Call("$NOT", not()) : comparison();
  }

  private Expr comparison() {
    Expr left = sum();
    while (true) {
      Token token = peek();
      if (token.kind() == Kind.SYMBOL
          && Set.of("=", "!=", "<>", "<", "<=", ">", ">=").contains(token.text())) {
        next();
        String operator = token.text().equals("<>") ? "$!=" : "$" + token.text();
        left = new Ast.Call(operator, left, sum());
      } else if (accept("IS")) {
        left = is(left);
      } else if (token.is("IN") || (token.is("NOT") && peek(1).is("IN"))) {
        boolean negated = accept("NOT");
        next();
        left = negate(negated, in(left));
      } else if (token.is("LIKE") || (token.is("NOT") && peek(1).is("LIKE"))) {
        boolean negated = accept("NOT");
        next();
        left = negate(negated, new Ast.Call("$LIKE", left, sum()));
      } else if (token.is("BETWEEN") || (token.is("NOT") && peek(1).is("BETWEEN"))) {
        boolean negated = accept("NOT");
        next();
        Expr low = sum();
        expect("AND");
        Expr high = sum();
        left =
            negate(
                negated,
                new Ast.Call(
                    "$AND", new Ast.Call("$>=", left, low), new Ast.Call("$<=", left, high)));
      } else {
        return left;
      }
    }
  }

  private Expr is(Expr left) {
    boolean negated = accept("NOT");
    if (accept("NULL")) {
      return negate(negated, new Ast.Call("$ISNULL", left));
    }
    if (accept("TRUE")) {
      return negate(negated, new Ast.Call("$ISTRUE", left));
    }
    if (accept("FALSE")) {
      return negate(negated, new Ast.Call("$ISTRUE", new Ast.Call("$NOT", left)));
    }
    expect("DISTINCT");
    expect("FROM");
    return negate(!negated, new Ast.Call("$SAME", left, sum()));
  }

  private Expr in(Expr left) {
    if (accept("UNNEST")) {
      expect("(");
      Expr array = expr();
      expect(")");
      return new Ast.InArray(left, array);
    }
    expect("(");
    if (peek().is("SELECT")) {
      Ast.Select query = select();
      expect(")");
      return new Ast.InQuery(left, query);
    }
    List<Expr> items = new ArrayList<>();
    do {
      items.add(expr());
    } while (accept(","));
    expect(")");
    return new Ast.InList(left, items);
  }

  private static Expr negate(boolean negated, Expr expr) {
    return negated ? new Ast.Call("$NOT", expr) : expr;
  }

  private Expr sum() {
    Expr left = product();
    while (peek().is("+") || peek().is("-") || peek().is("||")) {
      left = new Ast.Call("$" + next().text(), left, product());
    }
    return left;
  }

  private Expr product() {
    Expr left = unary();
    while (peek().is("*") || peek().is("/")) {
      left = new Ast.Call("$" + next().text(), left, unary());
    }
    return left;
  }

  private Expr unary() {
    if (accept("-")) {
      return new Ast.Call("$NEGATE", unary());
    }
    Expr value = primary();
    while (true) {
      if (accept(".")) {
        value = new Ast.Member(value, name());
      } else if (accept("[")) {
        String kind = "OFFSET";
        if (peek(1).is("(")) {
          kind = next().text().toUpperCase(Locale.ROOT);
          if (!Set.of("OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL").contains(kind)) {
            throw unexpected("OFFSET, ORDINAL, SAFE_OFFSET or SAFE_ORDINAL");
          }
        }
        value = new Ast.Call("$" + kind, value, expr());
        expect("]");
      } else {
        return value;
      }
    }
  }

  private Expr primary() {
    Token token = peek();
    switch (token.kind()) {
      case STRING -> {
        next();
        return new Ast.Literal(SqlType.STRING, token.text());
      }
      case NUMBER -> {
        next();
        return number(token);
      }
      case PARAM -> {
        next();
        return new Ast.Param(token.text());
      }
      case QUOTED -> {
        return nameOrCall();
      }
      default -> {
        // Symbols and words follow.
      }
    }
    if (accept("(")) {
      return closing(peek().is("SELECT") ? new Ast.Scalar(select()) : firstOfTupleOrValue());
    }
    if (accept("[")) {
      return arrayLiteral(null);
    }
    if (token.kind() != Kind.WORD) {
      throw unexpected("an expression");
    }
    return keyword(token);
  }

  private Expr firstOfTupleOrValue() {
    Expr first = expr();
    if (!peek().is(",")) {
      return first;
    }
    List<Expr> items = new ArrayList<>(List.of(first));
    List<String> names = new ArrayList<>();
    names.add(null);
    while (accept(",")) {
      items.add(expr());
      names.add(null);
    }
    return new Ast.StructLiteral(items, names);
  }

  private Expr keyword(Token token) {
    String word = token.text().toUpperCase(Locale.ROOT);
    boolean called = peek(1).is("(");
    switch (word) {
      case "NULL" -> {
        next();
        return new Ast.Literal(SqlType.NULL, null);
      }
      case "TRUE", "FALSE" -> {
        next();
        return new Ast.Literal(SqlType.BOOL, word.equals("TRUE"));
      }
      case "CASE" -> {
        next();
        return caseExpr();
      }
      case "CAST", "SAFE_CAST" -> {
        next();
        expect("(");
        Expr value = expr();
        expect("AS");
        SqlType type = type();
        expect(")");
        return new Ast.Cast(value, type, word.equals("SAFE_CAST"));
      }
      case "EXISTS" -> {
        next();
        expect("(");
        return closing(new Ast.Exists(select()));
      }
      case "INTERVAL" -> {
        next();
        Expr amount = unary();
        return new Ast.Interval(amount, name().toUpperCase(Locale.ROOT));
      }
      case "ARRAY" -> {
        return array();
      }
      case "STRUCT" -> {
        if (called) {
          at += 2;
          return struct();
        }
      }
      case "DATE", "DATETIME", "TIMESTAMP", "JSON", "NUMERIC", "BIGNUMERIC" -> {
        if (peek(1).kind() == Kind.STRING) {
          next();
          return new Ast.Cast(
              new Ast.Literal(SqlType.STRING, next().text()), SqlType.named(word), false);
        }
      }
      default -> {
        // A name or a call.
      }
    }
    if (RESERVED.contains(word) && !(called && word.equals("IF"))) {
      throw unexpected("an expression");
    }
    return nameOrCall();
  }

  private Expr array() {
    next();
    if (accept("(")) {
      return closing(new Ast.ArrayOf(select()));
    }
    SqlType element = null;
    if (accept("<")) {
      element = type();
      expect(">");
    }
    expect("[");
    return arrayLiteral(element);
  }

  private Expr arrayLiteral(SqlType element) {
    List<Expr> items = new ArrayList<>();
    if (!peek().is("]")) {
      do {
        items.add(expr());
      } while (accept(","));
    }
    expect("]");
    return new Ast.ArrayLiteral(element, items);
  }

  private Expr struct() {
    List<Expr> items = new ArrayList<>();
    List<String> names = new ArrayList<>();
    do {
      items.add(expr());
      names.add(accept("AS") ? name() : null);
    } while (accept(","));
    expect(")");
    return new Ast.StructLiteral(items, names);
  }

  private Expr caseExpr() {
    Expr operand = peek().is("WHEN") ? null : expr();
    List<Expr> conditions = new ArrayList<>();
    List<Expr> results = new ArrayList<>();
    while (accept("WHEN")) {
      conditions.add(expr());
      expect("THEN");
      results.add(expr());
    }
    Expr otherwise = accept("ELSE") ? expr() : null;
    expect("END");
    return new Ast.Case(operand, conditions, results, otherwise);
  }

  private Expr nameOrCall() {
    if (peek().kind() == Kind.WORD && peek(1).is("(")) {
      return call(next().text().toUpperCase(Locale.ROOT));
    }
    return new Ast.Name(List.of(name()));
  }

  private Expr call(String function) {
    expect("(");
    if (accept("*")) {
      expect(")");
      return new Ast.Call(function, List.of(), Map.of(), false, true);
    }
    boolean distinct = accept("DISTINCT");
    List<Expr> args = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    if (!peek().is(")")) {
      do {
        if (peek(1).is("=>")) {
          String name = name();
          next();
          named.put(name.toLowerCase(Locale.ROOT), expr());
        } else {
          args.add(expr());
        }
      } while (accept(","));
    }
    expect(")");
    return new Ast.Call(function, List.copyOf(args), named, distinct, false);
  }

  private Expr number(Token token) {
    try {
      if (token.text().chars().allMatch(Character::isDigit)) {
        return new Ast.Literal(SqlType.INT64, Long.parseLong(token.text()));
      }
      return new Ast.Literal(SqlType.FLOAT64, new BigDecimal(token.text()).doubleValue());
    } catch (NumberFormatException e) {
      throw Refusal.invalidQuery("Invalid number literal: " + token.text() + " at " + token.at());
    }
  }

  // --- tokens --------------------------------------------------------------------------------

  /** A table's path: quoted as a whole or in parts, a project's hyphens unquoted too. */
  private List<String> path() {
    List<String> path = new ArrayList<>();
    do {
      StringBuilder part = new StringBuilder();
      boolean quoted = peek().kind() == Kind.QUOTED;
      part.append(name());
      while (!quoted
          && peek().is("-")
          && (peek(1).kind() == Kind.WORD || peek(1).kind() == Kind.NUMBER)) {
        next();
        part.append('-').append(next().text());
      }
      path.addAll(List.of(part.toString().split("\\.")));
    } while (accept("."));
    return path;
  }

  private String name() {
    Token token = peek();
    if (token.kind() != Kind.WORD && token.kind() != Kind.QUOTED) {
      throw unexpected("an identifier");
    }
    return next().text();
  }

  private Expr closing(Expr expr) {
    expect(")");
    return expr;
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  private Token next() {
    Token token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  private boolean accept(String wanted) {
    if (!peek().is(wanted)) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(String wanted) {
    if (!accept(wanted)) {
      throw unexpected("\"" + wanted + "\"");
    }
  }

  private Refusal unexpected(String wanted) {
    return Refusal.invalidQuery(
        "Syntax error: Expected "
            + wanted
            + " but got \""
            + peek().text()
            + "\" at "
            + peek().at());
  }
}
