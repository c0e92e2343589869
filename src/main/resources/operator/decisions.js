// What waits for a person: held changes, conflicts, dead letters.

import { h, when, show, systemName, fieldName } from "./dom.js";
import { get, names as namesOf } from "./api.js";

const WHY = {
  AMBIGUOUS: "Could be more than one contact",
  TOO_MANY_DELETIONS: "Many deletions at once",
  TOO_MANY_CHANGES: "One field changed in many contacts",
  EMPTY_SOURCE: "The system was suddenly empty",
  SOURCE_RESTORED: "The system was restored from a backup, or is another one",
  DUPLICATE_ID: "Two records carry one id",
};

const SHOWN = 100;

export async function load() {
  const [held, conflicts, letters] = await Promise.all([
    get("/api/held"),
    get("/api/conflicts"),
    get("/api/dead-letters"),
  ]);
  const lists = { held: held.held, conflicts: conflicts.conflicts, letters: letters.deadLetters };
  lists.names = await names(lists);
  return lists;
}

const isEdit = (conflict) => conflict.kind === "EDIT";

/** Of each list of conflicts those that are shown. */
function shownOf(conflicts) {
  const meetings = conflicts.filter((c) => !isEdit(c));
  return [...conflicts.filter(isEdit).slice(0, SHOWN), ...meetings.slice(0, SHOWN)];
}

/** Of the contacts that are shown. */
async function names({ held, conflicts, letters }) {
  return namesOf([
    ...held.slice(0, SHOWN).flatMap((item) => [item.contactId, ...item.candidates]),
    ...shownOf(conflicts).map((c) => c.contactId),
    ...letters.slice(0, SHOWN).map((d) => d.contactId),
  ]);
}

function link(id, text) {
  return id ? h("a", { href: `#/contacts/${encodeURIComponent(id)}` }, h("bdi", {}, text || "the contact")) : "";
}

const FIRST = ["first_name", "last_name", "organization", "emails", "phones", "job_title", "notes"];

function place(field) {
  const at = FIRST.indexOf(field);
  return at < 0 ? FIRST.length : at;
}

function observed(observation) {
  let json;
  try {
    json = JSON.parse(observation);
  } catch (e) {
    return null;
  }
  const values = json && json.values ? json.values : {};
  const told = Object.entries(values)
    .filter(([, value]) => value !== null && value !== false)
    .sort(([a], [b]) => place(a) - place(b));
  if (told.length === 0) {
    return null;
  }
  return h("dl.told", {}, told.slice(0, 12).map(([field, value]) => h("div", {}, h("dt", {}, fieldName(field)), h("dd", {}, show(value)))));
}

function heldItem(item, names) {
  const ambiguous = item.candidates.length > 0;
  return h(
    "li.card.decision",
    { "data-key": `held-${item.id}`, id: `held-${item.id}` },
    h("header", {}, h("h3", { tabindex: "-1" }, WHY[item.why] || item.why), h("span.meta", {}, h("i", { class: `dot ${item.system}`, "aria-hidden": "true" }), systemName(item.system), " · ", when(item.at))),
    h("p", {}, item.reason, " ", link(item.contactId, names[item.contactId])),
    observed(item.observation),
    ambiguous
      ? h(
          "fieldset",
          { "data-keep": true },
          h("legend", {}, "This record is"),
          item.candidates.map((c, i) =>
            h("label", {}, h("input", { type: "radio", name: `contact-${item.id}`, value: c, checked: i === 0 }), " ", link(c, names[c] || `contact ${i + 1}`)),
          ),
          h("label", {}, h("input", { type: "radio", name: `contact-${item.id}`, value: "" }), " somebody of their own"),
        )
      : null,
    h(
      "footer",
      {},
      h("button", { type: "button", "data-action": "approve", "data-id": item.id }, "Approve"),
      h("button.quiet", { type: "button", "data-action": "refuse", "data-id": item.id }, "Refuse"),
    ),
  );
}

function side(title, value, by, at, chosen) {
  return h(
    "div",
    { class: chosen ? "side kept" : "side" },
    h("h4", {}, title),
    h("p.value", {}, show(value)),
    h("p.meta", {}, h("i", { class: `dot ${by}`, "aria-hidden": "true" }), systemName(by), " · ", when(at)),
  );
}

export function conflictItem(c, names = {}) {
  const waits = c.status === "WAITING";
  return h(
    "li.card.decision",
    { "data-key": `conflict-${c.id}`, id: `conflict-${c.id}` },
    h("header", {}, h("h3", { tabindex: "-1" }, c.field === "deleted" ? "Deletion" : fieldName(c.field)), h("span.meta", {}, link(c.contactId, names[c.contactId]), " · ", when(c.foundAt))),
    h(
      "div.sides",
      {},
      side(waits ? "One value" : "Kept", c.kept, c.keptBy, c.keptAt, !waits),
      side(waits ? "The other value" : "Gave way", c.lost, c.lostBy, c.lostAt, false),
    ),
    c.status === "RESOLVED"
      ? h("p.meta", {}, "Decided by a person")
      : h(
          "footer",
          {},
          h("button", { type: "button", class: waits ? null : "quiet", "data-action": "resolve", "data-id": c.id, "data-choice": "kept" }, waits ? `Take ${systemName(c.keptBy)}'s` : "Keep it so"),
          h("button", { type: "button", class: waits ? null : "quiet", "data-action": "resolve", "data-id": c.id, "data-choice": "lost" }, waits ? `Take ${systemName(c.lostBy)}'s` : "Take the other"),
        ),
  );
}

function letterItem(d, names) {
  return h(
    "li.card.decision",
    { "data-key": `letter-${d.id}`, id: `letter-${d.id}` },
    h("header", {}, h("h3", { tabindex: "-1" }, d.reason), h("span.meta", {}, h("i", { class: `dot ${d.target}`, "aria-hidden": "true" }), systemName(d.target), " · ", `${d.attempts} ${d.attempts === 1 ? "attempt" : "attempts"} · `, when(d.lastAt))),
    h("p", {}, d.direction === "DELIVER" ? "Could not be written: " : "Could not be read: ", d.contactId ? link(d.contactId, names[d.contactId]) : h("code", {}, d.externalId || "a record")),
    d.payload ? h("details", { "data-keep": true }, h("summary", {}, "What was refused"), h("pre", {}, pretty(d.payload))) : null,
    h("footer", {}, h("button", { type: "button", "data-action": "replay", "data-id": d.id }, "Try again"), h("button.quiet", { type: "button", "data-action": "discard", "data-id": d.id }, "Discard")),
  );
}

const SHARED = { email: "They share an email", phone: "They share a phone number" };

/** Which of a group becomes part of which is a person's choice. */
function groupItem(group, names) {
  const key = group.contacts.join("+");
  const name = (id) => names[id] || "a contact";
  return h(
    "li.card.decision",
    { "data-key": `duplicate-${key}` },
    h("header", {}, h("h3", { tabindex: "-1" }, SHARED[group.shared] || group.shared), h("span.meta", {}, group.systems.length ? `twice in ${group.systems.map(systemName).join(", ")}` : "")),
    h(
      "form",
      { "data-form": "merge", "data-keep": true },
      ["stays", "goes"].map((part, which) =>
        h(
          "fieldset",
          {},
          h("legend", {}, which === 0 ? "This one stays" : "and this one becomes part of it"),
          group.contacts.map((id, i) =>
            h("label", {}, h("input", { type: "radio", name: part, value: id, checked: i === which }), " ", link(id, name(id))),
          ),
        ),
      ),
      h("footer", {}, h("button", { type: "submit" }, "Merge…")),
    ),
  );
}

export async function loadDuplicates() {
  const { groups } = await get("/api/duplicates");
  return { groups, names: await namesOf(groups.slice(0, SHOWN).flatMap((g) => g.contacts)) };
}

function duplicates(found) {
  const look = h("button.quiet", { type: "button", "data-action": "duplicates" }, found ? "Look again" : "Look for them");
  if (!found) {
    return h(
      "section",
      { "aria-labelledby": "duplicates" },
      h("div.headline", {}, h("h2", { id: "duplicates" }, "Duplicates"), look),
      h("p.plain", {}, "Contacts that may be one person, as they share an email or a phone number."),
    );
  }
  return list("duplicates", "Duplicates", found.groups, "No two contacts look like one person.", groupItem, found.names, look);
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch (e) {
    return json;
  }
}

function list(id, title, items, none, item, names, more) {
  return h(
    "section",
    { "aria-labelledby": id },
    h("div.headline", {}, h("h2", { id }, `${title} (${items.length})`), more),
    items.length === 0 ? h("p.plain", {}, none) : h("ul.decisions", {}, items.slice(0, SHOWN).map((one) => item(one, names))),
    items.length > SHOWN ? h("p.plain", {}, `and ${items.length - SHOWN} more`) : null,
  );
}

export function decisions(state) {
  if (!state.lists) {
    return [h("h1", { tabindex: "-1" }, "Decisions"), h("p.plain", {}, "Looking…")];
  }
  const { held, conflicts, letters, names } = state.lists;
  const edits = conflicts.filter(isEdit);
  const meetings = conflicts.filter((c) => !isEdit(c));
  return [
    h("h1", { tabindex: "-1" }, "Decisions"),
    list("held", "Held", held, "Nothing waits for a decision.", heldItem, names),
    list(
      "letters",
      "Dead letters",
      letters,
      "No record was refused.",
      letterItem,
      names,
      letters.length > 1 ? h("button.quiet", { type: "button", "data-action": "replay-all" }, "Try all again") : null,
    ),
    duplicates(state.duplicates),
    list("conflicts", "Conflicts", edits, "Nobody's edit gave way to another.", conflictItem, names),
    meetings.length
      ? list("meetings", "Differences at the first meeting", meetings, "", conflictItem, names)
      : null,
  ];
}
