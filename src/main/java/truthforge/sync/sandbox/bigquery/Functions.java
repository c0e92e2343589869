package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The functions that the stand-in knows. A function over a NULL is NULL unless it says else. */
final class Functions {

  private final Instant now;
  private String lastText;
  private JsonNode lastNode;

  /**
   * @param now what CURRENT_TIMESTAMP is throughout the statement
   */
  Functions(Instant now) {
    this.now = now;
  }

  Code call(String name, List<Code> args, Map<String, Code> named) {
    if (!named.isEmpty() && !name.equals("PARSE_JSON")) {
      throw Refusal.invalidQuery("Named arguments are not supported by " + name);
    }
    return switch (name) {
      case "CURRENT_TIMESTAMP" -> constant(name, args, SqlType.TIMESTAMP, now);
      case "CURRENT_DATE" ->
          constant(name, args, SqlType.DATE, LocalDate.ofInstant(now, ZoneOffset.UTC));
      case "CURRENT_DATETIME" ->
          constant(
              name, args, SqlType.DATETIME, java.time.LocalDateTime.ofInstant(now, ZoneOffset.UTC));
      case "GENERATE_UUID" -> {
        require(name, args, args.isEmpty());
        yield new Code(SqlType.STRING, f -> UUID.randomUUID().toString(), false, false);
      }
      case "TIMESTAMP_MICROS" -> moment(name, args, 1);
      case "TIMESTAMP_MILLIS" -> moment(name, args, 1_000);
      case "TIMESTAMP_SECONDS" -> moment(name, args, 1_000_000);
      case "UNIX_MICROS" -> unix(name, args, 1);
      case "UNIX_MILLIS" -> unix(name, args, 1_000);
      case "UNIX_SECONDS" -> unix(name, args, 1_000_000);
      case "TIMESTAMP_ADD", "TIMESTAMP_SUB" -> shift(name, args);
      case "TIMESTAMP", "DATE", "DATETIME" -> {
        SqlType to = SqlType.named(name);
        require(name, args, args.size() == 1 && Values.castable(args.get(0).type(), to));
        yield strict(to, args, v -> Values.cast(v.get(0), to));
      }
      case "STRING" -> {
        require(name, args, args.size() == 1);
        if (args.get(0).type().is(SqlType.Kind.JSON)) {
          yield strict(SqlType.STRING, args, v -> parsed(v.get(0).toString()).textValue());
        }
        require(name, args, args.get(0).type().is(SqlType.Kind.TIMESTAMP));
        yield strict(SqlType.STRING, args, v -> Values.text(v.get(0)));
      }
      case "LOWER" -> text(name, args, t -> t.toLowerCase(Locale.ROOT));
      case "UPPER" -> text(name, args, t -> t.toUpperCase(Locale.ROOT));
      case "TRIM" -> text(name, args, String::strip);
      case "LTRIM" -> text(name, args, String::stripLeading);
      case "RTRIM" -> text(name, args, String::stripTrailing);
      case "REVERSE" -> text(name, args, t -> new StringBuilder(t).reverse().toString());
      case "NORMALIZE" -> text(name, args, t -> Normalizer.normalize(t, Normalizer.Form.NFC));
      case "LENGTH", "CHAR_LENGTH" -> {
        signature(name, args, SqlType.STRING);
        yield strict(
            SqlType.INT64,
            args,
            v -> (long) v.get(0).toString().codePointCount(0, v.get(0).toString().length()));
      }
      case "STARTS_WITH" -> {
        signature(name, args, SqlType.STRING, SqlType.STRING);
        yield strict(SqlType.BOOL, args, v -> v.get(0).toString().startsWith(v.get(1).toString()));
      }
      case "ENDS_WITH" -> {
        signature(name, args, SqlType.STRING, SqlType.STRING);
        yield strict(SqlType.BOOL, args, v -> v.get(0).toString().endsWith(v.get(1).toString()));
      }
      case "REPLACE" -> {
        signature(name, args, SqlType.STRING, SqlType.STRING, SqlType.STRING);
        yield strict(
            SqlType.STRING,
            args,
            v -> v.get(0).toString().replace(v.get(1).toString(), v.get(2).toString()));
      }
      case "SUBSTR", "SUBSTRING" -> substring(name, args);
      case "SPLIT" -> {
        signature(name, args, SqlType.STRING, SqlType.STRING);
        yield strict(
            SqlType.array(SqlType.STRING),
            args,
            v ->
                List.<Object>of(
                    (Object[])
                        v.get(0)
                            .toString()
                            .split(java.util.regex.Pattern.quote(v.get(1).toString()), -1)));
      }
      case "CONCAT" -> {
        require(name, args, !args.isEmpty() && all(args, SqlType.STRING));
        yield strict(
            SqlType.STRING,
            args,
            v -> v.stream().map(Object::toString).collect(Collectors.joining()));
      }
      case "MD5" -> hash(name, args, "MD5");
      case "SHA256" -> hash(name, args, "SHA-256");
      case "TO_HEX" -> {
        signature(name, args, SqlType.BYTES);
        yield strict(SqlType.STRING, args, v -> HexFormat.of().formatHex((byte[]) v.get(0)));
      }
      case "MOD" -> {
        signature(name, args, SqlType.INT64, SqlType.INT64);
        yield strict(SqlType.INT64, args, v -> (Long) v.get(0) % (Long) v.get(1));
      }
      case "ABS" -> {
        signature(name, args, SqlType.INT64);
        yield strict(SqlType.INT64, args, v -> Math.abs((Long) v.get(0)));
      }
      case "ARRAY_LENGTH" -> {
        require(name, args, args.size() == 1 && args.get(0).type().is(SqlType.Kind.ARRAY));
        yield strict(SqlType.INT64, args, v -> (long) ((List<?>) v.get(0)).size());
      }
      case "ARRAY_CONCAT" -> {
        require(name, args, !args.isEmpty() && args.get(0).type().is(SqlType.Kind.ARRAY));
        require(name, args, all(args, args.get(0).type()));
        yield strict(
            args.get(0).type(),
            args,
            v -> v.stream().flatMap(a -> ((List<?>) a).stream()).collect(Collectors.toList()));
      }
      case "ARRAY_TO_STRING" -> {
        signature(name, args, SqlType.array(SqlType.STRING), SqlType.STRING);
        yield strict(
            SqlType.STRING,
            args,
            v ->
                ((List<?>) v.get(0))
                    .stream()
                        .map(Object::toString)
                        .collect(Collectors.joining(v.get(1).toString())));
      }
      case "TO_JSON_STRING" -> {
        require(name, args, args.size() == 1);
        SqlType type = args.get(0).type();
        Code.Eval value = args.get(0).eval();
        yield Code.over(
            SqlType.STRING,
            args,
            frame -> {
              StringBuilder out = new StringBuilder();
              Values.json(value.of(frame), type, out);
              return out.toString();
            });
      }
      case "TO_JSON" -> {
        require(name, args, args.size() == 1);
        SqlType type = args.get(0).type();
        Code.Eval value = args.get(0).eval();
        yield Code.over(
            SqlType.JSON,
            args,
            frame -> {
              StringBuilder out = new StringBuilder();
              Values.json(value.of(frame), type, out);
              return JsonText.value(out.toString(), true);
            });
      }
      case "PARSE_JSON" -> parseJson(name, args, named);
      case "JSON_VALUE", "JSON_QUERY", "JSON_VALUE_ARRAY", "JSON_QUERY_ARRAY" -> json(name, args);
      default -> throw Refusal.invalidQuery("Function not found: " + name);
    };
  }

  // --- JSON ----------------------------------------------------------------------------------

  private Code parseJson(String name, List<Code> args, Map<String, Code> named) {
    signature(name, args, SqlType.STRING);
    boolean round = false;
    for (Map.Entry<String, Code> option : named.entrySet()) {
      Object value = option.getValue().constant() ? option.getValue().eval().of(null) : null;
      if (!option.getKey().equals("wide_number_mode")
          || !("exact".equals(value) || "round".equals(value))) {
        throw Refusal.invalidQuery("Argument not understood by PARSE_JSON: " + option.getKey());
      }
      round = "round".equals(value);
    }
    boolean rounding = round;
    return strict(SqlType.JSON, args, v -> JsonText.value((String) v.get(0), rounding));
  }

  private Code json(String name, List<Code> args) {
    boolean known =
        (args.size() == 1 || args.size() == 2)
            && (args.get(0).type().is(SqlType.Kind.STRING)
                || args.get(0).type().is(SqlType.Kind.JSON)
                || args.get(0).type().is(SqlType.Kind.NULL));
    require(name, args, known);
    if (args.size() == 2 && !(args.get(1).constant() && args.get(1).flexible())) {
      throw Refusal.invalidQuery("JSONPath must be a string literal or query parameter");
    }
    List<Object> path =
        args.size() == 1 ? List.of() : JsonText.path((String) args.get(1).eval().of(null));
    boolean isText = !args.get(0).type().is(SqlType.Kind.JSON);
    SqlType part = isText ? SqlType.STRING : SqlType.JSON;
    Code.Eval value = args.get(0).eval();
    Function<JsonNode, Object> query = node -> isText ? node.toString() : JsonText.Json.of(node);
    Function<JsonNode, Object> found =
        switch (name) {
          case "JSON_VALUE" -> Functions::scalar;
          case "JSON_QUERY" -> node -> isText && node.isNull() ? null : query.apply(node);
          case "JSON_VALUE_ARRAY" -> Functions::scalars;
          default -> node -> node.isArray() ? each(node, query) : null;
        };
    SqlType type =
        switch (name) {
          case "JSON_VALUE" -> SqlType.STRING;
          case "JSON_QUERY" -> part;
          case "JSON_VALUE_ARRAY" -> SqlType.array(SqlType.STRING);
          default -> SqlType.array(part);
        };
    return Code.over(
        type,
        args,
        frame -> {
          Object input = value.of(frame);
          JsonNode root = input == null ? null : parsed(input.toString());
          JsonNode node = root == null ? null : JsonText.at(root, path);
          return node == null ? null : found.apply(node);
        });
  }

  // A statement takes many values out of one text, one after another.
  private JsonNode parsed(String text) {
    if (text != lastText) {
      lastNode = JsonText.read(text);
      lastText = text;
    }
    return lastNode;
  }

  private static Object scalar(JsonNode node) {
    return node.isValueNode() && !node.isNull() ? node.asText() : null;
  }

  private static Object scalars(JsonNode node) {
    if (!node.isArray()) {
      return null;
    }
    for (JsonNode item : node) {
      if (item.isContainerNode()) {
        return null;
      }
    }
    return each(node, Functions::scalar);
  }

  private static List<Object> each(JsonNode array, Function<JsonNode, Object> change) {
    List<Object> items = new ArrayList<>(array.size());
    array.forEach(item -> items.add(change.apply(item)));
    return items;
  }

  // --- the others ----------------------------------------------------------------------------

  private static Code constant(String name, List<Code> args, SqlType type, Object value) {
    require(name, args, args.isEmpty());
    return new Code(type, frame -> value, true, false);
  }

  private static Code moment(String name, List<Code> args, long factor) {
    signature(name, args, SqlType.INT64);
    return strict(
        SqlType.TIMESTAMP, args, v -> Values.ofMicros(Math.multiplyExact((Long) v.get(0), factor)));
  }

  private static Code unix(String name, List<Code> args, long divisor) {
    signature(name, args, SqlType.TIMESTAMP);
    return strict(
        SqlType.INT64, args, v -> Math.floorDiv(Values.micros((Instant) v.get(0)), divisor));
  }

  private static Code shift(String name, List<Code> args) {
    signature(name, args, SqlType.TIMESTAMP, SqlType.INTERVAL);
    long sign = name.endsWith("SUB") ? -1 : 1;
    return strict(
        SqlType.TIMESTAMP,
        args,
        v ->
            Values.ofMicros(
                Math.addExact(
                    Values.micros((Instant) v.get(0)), Math.multiplyExact(sign, (Long) v.get(1)))));
  }

  private static Code substring(String name, List<Code> args) {
    List<Code> fitted = new ArrayList<>(args);
    require(name, args, args.size() == 2 || args.size() == 3);
    require(name, args, args.get(0).type().is(SqlType.Kind.STRING));
    for (Code count : fitted.subList(1, fitted.size())) {
      require(name, args, count.type().is(SqlType.Kind.INT64));
    }
    return strict(
        SqlType.STRING,
        fitted,
        v -> {
          int[] points = v.get(0).toString().codePoints().toArray();
          long from = (Long) v.get(1);
          long start = from < 0 ? Math.max(0, points.length + from) : Math.max(0, from - 1);
          long end =
              v.size() == 3 ? Math.min(points.length, start + (Long) v.get(2)) : points.length;
          return start >= end ? "" : new String(points, (int) start, (int) (end - start));
        });
  }

  private static Code hash(String name, List<Code> args, String algorithm) {
    require(
        name,
        args,
        args.size() == 1
            && (args.get(0).type().is(SqlType.Kind.STRING)
                || args.get(0).type().is(SqlType.Kind.BYTES)));
    return strict(
        SqlType.BYTES,
        args,
        v -> {
          try {
            byte[] bytes =
                v.get(0) instanceof String text
                    ? text.getBytes(StandardCharsets.UTF_8)
                    : (byte[]) v.get(0);
            return MessageDigest.getInstance(algorithm).digest(bytes);
          } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static Code text(String name, List<Code> args, Function<String, String> change) {
    signature(name, args, SqlType.STRING);
    return strict(SqlType.STRING, args, v -> change.apply((String) v.get(0)));
  }

  /** NULL as soon as one argument is. */
  static Code strict(SqlType type, List<Code> args, Function<List<Object>, Object> body) {
    return Code.over(
        type,
        args,
        frame -> {
          List<Object> values = new ArrayList<>(args.size());
          for (Code arg : args) {
            Object value = arg.eval().of(frame);
            if (value == null) {
              return null;
            }
            values.add(value);
          }
          try {
            return body.apply(values);
          } catch (ArithmeticException | java.time.DateTimeException e) {
            throw Refusal.invalidQuery(type + " overflow or division by zero");
          }
        });
  }

  private static void signature(String name, List<Code> args, SqlType... wanted) {
    boolean fits = args.size() == wanted.length;
    for (int i = 0; fits && i < wanted.length; i++) {
      fits = args.get(i).type().equals(wanted[i]) || args.get(i).type().is(SqlType.Kind.NULL);
    }
    require(name, args, fits);
  }

  private static boolean all(List<Code> args, SqlType type) {
    return args.stream().allMatch(a -> a.type().equals(type) || a.type().is(SqlType.Kind.NULL));
  }

  static void require(String name, List<Code> args, boolean fits) {
    if (!fits) {
      String what = name.startsWith("$") ? "operator " + name.substring(1) : "function " + name;
      throw Refusal.invalidQuery(
          "No matching signature for "
              + what
              + " for argument types: "
              + args.stream().map(a -> a.type().toString()).collect(Collectors.joining(", ")));
    }
  }
}
