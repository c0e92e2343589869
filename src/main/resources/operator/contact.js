// One contact: its fields in every system side by side, and its history.

import { h, when, show, systemName, fieldName } from "./dom.js";
import { change, together } from "./overview.js";

/** What can be done with a line of the history, and where its trace is. */
function more(c, group) {
  const version = group[0].version;
  const trace = c.traces[version];
  return [
    version < c.version
      ? h("button.quiet.small", { type: "button", "data-action": "revert", "data-id": c.id, "data-version": version, "aria-label": `Put back to version ${version}` }, "Put back")
      : null,
    trace ? h("code", { title: `Trace ${trace}` }, trace.slice(0, 8)) : null,
  ];
}

function erase(c) {
  return h(
    "section.card",
    { "aria-labelledby": "erase" },
    h("h2", { id: "erase" }, "Forget this person"),
    h("p.plain", {}, "Erases the contact in every system and in the history, for good, and keeps it erased. It cannot be taken back."),
    h("div.row", {}, h("button.quiet.grave", { type: "button", "data-action": "forget", "data-id": c.id, "data-name": c.name }, "Forget…")),
  );
}

const HOLDS = {
  SAME: "",
  DUE: "on its way",
  DIFFERENT: "different",
  CANNOT: "no place for it",
  UNKNOWN: "not read yet",
};

function empty(value) {
  return value === null || value === undefined;
}

function cell(system, c, canonical) {
  const classes = `cell ${c.holds.toLowerCase()}`;
  if (c.holds === "SAME") {
    const differs = JSON.stringify(c.value) !== JSON.stringify(canonical);
    return h("td", { class: classes }, show(c.value), c.note ? h("small", {}, c.note) : differs ? h("small", {}, "as it writes it") : null);
  }
  if (c.holds === "CANNOT" || c.holds === "UNKNOWN") {
    return h("td", { class: classes }, h("span.empty", { title: c.note || HOLDS[c.holds] }, c.holds === "CANNOT" ? "—" : HOLDS.UNKNOWN));
  }
  return h("td", { class: classes }, h("mark", {}, c.known ? show(c.value) : c.note), h("small", {}, HOLDS[c.holds]));
}

function row(f, systems) {
  return h(
    "tr",
    { "data-key": f.name, id: `field-${f.name}` },
    h("th", { scope: "row" }, fieldName(f.name)),
    h("td.canonical", {}, show(f.value), f.by ? h("small", {}, h("i", { class: `dot ${f.by}`, "aria-hidden": "true" }), systemName(f.by), " · ", when(f.at)) : null),
    systems.map((system) => cell(system, f.systems[system], f.value)),
  );
}

function record(system, r) {
  return h(
    "th",
    { scope: "col" },
    h("i", { class: `dot ${system}`, "aria-hidden": "true" }),
    systemName(system),
    h("small", {}, r.externalId ? [r.state === "free" ? "" : `${r.state} · `, "read ", when(r.readAt)] : "no record"),
    r.error ? h("small.failure", {}, r.error) : null,
  );
}

function editor(state) {
  const c = state.contact;
  const with_record = Object.keys(c.records).filter((s) => c.records[s].externalId);
  if (state.editable.length === 0 || with_record.length === 0) {
    return null;
  }
  return h(
    "form.card.edit",
    { "data-form": "edit", "data-key": "edit", "aria-labelledby": "edit-title" },
    h("h2", { id: "edit-title" }, "Be somebody who edits this contact"),
    h("p.plain", {}, "The edit is made in the system that you choose, as if by hand there. Watch it arrive in the others below."),
    h(
      "div.row",
      { "data-keep": true },
      h("label", {}, "In", h("select", { name: "system" }, with_record.map((s) => h("option", { value: s }, systemName(s))))),
      h("label", {}, "set", h("select", { name: "field" }, state.editable.map((f) => h("option", { value: f, selected: f === "job_title" }, fieldName(f))))),
      h("label.grow", {}, "to", h("input", { name: "value", autocomplete: "off" })),
      h("button", { type: "submit" }, "Edit"),
    ),
  );
}

export function contact(state) {
  const c = state.contact;
  if (!c) {
    return [h("h1", { tabindex: "-1" }, "Contact"), h("p.plain", {}, "Looking…")];
  }
  if (c.gone) {
    return [
      h("p.crumb", {}, h("a", { href: "#/contacts" }, "Contacts")),
      h("h1", { tabindex: "-1" }, "Contact"),
      h("p.plain", { role: "status" }, `${c.gone.charAt(0).toUpperCase()}${c.gone.slice(1)}.`),
    ];
  }
  const systems = Object.keys(c.records);
  const filled = c.fields.filter(
    (f) => !empty(f.value) || Object.values(f.systems).some((s) => !empty(s.value)),
  );
  return [
    h("p.crumb", {}, h("a", { href: "#/contacts" }, "Contacts")),
    h(
      "div.headline",
      {},
      h("h1", { tabindex: "-1" }, h("bdi", {}, c.name)),
      h("p.lead", {}, c.deleted ? h("span.pill.failing", {}, "deleted") : null, ` version ${c.version} · `, h("code", {}, c.id)),
    ),
    editor(state),
    state.waiting,
    h(
      "section.card",
      { "aria-labelledby": "fields" },
      h("h2", { id: "fields" }, "Fields"),
      h(
        "div.scroll",
        { tabindex: "0", role: "region", "aria-label": "Fields by system" },
        h(
          "table.fields",
          {},
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Field"), h("th", { scope: "col" }, "Agreed"), systems.map((s) => record(s, c.records[s])))),
          h("tbody", {}, filled.map((f) => row(f, systems))),
        ),
      ),
    ),
    h(
      "section.card",
      { "aria-labelledby": "history" },
      h("h2", { id: "history" }, "History"),
      c.history.length === 0
        ? h("p.plain", {}, "Nothing is kept.")
        : h(
            "div.scroll",
            { tabindex: "0", role: "region", "aria-label": "History" },
            h(
              "table.changes",
              {},
              h("thead", {}, h("tr", {}, ["When", "Change", "By"].map((t) => h("th", { scope: "col" }, t)), h("th", { scope: "col" }, h("span.hidden", {}, "What to do")))),
              h("tbody", {}, together(c.history).map((group) => change(group, undefined, more(c, group)))),
            ),
          ),
    ),
    erase(c),
  ];
}
