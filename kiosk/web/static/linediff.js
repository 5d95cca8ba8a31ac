// What changed between two texts, line by line.

import { make, say } from "./staff.js";

const CONTEXT = 2;
const MOST_CELLS = 4_000_000;

/** The lines of both texts in order, as {kind: "same" | "added" | "removed", text}. */
export function lineDiff(before, after) {
  const a = before.split("\n");
  const b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    head += 1;
  }
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) {
    tail += 1;
  }
  const same = (lines) => lines.map((text) => ({ kind: "same", text }));
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))];
}

function between(a, b) {
  const removed = (text) => ({ kind: "removed", text });
  const added = (text) => ({ kind: "added", text });
  if (a.length * b.length > MOST_CELLS) {
    return [...a.map(removed), ...b.map(added)];
  }
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width); // the longest common part of what begins at i and j
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      common[at] = a[i] === b[j] ? common[at + width + 1] + 1 : Math.max(common[at + width], common[at + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] });
      i += 1;
      j += 1;
    } else if (j === b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push(removed(a[i]));
      i += 1;
    } else {
      lines.push(added(b[j]));
      j += 1;
    }
  }
  return lines;
}

/** The changes as an element, each with a few lines around it; null where the texts are the same. */
export function diffView(before, after) {
  const lines = lineDiff(before, after);
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== "same"));
  if (!near.includes(true)) {
    return null;
  }
  const view = make("div", { class: "diff mono" });
  let skipped = false;
  lines.forEach(({ kind, text }, at) => {
    if (!near[at]) {
      skipped = true;
      return;
    }
    if (skipped && view.childElementCount > 0) {
      view.append(make("div", { class: "gap" }, "⋯"));
    }
    skipped = false;
    const line = make({ same: "div", added: "ins", removed: "del" }[kind], { class: kind });
    if (kind !== "same") {
      line.append(make("span", { class: "heard" }, kind === "added" ? say("edit_added") : say("edit_removed")));
    }
    line.append(make("span", { class: "sign", "aria-hidden": "true" }, { same: " ", added: "+", removed: "−" }[kind]), text || " ");
    view.append(line);
  });
  return view;
}
