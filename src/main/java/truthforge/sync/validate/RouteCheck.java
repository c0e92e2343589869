package truthforge.sync.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import truthforge.sync.config.Check;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.text.Nearest;

/**
 * Checks routes without starting them: against the JSON schema of Camel's YAML language, for keys
 * and route ids that stand twice, for endpoints and their options, for beans, routes and options
 * that there are not; and by having Camel read them.
 */
public final class RouteCheck implements Check {

  private static final String SCHEMA = "schema/camelYamlDsl.json";
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{\\??([^{}:]+)}}");

  private static final Set<String> GROUPS =
      Options.all().stream().map(Option::group).collect(Collectors.toUnmodifiableSet());

  private final Places places;

  public RouteCheck(Places places) {
    this.places = places;
  }

  @Override
  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    JsonNode schemaText = schemaText();
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4).getSchema(schemaText);
    Map<String, String> routeIds = new HashMap<>();
    Named named = new Named();
    List<Places.Source> sources = places.routes();
    List<YamlText> files = sources.stream().map(YamlText::of).toList();
    files.forEach(file -> named.learn(file.root()));
    try (Endpoints endpoints = new Endpoints();
        Loads loads = new Loads()) {
      for (int i = 0; i < files.size(); i++) {
        YamlText file = files.get(i);
        List<Finding> here = new ArrayList<>(file.findings());
        if (file.root().isMissingNode()) {
          if (here.isEmpty()) {
            here.add(Finding.error(file.name(), 1, "holds no route", "Remove the file"));
          }
        } else {
          here.addAll(againstSchema(file, schema, schemaText));
          walk(file, file.root(), "", endpoints, here);
          uniqueIds(file, routeIds, here);
          here.addAll(named.unknown(file));
          Finding fault =
              here.stream().anyMatch(Finding::isFault) ? null : loads.fault(sources.get(i));
          if (fault != null) {
            here.add(fault);
          }
        }
        here.sort(Comparator.comparingInt(Finding::line));
        findings.addAll(here);
      }
    }
    places.routesLeftOut().stream()
        .map(YamlText::of)
        .filter(file -> Collections.disjoint(ids(file), routeIds.keySet()))
        .map(RouteCheck::leftOut)
        .forEach(findings::add);
    return findings;
  }

  private static Set<String> ids(YamlText file) {
    Set<String> ids = new HashSet<>();
    file.root().forEach(entry -> ids.add(entry.path("route").path("id").asText()));
    return ids;
  }

  /** A later version may have routes that a folder copied from an earlier one lacks. */
  private static Finding leftOut(YamlText file) {
    return Finding.warning(
        file.name(),
        0,
        "its routes stand in no file of the folder of routes, and do not run",
        "Copy it into that folder, unless they are not to run");
  }

  private static JsonNode schemaText() {
    try (InputStream in = RouteCheck.class.getClassLoader().getResourceAsStream(SCHEMA)) {
      if (in == null) {
        throw new IllegalStateException("The jar is incomplete: it lacks " + SCHEMA);
      }
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Of alternatives the schema reports every one that failed. Only what lies deepest is of use:
   * what is around it follows from it.
   */
  private static List<Finding> againstSchema(YamlText file, Schema schema, JsonNode schemaText) {
    Map<String, List<Error>> byPlace = new LinkedHashMap<>();
    for (Error error : schema.validate(file.root().toString(), InputFormat.JSON)) {
      String place = pointer(error.getInstanceLocation().toString());
      List<Error> errors = byPlace.computeIfAbsent(place, p -> new ArrayList<>());
      if (!camelTakesItAllTheSame(error, place, file.root().at(place))) {
        errors.add(error);
      }
    }
    List<Finding> findings = new ArrayList<>();
    byPlace.forEach(
        (place, errors) -> {
          boolean deepest = byPlace.keySet().stream().noneMatch(p -> p.startsWith(place + "/"));
          boolean unknownKey =
              errors.stream().anyMatch(e -> "additionalProperties".equals(e.getKeyword()));
          if (!errors.isEmpty() && (deepest || unknownKey)) {
            findings.addAll(atOnePlace(file, place, errors, schemaText));
          }
        });
    return findings;
  }

  /**
   * What the schema of 4.17.0 refuses though Camel takes it: a placeholder where a number or a
   * truth value stands, and {@code inheritErrorHandler} of a circuit breaker, without which a
   * failure there passes the dead-letter channel by.
   */
  private static boolean camelTakesItAllTheSame(Error error, String place, JsonNode value) {
    return switch (error.getKeyword()) {
      case "type" -> value.isTextual() && value.textValue().contains("{{");
      case "additionalProperties" ->
          place.endsWith("/circuitBreaker") && error.getProperty().equals("inheritErrorHandler");
      default -> false;
    };
  }

  private static List<Finding> atOnePlace(
      YamlText file, String place, List<Error> errors, JsonNode schemaText) {
    Map<String, Finding> unknown = new LinkedHashMap<>();
    for (Error error : errors) {
      if ("additionalProperties".equals(error.getKeyword())) {
        String key = error.getProperty();
        String near = Nearest.nearest(key, knownBeside(error, schemaText));
        unknown.putIfAbsent(
            key,
            Finding.error(
                file.name(),
                file.line(YamlText.member(place, key)),
                "Camel knows no " + key + " here",
                near == null
                    ? "Look at what stands above it, or remove it"
                    : "Did you mean " + near + "?"));
      }
    }
    if (!unknown.isEmpty()) {
      return List.copyOf(unknown.values());
    }
    JsonNode value = file.root().at(place);
    Error first =
        errors.stream().min(Comparator.comparingInt(e -> rank(e.getKeyword()))).orElseThrow();
    String what =
        switch (first.getKeyword()) {
          case "required" -> nameOf(place) + " lacks " + first.getProperty();
          case "enum" -> nameOf(place) + " has a value that Camel does not take";
          case "type" -> nameOf(place) + " is " + kind(value) + ", which Camel does not take here";
          case "maxProperties" -> "a step has two names: " + String.join(", ", keys(value));
          default -> nameOf(place) + " is not written as Camel asks: " + first.getMessage();
        };
    String remedy =
        switch (first.getKeyword()) {
          case "required" -> "Add " + first.getProperty();
          case "enum" -> first.getMessage();
          case "type" ->
              value.isNumber() || value.isBoolean()
                  ? "If text is meant, quote it: \"" + value.asText() + "\""
                  : "Camel asks for: " + expected(errors);
          case "maxProperties" -> "Begin each with a hyphen of its own";
          default -> "Compare it with the language reference of Camel's YAML DSL";
        };
    return List.of(Finding.error(file.name(), file.line(place), what, remedy));
  }

  private static int rank(String keyword) {
    int rank = List.of("required", "enum", "maxProperties", "type").indexOf(keyword);
    return rank < 0 ? 9 : rank;
  }

  private static String expected(List<Error> errors) {
    return errors.stream()
        .filter(e -> "type".equals(e.getKeyword()) && e.getSchemaNode() != null)
        .map(e -> e.getSchemaNode().asText())
        .distinct()
        .collect(Collectors.joining(" or "));
  }

  /** The names that the schema has at the place where it refused one. */
  private static List<String> knownBeside(Error error, JsonNode schemaText) {
    String location = error.getSchemaLocation().toString();
    String pointer = pointer(location.substring(location.indexOf('#') + 1));
    JsonNode around = schemaText.at(pointer.substring(0, pointer.lastIndexOf('/')));
    return keys(around.path("properties"));
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** JSON pointers begin with a slash, or are empty. */
  private static String pointer(String path) {
    return path.isEmpty() || path.equals("/") ? "" : path.startsWith("/") ? path : "/" + path;
  }

  private static String nameOf(String place) {
    String last = place.substring(place.lastIndexOf('/') + 1);
    if (last.isEmpty()) {
      return "the file";
    }
    return last.chars().allMatch(Character::isDigit)
        ? "item " + (Integer.parseInt(last) + 1)
        : last;
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "empty";
      default -> "a text";
    };
  }

  private static void walk(
      YamlText file, JsonNode node, String place, Endpoints endpoints, List<Finding> findings) {
    if (node.isTextual()) {
      placeholders(file, node.textValue(), place, findings);
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        walk(file, node.get(i), place + "/" + i, endpoints, findings);
      }
    } else if (node.isObject()) {
      if (node.path("uri").isTextual()) {
        endpoint(file, node, place, endpoints, findings);
      }
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        String inner = YamlText.member(place, member.getKey());
        if (Endpoints.IN_ONE_TEXT.contains(member.getKey()) && member.getValue().isTextual()) {
          endpoints
              .check(member.getValue().textValue(), List.of())
              .forEach(f -> findings.add(f.in(file.name(), file.line(inner))));
        }
        walk(file, member.getValue(), inner, endpoints, findings);
      }
    }
  }

  private static void endpoint(
      YamlText file, JsonNode node, String place, Endpoints endpoints, List<Finding> findings) {
    String parameters = YamlText.member(place, "parameters");
    int line = file.line(YamlText.member(place, "uri"));
    for (Endpoints.Fault fault :
        endpoints.check(node.get("uri").textValue(), keys(node.path("parameters")))) {
      boolean isParameter = fault.option() != null && node.path("parameters").has(fault.option());
      findings.add(
          fault.in(
              file.name(),
              isParameter ? file.line(YamlText.member(parameters, fault.option())) : line));
    }
  }

  /** Names of other groups than the options' may be parameters of templates. */
  private static void placeholders(
      YamlText file, String text, String place, List<Finding> findings) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    while (matcher.find()) {
      String name = matcher.group(1).strip();
      Option option = Options.find(name);
      if (option != null && option.secret()) {
        findings.add(
            Finding.error(
                file.name(),
                file.line(place),
                name + " is a secret, and secrets are not given to routes",
                "Leave it to the bean that makes the call"));
      } else if (option == null
          && !Options.FOR_ROUTES.contains(name)
          && name.contains(".")
          && GROUPS.contains(name.substring(0, name.indexOf('.')))) {
        String near = Nearest.nearest(name, namesForRoutes());
        findings.add(
            Finding.error(
                file.name(),
                file.line(place),
                "there is no option " + name,
                near == null
                    ? "docs/configuration.md lists all options"
                    : "Did you mean {{" + near + "}}?"));
      }
    }
  }

  private static List<String> namesForRoutes() {
    List<String> names = new ArrayList<>(Options.FOR_ROUTES);
    Options.all().stream().filter(o -> !o.secret()).map(Option::name).forEach(names::add);
    return names;
  }

  private static void uniqueIds(YamlText file, Map<String, String> known, List<Finding> findings) {
    for (int i = 0; i < file.root().size(); i++) {
      String kind = file.root().get(i).has("route") ? "route" : "from";
      JsonNode id = file.root().get(i).path(kind).path("id");
      if (!id.isTextual()) {
        continue;
      }
      int line = file.line("/" + i + "/" + kind + "/id");
      String former = known.putIfAbsent(id.textValue(), file.name() + ":" + line);
      if (former != null) {
        findings.add(
            Finding.error(
                file.name(),
                line,
                "the route id " + id.textValue() + " stands here and in " + former,
                "Rename one: of two routes with one id Camel keeps the later"));
      }
    }
  }
}
