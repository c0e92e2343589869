package truthforge.sync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;

@AnalyzeClasses(packages = "truthforge.sync", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String[] PURE = {
    "truthforge.sync.contact..", "truthforge.sync.mapping..", "truthforge.sync.merge.."
  };

  @ArchTest
  static final ArchRule the_core_knows_neither_routes_nor_databases_nor_networks =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.camel..",
              "java.sql..",
              "javax.sql..",
              "com.zaxxer..",
              "java.net.http..",
              "truthforge.sync.systems..",
              "truthforge.sync.flow..")
          .because("the same core runs in the service and in simulations");

  @ArchTest
  static final ArchRule the_core_does_not_look_at_a_clock =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class)
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(Instant.class, "now")
          .because("the same arguments must always give the same result");

  @ArchTest
  static final ArchRule the_flow_is_handed_its_clock_and_its_ledger =
      noClasses()
          .that()
          .resideInAPackage("truthforge.sync.flow..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.camel..", "java.sql..", "javax.sql..")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .because("a simulation decides what time it is and where it crashes");

  @ArchTest
  static final ArchRule only_the_door_opens_the_sandbox =
      noClasses()
          .that()
          .resideOutsideOfPackages("truthforge.sync.sandbox..", "truthforge.sync.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("truthforge.sync.sandbox..")
          .because("the service must not tell stand-ins from the real systems");

  @ArchTest
  static final ArchRule stand_ins_do_not_share_code_with_the_adapters_that_they_try =
      noClasses()
          .that()
          .resideInAPackage("truthforge.sync.sandbox..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("truthforge.sync.systems..")
          .because("a mistake in shared code would agree with itself");

  @ArchTest
  static final ArchRule contacts_know_nothing_but_contacts =
      classes()
          .that()
          .resideInAPackage("truthforge.sync.contact..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "truthforge.sync.contact..",
              "java..",
              "com.fasterxml.jackson..",
              "com.google.i18n.phonenumbers..")
          .because("everything else builds on them");
}
