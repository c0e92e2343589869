package truthforge.sync.operate.port;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.Decisions.Choice;
import truthforge.sync.cli.Problem;
import truthforge.sync.operate.port.Endpoint.Call;
import truthforge.sync.operate.port.Endpoint.Parameter;

/** All that the commands do, by HTTP. From this list come the routes and the OpenAPI document. */
final class Api {

  private static final int CONTACTS = 50;
  private static final int MOST_CONTACTS = 500;

  private Api() {}

  static List<Endpoint> endpoints(RunningService service) {
    return List.of(
        Endpoint.get(
            "/api/status", "status", "How the service does, per system", c -> service.status()),
        Endpoint.get(
            "/api/overview",
            "overview",
            "All that the first page shows: status, systems, the last hour, recent changes",
            c -> service.overview()),
        Endpoint.get(
                "/api/contacts",
                "contacts",
                "Contacts in the order of their ids, or those that a text is part of",
                Api.contacts(service))
            .taking(
                new Parameter(
                    "q",
                    "string",
                    false,
                    "Part of a name, email, phone number or organization; or a whole id"),
                new Parameter("after", "string", false, "next of the page before"),
                new Parameter("limit", "integer", false, "At most so many; 50 if not given")),
        Endpoint.get(
            "/api/contacts/{id}",
            "contact",
            "A contact, what each system holds of it, and its history",
            c -> service.contact(c.path("id"))),
        Endpoint.get(
            "/api/contacts/{id}/history",
            "history",
            "What happened to a contact, newest first",
            c -> service.history(c.path("id"))),
        Endpoint.get(
                "/api/names", "names", "The names of contacts, by id", c -> service.names(ids(c)))
            .taking(
                new Parameter(
                    "ids",
                    "string",
                    true,
                    "Ids of contacts, with commas; at most as many as an address of 4096"
                        + " characters holds")),
        Endpoint.get(
            "/api/conflicts",
            "conflicts",
            "Values that gave way to others, with both values",
            c -> service.conflicts()),
        Endpoint.get(
            "/api/conflicts/{id}",
            "conflict",
            "One conflict, and what the field holds now",
            c -> service.ask(d -> d.conflict(number(c)))),
        Endpoint.post(
                "/api/conflicts/{id}/resolve",
                "resolve",
                "Decides what the field is to hold: an edit like any other",
                c -> service.decide(d -> d.resolve(number(c), choice(c))))
            .with(
                new Parameter("choice", "string", true, "kept, lost, or other"),
                new Parameter("value", "", false, "Of choice other: the value"),
                new Parameter("json", "string", false, "Likewise, as JSON in a text")),
        Endpoint.get(
            "/api/duplicates",
            "duplicates",
            "Live contacts that share an email, or a phone number where their names agree",
            c -> service.ask(Decisions::duplicates)),
        Endpoint.post(
                "/api/merge",
                "merge",
                "Makes two contacts one, everywhere",
                c -> service.decide(d -> d.merge(required(c, "stays"), required(c, "goes"))))
            .with(
                new Parameter("stays", "string", true, "Id of the contact that stays"),
                new Parameter("goes", "string", true, "Id of the one that becomes part of it")),
        Endpoint.post(
                "/api/contacts/{id}/revert",
                "revert",
                "Gives every field the value that it had at a version",
                c -> service.decide(d -> d.revert(c.path("id"), version(c))))
            .with(new Parameter("version", "integer", true, "As in the history")),
        Endpoint.post(
            "/api/contacts/{id}/forget",
            "forget",
            "Erases a contact everywhere, for good, and keeps it erased",
            c -> service.decide(d -> d.forget(c.path("id")))),
        Endpoint.get(
            "/api/forgetting",
            "forgetting",
            "What is still to be erased, and where",
            c -> service.ask(Decisions::forgetting)),
        Endpoint.get(
            "/api/dead-letters/{id}",
            "deadLetter",
            "One dead letter",
            c -> service.ask(d -> d.deadLetter(number(c)))),
        Endpoint.post(
            "/api/dead-letters/{id}/discard",
            "discard",
            "Takes a dead letter off the list",
            c -> decided(service, d -> d.discard(number(c)))),
        Endpoint.get(
            "/api/held/{id}",
            "heldOne",
            "One that waits for a person",
            c -> service.ask(d -> d.heldOne(number(c)))),
        Endpoint.get(
            "/api/dead-letters",
            "deadLetters",
            "Records that a system refused",
            c -> service.deadLetters()),
        Endpoint.post(
                "/api/dead-letters/replay",
                "replay",
                "Sends anew what the contacts of these dead letters hold now",
                c -> count(service.decide(decisions -> replay(decisions, c))))
            .with(
                new Parameter("ids", "array", false, "Numbers of dead letters"),
                new Parameter("all", "boolean", false, "All of them")),
        Endpoint.get(
            "/api/held", "held", "What waits for a person, with the reason", c -> service.held()),
        Endpoint.post(
                "/api/held/{id}/approve",
                "approve",
                "Merges what is held with its contact as it is now",
                c -> decided(service, d -> d.approve(number(c), text(c, "contact"))))
            .with(
                new Parameter(
                    "contact",
                    "string",
                    false,
                    "For an ambiguous record, the contact that it belongs to; without it the"
                        + " record becomes a contact of its own")),
        Endpoint.post(
            "/api/held/{id}/refuse",
            "refuse",
            "Drops what is held; the system gets the contact as it is",
            c -> decided(service, d -> d.refuse(number(c)))),
        Endpoint.post(
            "/api/sync",
            "syncNow",
            "Begins a cycle at once, or right behind the one under way",
            c -> {
              service.syncNow();
              return count(1);
            }),
        system(
            "pause",
            "No reading and no writing until resumed, also after a restart",
            service::pause),
        system("resume", "Ends a pause", service::resume),
        system(
            "stop", "Stops the routes of the system until they are started again", service::stop),
        system("start", "Starts the routes of the system again", service::start),
        Endpoint.post(
                "/api/sandbox/edits",
                "edit",
                "Edits a contact in a system, as a person does there; in the sandbox only",
                c -> {
                  service.edit(
                      required(c, "system"),
                      required(c, "contact"),
                      required(c, "field"),
                      c.body().path("value"));
                  return count(1);
                })
            .with(
                new Parameter("system", "string", true, "Where"),
                new Parameter("contact", "string", true, "The contact's id"),
                new Parameter("field", "string", true, "By its name in the model"),
                new Parameter("value", "", false, "null clears the field")));
  }

  /** Those and the few that are no questions with one answer. */
  static List<Endpoint> described(List<Endpoint> endpoints) {
    List<Endpoint> all = new ArrayList<>(endpoints);
    all.add(
        Endpoint.post(
                "/api/session", "logIn", "Begins a session, as a cookie, with the token", null)
            .with(new Parameter("token", "string", true, "The operator's token")));
    all.add(
        new Endpoint(
            "DELETE", "/api/session", "logOut", "Ends the session", List.of(), List.of(), null));
    all.add(
        Endpoint.get(
            "/api/events",
            "events",
            "The overview as server-sent events, about once a second",
            null));
    all.add(Endpoint.get(OpenApi.PATH, "openApi", "This document", null));
    return all;
  }

  private interface OnSystem {
    void act(String system);
  }

  private static Endpoint system(String name, String summary, OnSystem action) {
    return Endpoint.post(
        "/api/systems/{system}/" + name,
        name,
        summary,
        c -> {
          action.act(c.path("system"));
          return count(1);
        });
  }

  private static Map<String, Long> count(long count) {
    return Map.of("count", count);
  }

  private static Endpoint.Work contacts(RunningService service) {
    return c -> {
      String limit = c.query("limit");
      int most = limit == null ? CONTACTS : (int) Math.min(MOST_CONTACTS, whole(limit, "limit"));
      if (most < 1) {
        throw Problem.usage("limit must be 1 or more", "");
      }
      return service.contacts(c.query("q"), c.query("after"), most);
    };
  }

  private static List<String> ids(Call call) {
    String ids = call.query("ids");
    if (ids == null) {
      throw Problem.usage("ids is missing", "");
    }
    return Arrays.stream(ids.split(",")).limit(MOST_CONTACTS).toList();
  }

  private static Map<String, Long> decided(RunningService service, Consumer<Decisions> decision) {
    return service.decide(
        decisions -> {
          decision.accept(decisions);
          return count(1);
        });
  }

  private static Choice choice(Call call) {
    return switch (required(call, "choice")) {
      case "kept" -> new Choice.Kept();
      case "lost" -> new Choice.Lost();
      case "other" ->
          new Choice.Other(
              call.body().hasNonNull("json")
                  ? call.body().get("json").asText()
                  : call.body().path("value").toString());
      default -> throw Problem.usage("the choice is none", "It is kept, lost or other");
    };
  }

  private static long version(Call call) {
    JsonNode version = call.body().path("version");
    if (!version.canConvertToLong()) {
      throw Problem.usage("version is no whole number", "See the history");
    }
    return version.longValue();
  }

  private static long replay(Decisions decisions, Call call) {
    if (call.body().path("all").asBoolean()) {
      return decisions.replayAll();
    }
    JsonNode ids = call.body().path("ids");
    if (!ids.isArray() || ids.isEmpty()) {
      throw Problem.usage("neither ids nor all was given", "Give the numbers of dead letters");
    }
    List<Long> numbers = new ArrayList<>();
    for (JsonNode id : ids) {
      if (!id.canConvertToLong()) {
        throw Problem.usage("an id is no number", "Give the numbers of dead letters");
      }
      numbers.add(id.longValue());
    }
    return decisions.replay(numbers);
  }

  private static long number(Call call) {
    return whole(call.path("id"), "the id");
  }

  private static long whole(String text, String what) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Problem.usage(what + " is no whole number", "");
    }
  }

  private static String text(Call call, String name) {
    JsonNode value = call.body().path(name);
    return value.isTextual() && !value.textValue().isBlank() ? value.textValue().strip() : null;
  }

  private static String required(Call call, String name) {
    String text = text(call, name);
    if (text == null) {
      throw Problem.usage(name + " is missing", "");
    }
    return text;
  }
}
