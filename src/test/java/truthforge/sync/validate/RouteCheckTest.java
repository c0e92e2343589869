package truthforge.sync.validate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Places;

class RouteCheckTest {

  private static final String GOOD =
      """
      - routeConfiguration:
          id: parks
          onException:
            - onException:
                exception:
                  - java.io.IOException
                redeliveryPolicy:
                  maximumRedeliveries: 3
                  redeliveryDelay: "50"
                handled:
                  constant: "true"
      - route:
          id: observe
          routeConfigurationId: parks
          from:
            uri: timer:tick
            parameters:
              period: "{{sync.interval-seconds}}000"
            steps:
              - setHeader:
                  name: page
                  constant: "1"
              - setBody:
                  simple: "${header.page}"
              - choice:
                  when:
                    - simple: "${body} == null"
                      steps:
                        - to: direct:end
                  otherwise:
                    steps:
                      - removeHeaders:
                          pattern: "Camel*"
                      - toD: "http://localhost/rest?httpMethod=GET&throwExceptionOnFailure=false&limit=1"
              - split:
                  simple: "${body}"
                  steps:
                    - bean:
                        ref: cycle
                        method: begin
              - multicast:
                  parallelProcessing: true
                  steps:
                    - to:
                        uri: direct:one
                    - to: direct:two
      """;

  @TempDir Path folder;

  @BeforeEach
  void there_is_a_folder_of_routes() throws IOException {
    Files.createDirectories(folder.resolve("routes"));
    StringBuilder others = new StringBuilder();
    for (String name : List.of("one", "two", "end")) {
      others
          .append("- from:\n    uri: direct:")
          .append(name)
          .append("\n    steps:\n      - stop: {}\n");
    }
    write("others", others.toString());
  }

  @Test
  void a_good_route_has_no_findings() {
    assertThat(findings(GOOD)).isEmpty();
  }

  @Test
  void an_unknown_step_is_named_with_its_line_and_the_nearest() {
    assertThat(texts(GOOD.replace("- setHeader:", "- setHaeder:")))
        .containsExactly("20: Camel knows no setHaeder here. Did you mean setHeader?");
  }

  @Test
  void an_unknown_key_of_a_step_is_named_with_its_line() {
    assertThat(texts(GOOD.replace("parallelProcessing:", "parallelprocessing:")))
        .containsExactly(
            "42: Camel knows no parallelprocessing here. Did you mean parallelProcessing?");
  }

  @Test
  void a_missing_part_is_named() {
    assertThat(texts(GOOD.replace("            name: page\n", "            id: page\n")))
        .containsExactly("20: setHeader lacks name. Add name");
  }

  @Test
  void a_number_where_text_is_asked_for_is_to_be_quoted() {
    assertThat(texts(GOOD.replace("constant: \"1\"", "constant: 1")))
        .containsExactly(
            "22: constant is a number, which Camel does not take here."
                + " If text is meant, quote it: \"1\"");
  }

  @Test
  void a_placeholder_may_stand_where_a_truth_value_is_asked_for() {
    assertThat(findings(GOOD.replace("parallelProcessing: true", "parallelProcessing: '{{p}}'")))
        .isEmpty();
  }

  @Test
  void a_circuit_breaker_may_inherit_the_error_handler() {
    String step =
        """
                      - circuitBreaker:
                          inheritErrorHandler: true
                          steps:
                            - to: direct:one
                          onFallback:
                            steps:
                              - to: direct:two
        """;

    assertThat(findings(GOOD + step.indent(0))).isEmpty();
  }

  @Test
  void a_key_that_stands_twice_names_both_lines() {
    assertThat(texts(GOOD.replace("name: page\n", "name: page\n            name: size\n")))
        .containsExactly(
            "22: the key name stands here and in line 21."
                + " Only the last would count: remove or rename one of them");
  }

  @Test
  void broken_yaml_is_named_with_its_line() {
    assertThat(findings(GOOD.replace("name: page\n", "name: page: x\n")))
        .extracting(Finding::line)
        .containsExactly(21);
  }

  @Test
  void an_unknown_option_of_an_endpoint_is_named_with_its_line_and_the_nearest() {
    assertThat(texts(GOOD.replace("period:", "perod:")))
        .containsExactly("18: the component timer has no option perod. Did you mean period?");
  }

  @Test
  void an_unknown_option_inside_a_uri_is_named() {
    assertThat(texts(GOOD.replace("- to: direct:end", "- to: direct:end?blok=true")))
        .containsExactly("29: the component direct has no option blok. Did you mean block?");
  }

  @Test
  void an_option_that_http_would_send_on_is_a_warning_when_it_looks_misspelt() {
    assertThat(findings(GOOD.replace("throwExceptionOnFailure", "throwExceptionsOnFailure")))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.WARNING);
  }

  @Test
  void a_component_that_is_not_there_is_named() {
    assertThat(texts(GOOD.replace("- to: direct:end", "- to: carrier-pigeon:end")))
        .containsExactly(
            "29: there is no component carrier-pigeon."
                + " Add its Camel artifact to the build, or use another component");
  }

  @Test
  void a_placeholder_that_names_no_option_names_the_nearest() {
    assertThat(texts(GOOD.replace("sync.interval-seconds", "sync.interval-second")))
        .containsExactly(
            "18: there is no option sync.interval-second."
                + " Did you mean {{sync.interval-seconds}}?");
  }

  @Test
  void a_secret_is_not_given_to_a_route() {
    assertThat(
            texts(GOOD.replace("simple: \"${header.page}\"", "constant: \"{{twenty.api-key}}\"")))
        .containsExactly(
            "24: twenty.api-key is a secret, and secrets are not given to routes."
                + " Leave it to the bean that makes the call");
  }

  @Test
  void a_route_id_of_another_file_is_a_fault() {
    write("a", GOOD);

    assertThat(findings(GOOD))
        .extracting(Finding::what)
        .containsExactly(
            "the route id observe stands here and in "
                + folder.resolve("routes/a.camel.yaml")
                + ":13");
  }

  @Test
  void an_empty_file_is_a_fault() {
    assertThat(findings("# nothing\n")).extracting(Finding::what).containsExactly("holds no route");
  }

  @Test
  void all_faults_of_all_files_are_told_at_once() {
    write("a", "- route:\n    id: x\n    form: y\n");

    assertThat(findings(GOOD.replace("setBody", "setbody").replace("perod", "period")))
        .extracting(f -> Path.of(f.place()).getFileName() + ":" + f.line())
        .contains("a.camel.yaml:3", "z.camel.yaml:23");
  }

  @Test
  void the_shipped_routes_have_no_findings() {
    assertThat(new RouteCheck(Places.insideTheJar()).findings()).isEmpty();
  }

  @Test
  void a_bean_that_there_is_not_is_named_with_its_line_and_the_nearest() {
    assertThat(
            texts(
                GOOD
                    + """
                    - route:
                        from:
                          uri: direct:a
                          steps:
                            - bean:
                                ref: cicle
                            - setBody:
                                simple: "${bean:availabilty?method=isUp('local')}"
                            - to:
                                uri: http:x
                                parameters:
                                  httpClientConfigurer: "#noResendings"
                    """))
        .extracting(text -> text.substring(text.indexOf(':') + 2))
        .containsExactly(
            "there is no bean cicle. Did you mean cycle?",
            "there is no bean availabilty. Did you mean availability?",
            "there is no bean noResendings. Did you mean noResending?");
  }

  @Test
  void a_bean_of_a_users_own_may_be_named_from_another_file() {
    write("a", "- beans:\n    - name: mine\n      type: java.lang.Object\n");

    assertThat(
            findings(
                GOOD
                    + "- from:\n    uri: direct:a\n    steps:\n      - bean:\n          ref: mine\n"))
        .isEmpty();
  }

  @Test
  void a_route_that_leads_nowhere_is_named() {
    assertThat(texts(GOOD.replace("- to: direct:end", "- to: direct:ent")))
        .singleElement()
        .asString()
        .contains("no route begins at direct:ent. Did you mean direct:");
  }

  @Test
  void a_folder_that_was_copied_from_an_earlier_version_is_told_the_routes_that_it_lacks()
      throws IOException {
    for (Places.Source source : Places.insideTheJar().routes()) {
      if (!source.name().contains("alerts")) {
        Path file = folder.resolve("routes").resolve(Path.of(source.name()).getFileName());
        Files.writeString(file, source.text());
      }
    }

    List<Finding> findings = new RouteCheck(Places.find(folder, null, null)).findings();

    assertThat(findings).singleElement().matches(finding -> !finding.isFault());
    assertThat(findings.get(0).text())
        .contains("alerts.camel.yaml: its routes stand in no file of the folder of routes");
  }

  @Test
  void what_only_camel_itself_refuses_is_told() {
    assertThat(texts(GOOD.replace("timer:tick", "timer:tick?period=5")))
        .singleElement()
        .asString()
        .contains("Camel does not load it");
  }

  private List<Finding> findings(String text) {
    write("z", text);
    return new RouteCheck(Places.find(folder, null, null)).findings();
  }

  private List<String> texts(String text) {
    return findings(text).stream()
        .map(f -> f.line() + ": " + f.what() + ". " + f.remedy())
        .toList();
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve("routes/" + name + ".camel.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
