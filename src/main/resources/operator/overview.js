// The first page: how the service does, the systems, the last hour, the last changes.

import { h, when, withTimes, number, bytes, duration, systemName, fieldName, show } from "./dom.js";
import { flow } from "./flow.js";

const INDICATORS = {
  "cycles complete": "Cycles complete",
  "contacts being synced": "Contacts being synced",
  "error rate": "Error rate",
  "last sync recent": "Last sync recent",
};

function indicator(i) {
  return h(
    "li.card.indicator",
    { "data-key": i.name, class: `card indicator ${i.good ? "good" : "bad"}` },
    h("h3", {}, INDICATORS[i.name] || i.name),
    h("p.state", {}, h("i.mark", { "aria-hidden": "true" }, i.good ? "✓" : "!"), i.good ? "Good" : "Needs a look"),
    h("p.detail", {}, withTimes(i.detail)),
  );
}

const STATES = {
  running: "in sync",
  "read-only": "read only",
  paused: "paused",
  stopped: "stopped",
  failing: "failing",
  held: "held",
  "over-budget": "over budget",
};

/** What a state means for what people do, where it is not plain. */
const MEANS = {
  "read-only": "It is read, and never written.",
  paused: "It is neither read nor written until it is resumed.",
  stopped: "Its routes were stopped; nothing is lost, it is caught up with when they start.",
};

function figure(name, value, alarming) {
  return h("div", { class: alarming ? "alarming" : null }, h("dt", {}, name), h("dd", {}, value));
}

function budget(s) {
  if (s.callsPerMinute === null) {
    return figure("Calls made", number(s.calls));
  }
  return h(
    "div.budget",
    {},
    h("dt", {}, "Calls left"),
    h(
      "dd",
      {},
      h("meter", { min: 0, max: s.callsPerMinute, value: s.callsLeft, "aria-label": "Calls left" }),
      `${number(s.callsLeft)} of ${number(s.callsPerMinute)} a minute`,
    ),
  );
}

function billed(s) {
  if (s.billedToday === null) {
    return null;
  }
  if (s.billedMost === null) {
    return figure("Billed today", bytes(s.billedToday));
  }
  return h(
    "div",
    { class: s.billedToday > s.billedMost ? "budget alarming" : "budget" },
    h("dt", {}, "Billed today"),
    h(
      "dd",
      {},
      h("meter", { min: 0, max: s.billedMost, high: s.billedMost * 0.9, value: s.billedToday, "aria-label": "Billed today" }),
      `${bytes(s.billedToday)} of ${bytes(s.billedMost)}`,
    ),
  );
}

function stateOf(s) {
  return s.due > 0 && s.state === "running" ? "writing" : STATES[s.state] || s.state;
}

function button(system, s) {
  if (s.state === "stopped") {
    return h("button.quiet", { type: "button", "data-action": "start", "data-system": system, "aria-label": `Start ${systemName(system)}` }, "Start");
  }
  const paused = s.state === "paused";
  return h(
    "button.quiet",
    {
      type: "button",
      "data-action": paused ? "resume" : "pause",
      "data-system": system,
      "aria-label": `${paused ? "Resume" : "Pause"} ${systemName(system)}`,
    },
    paused ? "Resume" : "Pause",
  );
}

function systemCard([system, s]) {
  return h(
    "section",
    {
      class: `card system ${system} ${s.state}${s.due > 0 ? " busy" : ""}`,
      id: `system-${system}`,
      "aria-labelledby": `name-${system}`,
    },
    h(
      "header",
      {},
      h("i", { class: `dot ${system}`, "aria-hidden": "true" }),
      h("h3", { id: `name-${system}` }, systemName(system)),
      h("span", { class: `pill ${s.state}` }, stateOf(s)),
    ),
    h(
      "p.count",
      {},
      h("strong", {}, number(s.contacts)),
      system === "bigquery" ? " records · the record of truth" : " records",
    ),
    h(
      "dl",
      {},
      figure("Due", number(s.due), s.lagSeconds > 900),
      figure("Lag", s.due > 0 ? duration(s.lagSeconds) : "none", s.lagSeconds > 900),
      figure("Last read", when(s.lastRead)),
      figure("Last write", when(s.lastWritten)),
      figure("Held", number(s.held), s.held > 0),
      figure("Parked", number(s.parked), s.parked > 0),
      budget(s),
      billed(s),
    ),
    MEANS[s.state] ? h("p.plain.means", {}, MEANS[s.state]) : null,
    s.failure ? h("p.failure", { role: "alert" }, s.failure) : null,
    s.stoppedRoutes.length
      ? h("p.failure", { role: "alert" }, `Stopped routes: ${s.stoppedRoutes.join(", ")}`)
      : null,
    h("footer", { "data-key": "footer" }, button(system, s)),
  );
}

/** Not told: it follows from other fields. */
const DERIVED = "name_normalized";

const MOST_FIELDS = 3;

/** Changes of one contact that came together are one. */
export function together(changes) {
  const groups = [];
  for (const c of changes.filter((one) => one.field !== DERIVED)) {
    const last = groups[groups.length - 1];
    if (last && last[0].contactId === c.contactId && last[0].version === c.version && last[0].by === c.by) {
      last.push(c);
    } else {
      groups.push([c]);
    }
  }
  return groups;
}

function what(c) {
  if (c.field === "deleted") {
    return h("p.change", {}, h("strong", {}, c.after ? "deleted" : "restored"));
  }
  return h(
    "p.change",
    {},
    h("b", {}, fieldName(c.field), " "),
    c.before === null ? null : [h("del", {}, show(c.before)), h("span.arrow", { "aria-label": "became" }, " → ")],
    h("ins", {}, show(c.after)),
  );
}

/**
 * A line of a history.
 *
 * @param name of the contact, with a link to it; undefined where all are of one
 * @param more what else is told of it
 */
export function change(group, name, more) {
  const first = group[0];
  const isNew = group.length > MOST_FIELDS && group.every((c) => c.before === null);
  const shown = isNew ? [] : group.length > 12 ? group.slice(0, 12) : group;
  return h(
    "tr",
    {},
    h("td.when", {}, when(first.recordedAt)),
    name === undefined ? null : h("td.who", {}, h("a", { href: `#/contacts/${encodeURIComponent(first.contactId)}` }, h("bdi", {}, name))),
    h(
      "td.values",
      {},
      isNew ? h("p.change", {}, `${group.length} fields: `, h("span.empty", {}, group.map((c) => fieldName(c.field)).join(", "))) : null,
      shown.map(what),
      shown.length < group.length && !isNew ? h("p.plain", {}, `and ${group.length - shown.length} more fields`) : null,
    ),
    h("td.by", {}, h("i", { class: `dot ${first.by}`, "aria-hidden": "true" }), systemName(first.by)),
    more === undefined ? null : h("td.more", {}, more),
  );
}

function recent(overview) {
  if (overview.recent.length === 0) {
    return h("p.plain", {}, "Nothing has changed yet.");
  }
  return h(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": "Recent changes" },
    h(
      "table.changes",
      {},
      h("thead", {}, h("tr", {}, ["When", "Contact", "Change", "By"].map((t) => h("th", { scope: "col" }, t)))),
      h(
        "tbody",
        {},
        together(overview.recent.map((r) => r.change))
          .slice(0, 12)
          .map((group) => change(group, overview.names[group[0].contactId] || "(gone)")),
      ),
    ),
  );
}

/** Routes that belong to no system are told above all. */
function routes(o) {
  const told = new Set(Object.values(o.systems).flatMap((s) => s.stoppedRoutes));
  const others = o.stoppedRoutes.filter((id) => !told.has(id));
  const words = [
    ...(others.length ? [`Stopped routes: ${others.join(", ")}`] : []),
    ...o.routeFaults.map((fault) => `An edit of a route was not taken: ${fault}`),
  ];
  return words.length
    ? h("section.card.trouble", { role: "alert", "aria-label": "Routes" }, words.map((w) => h("p.failure", {}, w)))
    : null;
}

function inOrder(o) {
  return o.status.healthy && o.stoppedRoutes.length === 0 && o.routeFaults.length === 0;
}

export function overview(o) {
  const waiting = o.status.held + o.status.parked + o.status.toSettle;
  const systems = Object.keys(o.systems);
  return [
    h(
      "div.headline",
      {},
      h("h1", { tabindex: "-1" }, inOrder(o) ? "Everything is in order" : "Something needs a look"),
      h(
        "p.lead",
        {},
        `${number(o.status.contacts)} contacts in ${systems.length} ${systems.length === 1 ? "system" : "systems"}`,
        o.ready ? "" : " · the service is starting",
        waiting > 0
          ? [" · ", h("a", { href: "#/decisions" }, `${number(waiting)} ${waiting === 1 ? "waits" : "wait"} for a decision`)]
          : "",
      ),
    ),
    routes(o),
    h(
      "section",
      { "aria-labelledby": "health" },
      h("h2.hidden", { id: "health" }, "Health"),
      h("ul.indicators", {}, o.status.indicators.map(indicator)),
    ),
    h(
      "section",
      { "aria-labelledby": "systems" },
      h("h2.hidden", { id: "systems" }, "Systems"),
      h("div.systems", { class: `systems of-${systems.length}` }, Object.entries(o.systems).map(systemCard)),
    ),
    h(
      "section.card",
      { "aria-labelledby": "hour" },
      h("h2", { id: "hour" }, "The last hour"),
      flow(o.flow, systems),
    ),
    h("section.card", { "aria-labelledby": "recent" }, h("h2", { id: "recent" }, "Recent changes"), recent(o)),
  ];
}
