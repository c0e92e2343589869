// Small helpers to build and update the page without a framework.

const SVG = "http://www.w3.org/2000/svg";

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      node.append(child instanceof Node ? child : String(child));
    }
  }
  return node;
}

/** An element: h("div.card", {id: "x"}, "text", ...). Text never becomes markup. */
export function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) {
    node.className = classes.join(" ");
  }
  return build(node, attributes, children);
}

export function svg(name, attributes, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}

/**
 * Makes the children of one element like those of another, touching only what differs. One with a
 * key stays the same element wherever it stands, with all that a person has chosen or typed in it.
 */
export function morph(from, to) {
  const wanted = [...to.childNodes];
  const keys = new Set(wanted.map(key));
  for (const gone of [...from.childNodes].filter((node) => key(node) && !keys.has(key(node)))) {
    gone.remove();
  }
  wanted.forEach((next, i) => {
    const present = at(from, i, next);
    if (!present) {
      from.insertBefore(next, from.childNodes[i] || null);
    } else if (!alike(present, next)) {
      present.replaceWith(next);
    } else if (present.nodeType === Node.TEXT_NODE) {
      if (present.data !== next.data) {
        present.data = next.data;
      }
    } else {
      attributes(present, next);
      if (!present.hasAttribute("data-keep")) {
        morph(present, next);
      }
    }
  });
  while (from.childNodes.length > wanted.length) {
    from.lastChild.remove();
  }
}

function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

/** What is to become the next one at its place; undefined where that is a new one. */
function at(from, i, next) {
  const present = from.childNodes[i];
  if (!present || alike(present, next)) {
    return present;
  }
  const same = key(next) && [...from.childNodes].slice(i).find((node) => alike(node, next));
  if (!same) {
    return key(present) ? undefined : present;
  }
  // What is moved loses the focus, so what is in its way goes where that can be built anew.
  while (from.childNodes[i] !== same && !key(from.childNodes[i])) {
    from.childNodes[i].remove();
  }
  if (from.childNodes[i] !== same) {
    from.insertBefore(same, from.childNodes[i]);
  }
  return same;
}

function alike(one, other) {
  return (
    one.nodeType === other.nodeType &&
    one.nodeName === other.nodeName &&
    key(one) === key(other)
  );
}

function attributes(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !(name === "open" && from.nodeName === "DETAILS")) {
      from.removeAttribute(name);
    }
  }
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value) {
      from.setAttribute(name, value);
    }
  }
}

const SYSTEMS = {
  bigquery: "BigQuery",
  twenty: "Twenty",
  supabase: "Supabase",
  local: "Local",
  operator: "Operator",
};

export function systemName(system) {
  return SYSTEMS[system] || system;
}

export function fieldName(field) {
  const words = field.replaceAll("_", " ").replace(/\burl\b/, "URL").replace(/\bllm\b/, "LLM");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A value of a contact, for people. */
export function show(value) {
  if (value === null || value === undefined || value === "") {
    return h("span.empty", {}, "empty");
  }
  if (Array.isArray(value)) {
    return h("span", {}, value.join(", "));
  }
  if (typeof value === "object") {
    return h("code", {}, JSON.stringify(value));
  }
  if (typeof value === "boolean") {
    return h("span", {}, value ? "yes" : "no");
  }
  return h("span", {}, value);
}

let ahead = 0;

/** Takes note of the service's clock. */
export function setClock(iso) {
  ahead = Date.parse(iso) - Date.now();
}

function ago(iso) {
  const seconds = Math.max(0, Math.round((Date.now() + ahead - Date.parse(iso)) / 1000));
  if (seconds < 60) {
    return `${seconds} s ago`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ago`;
  }
  return seconds < 86400
    ? `${Math.floor(seconds / 3600)} h ago`
    : `${Math.floor(seconds / 86400)} d ago`;
}

/** How long ago something was; goes on by itself. */
export function when(iso) {
  if (!iso) {
    return h("span.empty", {}, "never");
  }
  return h("time", { datetime: iso, title: new Date(iso).toLocaleString() }, ago(iso));
}

export function keepTimes() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const text = ago(time.dateTime);
      if (time.textContent !== text) {
        time.textContent = text;
      }
    }
  }, 1000);
}

export function duration(seconds) {
  if (seconds < 60) {
    return `${seconds} s`;
  }
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** Text in which times of the service become times for people. */
export function withTimes(text) {
  const named = Object.entries(SYSTEMS).reduce(
    (words, [system, name]) => words.replace(new RegExp(`\\b${system}\\b`, "g"), name),
    text.replace(/\bat (?=\d{4}-)/g, "").replace(/^the last/, "The last"),
  );
  const words = named.charAt(0).toUpperCase() + named.slice(1);
  const parts = words.split(/(\d{4}-\d\d-\d\dT[\d:.]+Z)/);
  return parts.map((part, i) => (i % 2 ? when(part) : part));
}

export function clock(iso) {
  return new Date(iso).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

export function number(n) {
  return n.toLocaleString("en-GB");
}

/** In the units that BigQuery bills by. */
export function bytes(n) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toLocaleString("en-GB", { maximumFractionDigits: unit === 0 ? 0 : 1 })} ${units[unit]}`;
}

/**
 * Asks before something that is not easily taken back.
 *
 * @param word to be typed first; undefined for none
 * @returns a promise of whether to go on
 */
export function confirmed(title, words, action, word) {
  return new Promise((resolve) => {
    const go = h("button", { type: "submit", value: "go", class: word ? "grave" : null, disabled: word !== undefined }, action);
    const typed = word ? h("input", { autocomplete: "off", autocapitalize: "off" }) : null;
    const dialog = h(
      "dialog.card",
      { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-words" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "dialog-title" }, title),
        h("p", { id: "dialog-words" }, words),
        word ? h("label.plain", {}, `Type "${word}" to go on`, typed) : null,
        h("div.row", {}, go, h("button.quiet", { type: "submit", value: "", formnovalidate: true }, "Cancel")),
      ),
    );
    if (typed) {
      typed.addEventListener("input", () => {
        go.disabled = typed.value.trim().toLowerCase() !== word;
      });
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "go");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
