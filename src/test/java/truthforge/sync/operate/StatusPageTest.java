package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.EditsByPage;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.RecordEdits;
import truthforge.sync.sandbox.SampleSystems;
import truthforge.sync.sandbox.Samples;
import truthforge.sync.sandbox.StandIn.Fault;

/**
 * Issue 6: an operator clicks through the page in a real browser, with faults. The steps follow
 * each other on one service. Pictures go to {@code -Dscreenshots=FOLDER} where that is given, and
 * the number of contacts can be {@code -Dpage.contacts=1000}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StatusPageTest {

  private static final int CONTACTS = Integer.getInteger("page.contacts", 60);
  private static final String SHOTS = System.getProperty("screenshots");
  private static final String REFUSED = "Unbearable";
  private static final int WIDE = 1280;
  private static final int PHONE = 420;

  private World world;
  private Hands people;
  private AtWork work;
  private Browser browser;

  @BeforeAll
  void four_systems_with_contacts_and_a_browser(@TempDir Path folder) throws Exception {
    assumeTrue(Browser.isInstalled(), "chromium and chromium-driver are not installed");
    world = World.withoutEngine(folder, World.ALL);
    people = new Hands(world);
    SampleSystems systems =
        new SampleSystems(world.bigquery, "test", world.twenty, world.supabase, world.localUrl);
    Samples.of(CONTACTS, 7).load(systems, Instant.now());
    people.add("local", "Zebediah");
    people.add("local", REFUSED);
    refuse();
    world.set(Options.SYNC_MAX_ATTEMPTS, "1");
    work =
        new AtWork(
            world,
            service ->
                service.allowEdits(new EditsByPage(new RecordEdits(systems, Clock.systemUTC()))));
    browser = Browser.start(folder);
    browser.size(WIDE, 900);
  }

  private void refuse() {
    world.twenty.inject(
        Fault.status(
                400,
                "{\"statusCode\":400,\"error\":\"BadRequestException\",\"messages\":[\"Invalid value"
                    + " for field\"]}")
            .when(request -> request.bodyText().contains(REFUSED)));
  }

  @AfterAll
  void they_end() {
    try {
      if (browser != null) {
        browser.close();
      }
    } finally {
      if (work != null) {
        work.close();
      }
    }
  }

  @AfterEach
  void no_script_failed_and_none_was_refused() {
    assertThat(browser.complaints()).isEmpty();
  }

  private void shoot(String name, int width) throws Exception {
    if (SHOTS != null) {
      browser.screenshot(Path.of(SHOTS, name + ".png"), width);
      browser.size(WIDE, 900);
    }
  }

  private void go(String hash) {
    browser.script("location.hash = " + Browser.quoted(hash));
  }

  private String idOf(String name) {
    return work.get("/api/contacts?q=" + name).json().at("/contacts/0/id").asText();
  }

  @Test
  @Order(1)
  void a_wrong_token_is_told_and_shows_nothing() throws Exception {
    browser.open(work.url.toString());
    browser.type("#token", "a wrong token");
    browser.click("form button");

    browser.awaitText(".failure", "not the operator's token");
    assertThat(browser.has(".system")).isFalse();
  }

  @Test
  @Order(2)
  void the_token_opens_the_page_which_shows_the_four_indicators_and_the_systems_live()
      throws Exception {
    browser.type("#token", work.token);
    browser.click("form button");

    browser.awaitText("#live", "live");
    browser.awaitText("#system-twenty", "Calls left");
    assertThat(browser.script("return document.querySelectorAll('.indicator').length").asInt())
        .isEqualTo(4);
    for (String system : World.ALL) {
      assertThat(browser.text("#system-" + system)).contains("Due", "Last read", "Held", "Parked");
    }
    browser.awaitText("#system-local", "in sync");
    shoot("overview", WIDE);
    shoot("overview-phone", PHONE);
  }

  @Test
  @Order(3)
  void the_last_hour_is_a_picture_with_words() {
    assertThat(browser.script("return document.querySelectorAll('.flow rect').length").asInt())
        .isPositive();
    assertThat(browser.script("return document.querySelector('.flow svg').ariaLabel").asText())
        .contains("changes were read");
  }

  @Test
  @Order(4)
  void an_edit_made_on_the_page_in_one_system_is_seen_to_arrive_in_the_others() throws Exception {
    go("#/contacts");
    browser.type("#q", "zebediah");
    browser.click(".search button");
    browser.awaitText("tbody", "Zebediah");
    browser.click("tbody a");
    browser.awaitText("h1", "Zebediah");

    browser.click("select[name=system] option[value=twenty]");
    browser.type("input[name=value]", "Keeper of bees");
    browser.click(".edit button");

    for (int column = 2; column <= 5; column++) {
      browser.awaitText("#field-job_title > *:nth-child(" + (column + 1) + ")", "Keeper of bees");
    }
    browser.awaitText(".changes", "Keeper of bees");
    assertThat(browser.text("#field-job_title .canonical")).contains("Twenty");
    shoot("contact", WIDE);
  }

  @Test
  @Order(5)
  void a_system_that_fails_and_comes_back_is_shown_without_reloading() throws Exception {
    go("#/");
    world.supabase.inject(Fault.unreachable());
    browser.awaitText("#system-supabase", "failing");
    browser.awaitText("h1", "needs a look");
    shoot("failing", WIDE);

    world.supabase.heal();
    browser.click("[data-action=sync]");
    browser.awaitText("#system-supabase", "in sync");
  }

  @Test
  @Order(6)
  void a_system_is_paused_and_resumed_and_what_waits_for_it_is_shown() throws Exception {
    browser.click("#system-twenty footer button");
    browser.awaitText("#system-twenty", "paused");

    String id = idOf("zebediah");
    people.note("local", "Zebediah", "written meanwhile");
    go("#/contacts/" + id);
    browser.awaitText("#field-notes .cell.due", "on its way");
    shoot("on-its-way", WIDE);

    go("#/");
    browser.click("#system-twenty footer button");
    browser.awaitText("#system-twenty", "in sync");
    go("#/contacts/" + id);
    browser.awaitText("#field-notes > *:nth-child(4)", "written meanwhile");
  }

  @Test
  @Order(7)
  void a_conflict_shows_both_values_side_by_side_and_the_other_one_can_be_chosen()
      throws Exception {
    go("#/");
    for (String system : new String[] {"twenty", "local"}) {
      browser.click("#system-" + system + " footer button");
      browser.awaitText("#system-" + system, "paused");
    }
    people.note("twenty", "Zebediah", "as Twenty has it");
    long edited = System.currentTimeMillis();
    AtWork.await(() -> System.currentTimeMillis() > edited, "the other edit to be a later one");
    people.note("local", "Zebediah", "as the local one has it");
    for (String system : new String[] {"twenty", "local"}) {
      browser.click("#system-" + system + " footer button");
    }

    go("#/decisions");
    browser.awaitText("[aria-labelledby=conflicts] .sides", "as Twenty has it");
    assertThat(browser.text("[aria-labelledby=conflicts] .sides"))
        .containsSubsequence(
            "Kept", "as the local one has it", "Gave way", "as Twenty has it", "Twenty");

    people.note("supabase", "Zebediah", "what came later");
    for (String system : World.ALL) {
      AtWork.await(() -> people.notes(system).contains("what came later"), "it in " + system);
    }
    browser.click("[aria-labelledby=conflicts] [data-choice=kept]");
    browser.awaitText("dialog", "Notes holds \"what came later\" now");
    browser.click("dialog button.quiet");
    browser.awaitGone("dialog");

    browser.click("[aria-labelledby=conflicts] [data-choice=lost]");
    browser.awaitText("dialog", "Put \"as Twenty has it\" in its place?");
    browser.click("dialog button[value=go]");

    for (String system : World.ALL) {
      AtWork.await(
          () -> people.notes(system).contains("as Twenty has it"), "the other value in " + system);
    }
    AtWork.await(
        () -> people.notes("twenty").equals(people.notes("local")),
        "the other value to hold everywhere");
  }

  @Test
  @Order(8)
  void a_refused_record_is_shown_and_arrives_when_tried_again() throws Exception {
    browser.awaitText("[aria-labelledby=letters]", REFUSED);
    assertThat(browser.text("#decisions")).isNotEmpty();
    shoot("decisions", WIDE);

    world.twenty.heal();
    browser.click("[aria-labelledby=letters] [data-action=replay]");
    browser.awaitText("[aria-labelledby=letters]", "No record was refused");
    AtWork.await(() -> people.names("twenty").contains(REFUSED), "the record to arrive");
  }

  @Test
  @Order(9)
  void an_ambiguous_record_is_approved_as_what_a_person_chose() throws Exception {
    String first = "[aria-labelledby=held] li:first-child ";
    browser.awaitText("[aria-labelledby=held]", "Could be more than one contact");
    long before = held();

    browser.click(first + "label:last-of-type input");
    browser.click(first + "[data-action=approve]");

    AtWork.await(() -> held() == before - 1, "it to be decided");
    browser.awaitText("[aria-labelledby=held] h2", "Held (" + (before - 1) + ")");
  }

  @Test
  @Order(10)
  void a_held_record_is_refused() throws Exception {
    long before = held();

    browser.click("[aria-labelledby=held] li:first-child [data-action=refuse]");

    browser.awaitText("[aria-labelledby=held] h2", "Held (" + (before - 1) + ")");
    assertThat(held()).isEqualTo(before - 1);
  }

  @Test
  @Order(11)
  void a_contact_is_put_back_to_a_version_of_its_history_after_asking() throws Exception {
    go("#/contacts/" + idOf("zebediah"));
    browser.awaitText(".changes", "Put back");
    String first = ".changes tbody tr:last-child [data-action=revert]";

    browser.click(first);
    browser.awaitText("dialog", "Put back to version 1?");
    shoot("asking", WIDE);
    browser.click("dialog button.quiet");
    browser.awaitGone("dialog");
    assertThat(people.notes("local"))
        .as("What became of it: %s", work.get("/api/contacts/" + idOf("zebediah")).json())
        .contains("as Twenty has it");

    browser.click(first);
    browser.click("dialog button[value=go]");
    AtWork.await(
        () -> !people.notes("local").contains("as Twenty has it"), "the local one to be put back");
    AtWork.await(
        () -> !people.notes("twenty").contains("as Twenty has it"), "Twenty to be put back");
  }

  @Test
  @Order(12)
  void two_contacts_that_are_one_person_are_made_one() throws Exception {
    go("#/decisions");
    browser.click("[data-action=duplicates]");
    browser.awaitText("[aria-labelledby=duplicates]", "becomes part of it");
    int groups = duplicates();
    shoot("duplicates", WIDE);

    browser.click("[aria-labelledby=duplicates] li:first-child button[type=submit]");
    browser.awaitText("dialog", "Make them one?");
    browser.click("dialog button[value=go]");

    AtWork.await(() -> duplicates() < groups, "them to be one");
  }

  private int duplicates() {
    return work.get("/api/duplicates").json().get("groups").size();
  }

  @Test
  @Order(13)
  void a_system_whose_routes_were_stopped_is_shown_and_loses_nothing() throws Exception {
    go("#/");
    work.post("/api/systems/twenty/stop", "");
    browser.awaitText("#system-twenty", "Stopped routes: deliver-twenty, observe-twenty");
    browser.awaitText("h1", "needs a look");
    people.note("local", "Zebediah", "while it was stopped");
    shoot("stopped", WIDE);

    browser.click("#system-twenty [data-action=start]");
    browser.awaitText("#system-twenty", "in sync");
    AtWork.await(
        () -> people.notes("twenty").contains("while it was stopped"), "the edit to arrive");
  }

  @Test
  @Order(14)
  void read_only_systems_budgets_and_stopped_routes_of_no_system_are_shown_as_such() {
    String told =
        browser
            .script(
                "return (async () => { const { overview } = await import('/assets/overview.js');"
                    + "const o = await (await fetch('/api/overview')).json();"
                    + "o.systems.local.state = 'read-only';"
                    + "o.systems.bigquery.state = 'over-budget';"
                    + "o.systems.bigquery.billedToday = 3 * 2 ** 30;"
                    + "o.systems.bigquery.billedMost = 2 ** 31;"
                    + "o.stoppedRoutes = ['merge'];"
                    + "o.routeFaults = ['merge.camel.yaml:3: is no YAML'];"
                    + "const page = document.createElement('div');"
                    + "page.append(...overview(o).filter(Boolean));"
                    + "return page.textContent; })();")
            .asText();

    assertThat(told)
        .contains("read only", "It is read, and never written.")
        .contains("over budget", "Billed today3 GiB of 2 GiB")
        .contains("Stopped routes: merge", "not taken: merge.camel.yaml:3: is no YAML");
  }

  @Test
  @Order(15)
  void decisions_about_hundreds_of_contacts_are_shown_with_their_names() {
    String id = idOf("zebediah");

    String told =
        browser
            .script(
                "return (async () => { const { load } = await import('/assets/decisions.js');"
                    + "const some = () => crypto.randomUUID();"
                    + "const held = Array.from({ length: 100 }, () =>"
                    + " ({ contactId: some(), candidates: [some(), some()] }));"
                    + "held[99].contactId = "
                    + Browser.quoted(id)
                    + ";"
                    + "const ask = window.fetch;"
                    + "window.fetch = (path, options) => path === '/api/held'"
                    + " ? Promise.resolve(new Response(JSON.stringify({ held })))"
                    + " : ask(path, options);"
                    + "try { return JSON.stringify((await load()).names); }"
                    + " finally { window.fetch = ask; } })();")
            .asText();

    assertThat(told).contains(id, "Zebediah");
  }

  @Test
  @Order(16)
  void what_was_chosen_for_one_decision_stays_when_another_is_taken_off_the_list() {
    String told =
        browser
            .script(
                "return (async () => { const { decisions } = await import('/assets/decisions.js');"
                    + "const { h, morph } = await import('/assets/dom.js');"
                    + "const held = [1, 2, 3].map(id => ({ id, why: 'AMBIGUOUS', system: 'local',"
                    + " at: '2026-01-01T00:00:00Z', reason: '', observation: '{}',"
                    + " candidates: ['a', 'b'] }));"
                    + "const page = h('main', {}); document.body.append(page);"
                    + "const show = items => { const next = h('main', {});"
                    + " next.append(...decisions({ lists:"
                    + " { held: items, conflicts: [], letters: [], names: {} } }).filter(Boolean));"
                    + " morph(page, next); };"
                    + "const chosen = () => [...page.querySelectorAll('input:checked')]"
                    + ".map(one => one.name + '=' + one.value).join(' ');"
                    + "show(held);"
                    + "page.querySelector('#held-2 label:last-of-type input').click();"
                    + "page.querySelector('#held-3 input[value=b]').click();"
                    + "show(held.slice(1)); const less = chosen();"
                    + "show(held); const more = chosen();"
                    + "page.remove(); return less + '; ' + more; })();")
            .asText();

    assertThat(told).isEqualTo("contact-2= contact-3=b; contact-1=a contact-2= contact-3=b");
  }

  @Test
  @Order(17)
  void a_person_is_forgotten_only_after_the_word_was_typed() throws Exception {
    String id = idOf("zebediah");
    go("#/contacts/" + id);
    browser.click("[data-action=forget]");
    browser.awaitText("dialog", "Forget Zebediah");
    assertThat(browser.script("return document.querySelector('dialog [value=go]').disabled"))
        .hasToString("true");
    shoot("forget", WIDE);

    browser.type("dialog input", "forget");
    browser.click("dialog [value=go]");

    browser.awaitText("h1", "Contacts");
    for (String system : World.ALL) {
      AtWork.await(() -> !people.names(system).contains("Zebediah"), system + " to forget");
    }
    go("#/contacts/" + id);
    browser.awaitText("main", "There is no contact of this id");
  }

  private long held() {
    return work.get("/api/held").json().get("held").size();
  }

  @Test
  @Order(18)
  void it_can_be_used_with_the_keyboard_alone() throws Exception {
    browser.open(work.url.toString());
    browser.awaitText("#live", "live");

    browser.press("\uE004");
    assertThat(browser.script("return document.activeElement.className").asText())
        .isEqualTo("skip");
    browser.press("\uE007");
    assertThat(browser.script("return document.activeElement.id").asText()).isEqualTo("main");
    go("#/decisions");
    AtWork.await(
        () ->
            browser
                .script("return document.activeElement.textContent")
                .asText()
                .equals("Decisions"),
        "the heading to have the focus");
  }

  @Test
  @Order(19)
  void the_focus_stays_where_a_button_was_pressed() throws Exception {
    go("#/");
    browser.awaitText("#system-local", "in sync");
    browser.script("document.querySelector('#system-local footer button').focus()");
    browser.press("\uE007");
    browser.awaitText("#system-local footer", "Resume");
    assertThat(focused()).isEqualTo("Resume");
    browser.press("\uE007");
    browser.awaitText("#system-local footer", "Pause");
    assertThat(focused()).isEqualTo("Pause");

    go("#/decisions");
    browser.awaitText("[aria-labelledby=held]", "Could be more than one contact");
    long before = held();
    browser.script("document.querySelector('[aria-labelledby=held] [data-action=refuse]').focus()");
    browser.press("\uE007");
    browser.awaitText("[aria-labelledby=held] h2", "Held (" + (before - 1) + ")");
    AtWork.await(() -> !focused().isEmpty(), "the focus to be on what is next");
    assertThat(browser.script("return document.activeElement.closest('main') !== null").asBoolean())
        .isTrue();
  }

  private String focused() {
    return browser
        .script(
            "const e = document.activeElement;"
                + " return e === document.body ? '' : e.textContent")
        .asText();
  }

  @Test
  @Order(20)
  void everything_that_can_be_used_has_a_name_and_every_page_its_landmarks() {
    for (String page : new String[] {"#/", "#/contacts", "#/decisions"}) {
      go(page);
      assertThat(
              browser.script(
                  "return [...document.querySelectorAll('button, a, input, select')].filter(e =>"
                      + " !(e.innerText.trim() || e.ariaLabel || (e.labels && e.labels.length)))"
                      + ".length"))
          .as(page)
          .hasToString("0");
      assertThat(
              browser.script(
                  "return ['header', 'nav', 'main', 'h1', '[aria-live]'].every(s =>"
                      + " document.querySelector(s))"))
          .as(page)
          .hasToString("true");
    }
  }

  @Test
  @Order(21)
  void a_phone_needs_no_scrolling_sideways_and_the_dark_page_is_dark() throws Exception {
    go("#/");
    browser.awaitText("#system-local", "Due");
    browser.size(PHONE, 900);
    assertThat(browser.script("return document.documentElement.scrollWidth <= window.innerWidth"))
        .hasToString("true");
    browser.size(WIDE, 900);

    browser.click("[data-action=theme]");
    AtWork.await(
        () ->
            browser
                .script("return getComputedStyle(document.body).backgroundColor")
                .asText()
                .equals("rgb(17, 21, 27)"),
        "the page to be dark");
    shoot("overview-dark", WIDE);
  }

  @Test
  @Order(22)
  void after_logging_out_nothing_is_shown() throws Exception {
    browser.click("[data-action=logout]");
    browser.awaitGone(".system");
    browser.open(work.url.toString());
    browser.awaitText("main", "The operator's token");
    assertThat(browser.has(".system")).isFalse();
  }
}
