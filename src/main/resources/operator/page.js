// The shell: logging in, navigation, live updates, and what buttons do.

import { h, morph, show, setClock, keepTimes, systemName, fieldName, number, confirmed } from "./dom.js";
import * as api from "./api.js";
import { overview } from "./overview.js";
import * as contactList from "./contacts.js";
import { contact } from "./contact.js";
import * as decisionLists from "./decisions.js";

const main = document.getElementById("main");
const top_ = document.getElementById("top");

const state = {
  page: "overview",
  id: null,
  overview: null,
  query: "",
  contacts: [],
  next: null,
  loading: false,
  contact: null,
  lists: null,
  duplicates: null,
};
let events = null;

function say(words, bad = false) {
  const said = document.getElementById("said");
  said.replaceChildren(h("p", { class: bad ? "bad" : null }, words));
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.replaceChildren(), bad ? 12000 : 5000);
}

// What is shown

function content() {
  switch (state.page) {
    case "contacts":
      return contactList.contacts(state);
    case "contact":
      return contact({
        contact: state.contact,
        editable: state.overview ? state.overview.editable : [],
        waiting: state.contact && !state.contact.gone && state.contact.conflicts.length
          ? h("ul.decisions", {}, state.contact.conflicts.map((c) => decisionLists.conflictItem(c)))
          : null,
      });
    case "decisions":
      return decisionLists.decisions(state);
    default:
      return state.overview ? overview(state.overview) : [h("h1", { tabindex: "-1" }, "Overview"), h("p.plain", {}, "Looking…")];
  }
}

function render() {
  const next = h("main", {});
  next.append(...content().filter(Boolean));
  main.dataset.page = state.page;
  morph(main, next);
}

function renderTop() {
  for (const link of top_.querySelectorAll("nav a")) {
    const here = link.dataset.page === state.page || (link.dataset.page === "contacts" && state.page === "contact");
    link.toggleAttribute("aria-current", here);
    if (here) {
      link.setAttribute("aria-current", "page");
    }
  }
  const badge = document.getElementById("decisions");
  const waiting = state.overview
    ? state.overview.status.held + state.overview.status.parked + state.overview.status.toSettle
    : 0;
  badge.hidden = waiting === 0;
  badge.textContent = number(waiting);
}

// Where we are

async function navigate(focus) {
  const [, page, id] = (location.hash || "#/").split("/");
  const at = page === "contacts" ? (id ? "contact" : "contacts") : page === "decisions" ? "decisions" : "overview";
  if (at !== state.page || at === "contact") {
    state.contact = null;
    state.lists = null;
  }
  state.page = at;
  state.id = id ? decodeURIComponent(id) : null;
  main.replaceChildren();
  render();
  renderTop();
  if (focus) {
    (main.querySelector("h1") || main).focus();
  }
  await refresh();
  document.title = `${(main.querySelector("h1") || { textContent: "" }).textContent} · Truth Forge Sync`;
}

async function refresh() {
  try {
    if (state.page === "contacts") {
      await search(state.query);
    } else if (state.page === "contact") {
      const id = state.id;
      const found = await api.get(`/api/contacts/${encodeURIComponent(id)}`).catch(noContact);
      if (state.id === id) {
        state.contact = found;
        render();
      }
    } else if (state.page === "decisions") {
      state.lists = await decisionLists.load();
      render();
    }
  } catch (e) {
    failed(e);
  }
}

/** One that was forgotten, here or elsewhere, or was never there. */
function noContact(e) {
  if (e.status === 400) {
    return { gone: e.message };
  }
  throw e;
}

async function search(query) {
  state.query = query;
  const wanted = () => state.query === query && state.page === "contacts";
  let page = await contactList.load(query);
  // One answer looks through so many contacts, and no more.
  while (page.contacts.length === 0 && page.next && wanted()) {
    page = await contactList.load(query, page.next);
  }
  if (!wanted()) {
    return;
  }
  state.contacts = page.contacts;
  state.next = page.next;
  render();
}

function failed(e) {
  if (e instanceof api.Refused && e.status === 401) {
    askForToken();
  } else {
    say(e.message, true);
  }
}

// Live

function heard(yes) {
  const live = document.getElementById("live");
  const words = yes ? "live" : "not connected";
  if (live.textContent !== words) {
    live.textContent = words;
    live.classList.toggle("on", yes);
  }
}

let busy = false;

async function told(next) {
  const before = state.overview;
  setClock(next.at);
  state.overview = next;
  renderTop();
  if (state.page === "overview") {
    render();
  } else if (!busy && ((state.page === "contact" && !(state.contact && state.contact.gone) && anythingMoved(before, next)) || (state.page === "decisions" && moved(before, next)))) {
    busy = true;
    await refresh();
    busy = false;
  }
}

function moved(before, next) {
  const key = (o) => o && [o.revision, o.status.held, o.status.parked, o.status.conflicts].join();
  return key(before) !== key(next);
}

/** Whether a contact may look different now: each reading and each writing may have changed it. */
function anythingMoved(before, next) {
  const key = (o) =>
    o && JSON.stringify([o.recent[0], Object.values(o.systems).map((s) => [s.state, s.due, s.lastRead, s.lastWritten])]);
  return moved(before, next) || key(before) !== key(next);
}

function begin() {
  top_.hidden = false;
  if (events) {
    events.close();
  }
  events = api.listen(told, heard);
  events.addEventListener("error", async () => {
    try {
      await api.get("/api/status");
    } catch (e) {
      if (e.status === 401) {
        askForToken();
      }
    }
  });
  navigate(false);
}

// Logging in

function askForToken(wrong) {
  if (events) {
    events.close();
    events = null;
  }
  top_.hidden = true;
  main.dataset.page = "login";
  main.replaceChildren(
    h(
      "form.card.login",
      { "data-form": "login" },
      h("img", { src: "/assets/icon.svg", alt: "", width: 48, height: 48 }),
      h("h1", { tabindex: "-1" }, "Truth Forge Sync"),
      // Browsers that keep passwords want to know whose this one is.
      h("input", { name: "user", type: "text", value: "operator", autocomplete: "username", readonly: true, hidden: true }),
      h("label", { for: "token" }, "The operator's token"),
      h("input", { id: "token", name: "token", type: "password", required: true, autocomplete: "current-password", "aria-describedby": "hint" }),
      wrong ? h("p.failure", { role: "alert" }, wrong) : null,
      h("button", { type: "submit" }, "Log in"),
      h("p.plain", { id: "hint" }, "It is ", h("code", {}, "operate.token"), " of the configuration; where that is not set, it is in ", h("code", {}, "operator.json"), " beside the ledger."),
    ),
  );
  document.title = "Log in · Truth Forge Sync";
  document.getElementById("token").focus();
}

async function logIn(token) {
  try {
    await api.logIn(token);
    begin();
  } catch (e) {
    askForToken(e.message);
  }
}

// What buttons do

/** Asks before a value that came after the conflict is replaced, or others are settled with it. */
async function meantAsItIsNow(id, choice) {
  const { conflict, holds, together } = await api.get(`/api/conflicts/${id}`);
  if (together.length > 0) {
    return confirmed(
      "Other edits wait too",
      `There are more conflicts about ${fieldName(conflict.field)}, with other values: number ${together.join(", ")}. This decision settles them all; their values stay on the list.`,
      "Settle them all",
    );
  }
  const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
  const settled = conflict.status === "SETTLED" && conflict.field !== "deleted";
  if (!settled || same(holds, conflict.kept) || same(holds, conflict[choice])) {
    return true;
  }
  const words = (value) => `"${show(value).textContent}"`;
  return confirmed(
    "It was changed since",
    `${fieldName(conflict.field)} holds ${words(holds)} now. Put ${words(conflict[choice])} in its place?`,
    "Put in its place",
  );
}

const actions = {
  async sync() {
    await api.post("/api/sync");
    say("A cycle begins.");
  },
  async pause({ system }) {
    await api.post(`/api/systems/${system}/pause`);
    say(`${systemName(system)} is paused.`);
  },
  async resume({ system }) {
    await api.post(`/api/systems/${system}/resume`);
    say(`${systemName(system)} goes on.`);
  },
  async start({ system }) {
    await api.post(`/api/systems/${system}/start`);
    say(`${systemName(system)} was started.`);
  },
  async approve({ id }) {
    const chosen = document.querySelector(`input[name="contact-${id}"]:checked`);
    await api.post(`/api/held/${id}/approve`, chosen && chosen.value ? { contact: chosen.value } : {});
    say("Approved: it is merged with the contact as it is now.");
    await refresh();
  },
  async refuse({ id }) {
    await api.post(`/api/held/${id}/refuse`);
    say("Refused: the system gets the contact as it is.");
    await refresh();
  },
  async resolve({ id, choice }) {
    if (!(await meantAsItIsNow(id, choice))) {
      return;
    }
    await api.post(`/api/conflicts/${id}/resolve`, { choice });
    say("Decided: this value holds everywhere.");
    await refresh();
  },
  async discard({ id }) {
    await api.post(`/api/dead-letters/${id}/discard`);
    say("Discarded: it stays as it is there until it changes.");
    await refresh();
  },
  async replay({ id }) {
    await api.post("/api/dead-letters/replay", { ids: [Number(id)] });
    say("It is tried again, with what the contact holds now.");
    await refresh();
  },
  async "replay-all"() {
    const { count } = await api.post("/api/dead-letters/replay", { all: true });
    say(`${count} are tried again.`);
    await refresh();
  },
  async duplicates() {
    state.duplicates = await decisionLists.loadDuplicates();
    render();
  },
  async revert({ id, version }) {
    if (
      await confirmed(
        `Put back to version ${version}?`,
        "Every field gets the value that it had then, in all systems. It is an edit like any other: the history keeps what is replaced.",
        "Put back",
      )
    ) {
      const { fields } = await api.post(`/api/contacts/${encodeURIComponent(id)}/revert`, { version: Number(version) });
      say(fields.length ? `Put back: ${fields.map(fieldName).join(", ")}.` : "It is as it was then already.");
      await refresh();
    }
  },
  async forget({ id, name }) {
    if (
      await confirmed(
        `Forget ${name}?`,
        "The contact is erased in every system and in the history, and stays erased. It cannot be taken back.",
        "Forget for good",
        "forget",
      )
    ) {
      await api.post(`/api/contacts/${encodeURIComponent(id)}/forget`);
      say("Forgotten. The systems erase their records in the next cycles.");
      location.hash = "#/contacts";
    }
  },
  async more() {
    const page = await contactList.load(state.query, state.next);
    state.contacts = state.contacts.concat(page.contacts);
    state.next = page.next;
    render();
  },
  theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  },
  async logout() {
    await api.logOut();
    askForToken();
  },
};

const forms = {
  login: (data) => logIn(data.get("token").trim()),
  search: (data) => search(data.get("q").trim()),
  async merge(data) {
    const [stays, goes] = [data.get("stays"), data.get("goes")];
    if (stays === goes) {
      say("Choose two contacts.", true);
      return;
    }
    const name = (id) => state.duplicates.names[id] || "the one";
    if (
      await confirmed(
        "Make them one?",
        `${name(goes)} becomes part of ${name(stays)}. Empty fields are filled, lists united; values that give way are listed, and a second record in a system is deleted softly.`,
        "Merge",
      )
    ) {
      await api.post("/api/merge", { stays, goes });
      say("They are one now.");
      state.duplicates = await decisionLists.loadDuplicates();
      await refresh();
    }
  },
  async edit(data) {
    const system = data.get("system");
    const field = data.get("field");
    await api.post("/api/sandbox/edits", { system, contact: state.id, field, value: data.get("value") });
    say(`${fieldName(field)} was edited in ${systemName(system)}.`);
    await refresh();
  },
};

const pressed = new WeakSet();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-action]");
  if (!button || pressed.has(button)) {
    return;
  }
  const entry = button.closest("[data-key]");
  const beside = entry && (entry.nextElementSibling || entry.previousElementSibling);
  // Not disabled meanwhile: that would take the focus from whoever works with the keyboard.
  pressed.add(button);
  button.setAttribute("aria-disabled", "true");
  try {
    await actions[button.dataset.action](button.dataset);
  } catch (e) {
    failed(e);
  } finally {
    pressed.delete(button);
    button.removeAttribute("aria-disabled");
  }
  if (!button.isConnected && document.activeElement === document.body) {
    const heading = beside && beside.isConnected ? beside.querySelector("h3") : null;
    (heading || main.querySelector("h1") || main).focus();
  }
});

document.addEventListener("submit", async (event) => {
  const name = event.target.dataset.form;
  if (name) {
    event.preventDefault();
    try {
      await forms[name](new FormData(event.target));
    } catch (e) {
      failed(e);
    }
  }
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

window.addEventListener("hashchange", () => {
  if (!entered()) {
    navigate(true);
  }
});

/** A link that logs in; the token does not stay in the address. */
function entered() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!location.hash.startsWith("#token=")) {
    return false;
  }
  history.replaceState(null, "", "/");
  logIn(token);
  return true;
}

const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") {
  document.documentElement.dataset.theme = theme;
}
keepTimes();
if (!entered()) {
  api.get("/api/status").then(begin, (e) => (e.status === 401 ? askForToken() : failed(e)));
}
