// The service's HTTP interface.

export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const options = { method, headers: { "X-Truth-Forge": "1" }, credentials: "same-origin" };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (e) {
    throw new Refused(0, "The service cannot be reached.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refused(response.status, answer.error || `The service answered ${response.status}.`);
  }
  return answer;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
/** Characters of ids in one request, as the service takes no long addresses. */
const MOST_IDS = 3000;

/** The names of contacts by id, however many there are. */
export async function names(ids) {
  const parts = [];
  for (const id of new Set([...ids].filter(Boolean))) {
    const next = encodeURIComponent(id);
    const last = parts.length - 1;
    if (last >= 0 && parts[last].length + next.length < MOST_IDS) {
      parts[last] += `,${next}`;
    } else {
      parts.push(next);
    }
  }
  const found = await Promise.all(parts.map((part) => get(`/api/names?ids=${part}`)));
  return Object.assign({}, ...found);
}

export const logIn = (token) => ask("POST", "/api/session", { token });
export const logOut = () => ask("DELETE", "/api/session");

/** Calls back with each overview, and with whether the service is heard. */
export function listen(overview, heard) {
  const events = new EventSource("/api/events");
  events.addEventListener("overview", (event) => {
    heard(true);
    overview(JSON.parse(event.data));
  });
  events.addEventListener("trouble", () => heard(false));
  events.onerror = () => heard(false);
  return events;
}
