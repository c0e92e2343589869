// Contacts in a list, and the search.

import { h, when, systemName } from "./dom.js";
import { get } from "./api.js";

export async function load(query, after) {
  const parameters = new URLSearchParams();
  if (query) {
    parameters.set("q", query);
  }
  if (after) {
    parameters.set("after", after);
  }
  return get(`/api/contacts?${parameters}`);
}

function line(c) {
  return h(
    "tr",
    { class: c.deleted ? "deleted" : null },
    h("td", {}, h("a", { href: `#/contacts/${encodeURIComponent(c.id)}` }, h("bdi", {}, c.name)), c.deleted ? h("span.pill", {}, "deleted") : null),
    h("td", {}, c.organization || ""),
    h("td", {}, c.emails.join(", ")),
    h("td.when", {}, when(c.updatedAt)),
    h("td.by", {}, c.updatedBy ? [h("i", { class: `dot ${c.updatedBy}`, "aria-hidden": "true" }), systemName(c.updatedBy)] : ""),
  );
}

export function contacts(state) {
  return [
    h("h1", { tabindex: "-1" }, "Contacts"),
    h(
      "form.search",
      { role: "search", "data-form": "search" },
      h("label", { for: "q" }, "Name, email, phone or organization"),
      h(
        "div.row",
        {},
        h("input", { id: "q", name: "q", type: "search", autocomplete: "off", value: state.query || null }),
        h("button", { type: "submit" }, "Search"),
      ),
    ),
    state.loading
      ? h("p.plain", {}, "Looking…")
      : state.contacts.length === 0
        ? h("p.plain", {}, "Nobody was found.")
        : h(
            "div.card.scroll",
            { tabindex: "0", role: "region", "aria-label": "Contacts found" },
            h(
              "table",
              {},
              h("thead", {}, h("tr", {}, ["Name", "Organization", "Emails", "Changed", "By"].map((t) => h("th", { scope: "col" }, t)))),
              h("tbody", {}, state.contacts.map(line)),
            ),
          ),
    state.next ? h("button", { type: "button", "data-action": "more" }, "More") : null,
  ];
}
