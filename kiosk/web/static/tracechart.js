// How a measure went around a warning, with the limit that it crossed, as a small line chart.

import { make, say } from "./staff.js";

const [WIDTH, HEIGHT, EDGE] = [300, 88, 6];

/** A figure of one trace; `values` may hold nulls, where the measure was unknown. */
export function chart({ of, limit, above, number, from_s, step_s, values }) {
  const figure = make("figure");
  const known = values.filter((value) => value !== null);
  if (known.length > 1) {
    figure.append(drawing(values, known, { of, limit, from_s, step_s }));
  }
  const caption = make("figcaption");
  caption.append(make("code", {}, of), number === null ? " " : ` ${rounded(number)} `);
  caption.append(make("span", { class: "line" }, `${above ? ">" : "<"} ${rounded(limit)}`));
  figure.append(caption);
  return figure;
}

function drawing(values, known, { of, limit, from_s, step_s }) {
  const [low, high] = [Math.min(limit, ...known), Math.max(limit, ...known)];
  const y = (value) => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (value - low)) / (high - low || 1);
  const x = (at) => (WIDTH * at) / (values.length - 1);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const spoken = `${of} ${rounded(Math.min(...known))} – ${rounded(Math.max(...known))}, ${rounded(limit)}`;
  svg.setAttribute("aria-label", say("review_chart", spoken));
  const moment = x(-from_s / step_s);
  svg.append(
    shape("line", { class: "moment", x1: moment, x2: moment, y1: 0, y2: HEIGHT }),
    shape("line", { class: "limit", x1: 0, x2: WIDTH, y1: y(limit), y2: y(limit) }),
    shape("path", { class: "measured", d: line(values, x, y) }),
  );
  return svg;
}

/** A line through the values, broken where one is unknown. */
function line(values, x, y) {
  let drawn = false;
  return values
    .map((value, at) => {
      const step = value === null ? "" : `${drawn ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      drawn = value !== null;
      return step;
    })
    .join("");
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, String(value));
  }
  return made;
}

/** Three digits are what a camera can tell. */
function rounded(value) {
  return String(Number(value.toPrecision(3)));
}
