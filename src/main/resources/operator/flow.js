// The last hour as a picture: above the line what changed, below it what was written.

import { svg, h, systemName, number, clock } from "./dom.js";

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 34;
const BOTTOM = 22;
const MIDDLE = (HEIGHT - BOTTOM) / 2;
const SLOT = (WIDTH - LEFT) / 60;

function total(minute, side) {
  return Object.values(minute[side]).reduce((sum, n) => sum + n, 0);
}

function bars(minutes, systems, side, scale, direction) {
  return minutes.flatMap((minute, i) => {
    let at = MIDDLE;
    return systems.flatMap((system) => {
      const n = minute[side][system] || 0;
      if (n === 0) {
        return [];
      }
      const height = Math.max(1.5, n * scale);
      const y = direction < 0 ? at - height : at;
      at += direction * height;
      const what = side === "changed" ? "changed in" : "written to";
      return [
        svg(
          "rect",
          {
            class: `bar ${system} ${side}`,
            x: (LEFT + i * SLOT + 1).toFixed(1),
            y: y.toFixed(1),
            width: (SLOT - 2).toFixed(1),
            height: height.toFixed(1),
            rx: 1,
          },
          svg("title", {}, `${clock(minute.at)}: ${n} ${what} ${systemName(system)}`),
        ),
      ];
    });
  });
}

function ticks(minutes) {
  return [0, 15, 30, 45, 59].map((i) =>
    svg(
      "text",
      {
        class: "tick",
        x: LEFT + (i + 0.5) * SLOT,
        y: HEIGHT - 5,
        "text-anchor": i === 0 ? "start" : i === 59 ? "end" : "middle",
      },
      i === 59 ? "now" : clock(minutes[i].at),
    ),
  );
}

export function flow(minutes, systems) {
  const most = Math.max(
    4,
    ...minutes.map((m) => Math.max(total(m, "changed"), total(m, "sent"))),
  );
  const scale = (MIDDLE - 10) / most;
  const sum = (side) => minutes.reduce((n, m) => n + total(m, side), 0);
  const words = `In the last hour ${number(sum("changed"))} changes were read and ${number(sum("sent"))} records were written.`;
  return h(
    "figure.flow",
    {},
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words, class: "chart" },
      svg("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: 10, y2: 10 }),
      svg("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: HEIGHT - BOTTOM - 10, y2: HEIGHT - BOTTOM - 10 }),
      svg("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: MIDDLE, y2: MIDDLE }),
      svg("text", { class: "tick", x: LEFT - 6, y: 14, "text-anchor": "end" }, number(most)),
      svg("text", { class: "tick", x: LEFT - 6, y: MIDDLE + 4, "text-anchor": "end" }, "0"),
      svg("text", { class: "tick", x: LEFT - 6, y: HEIGHT - BOTTOM - 6, "text-anchor": "end" }, number(most)),
      bars(minutes, systems, "changed", scale, -1),
      bars(minutes, systems, "sent", scale, 1),
      ticks(minutes),
    ),
    h(
      "figcaption",
      {},
      h("span.sides", {}, "above: changed in · below: written to"),
      h(
        "ul.legend",
        {},
        systems.map((system) => h("li", {}, h(`i.dot.${system}`, {}), systemName(system))),
      ),
    ),
    h("p.words", {}, words),
  );
}
