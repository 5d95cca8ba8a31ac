// A text area that shows line numbers, colours and mistakes: the letters one sees are in a <pre> of the same measures
// under the transparent text, so that the browser's own caret, selection, undo and input methods stay what they are.

import { make } from "./staff.js";
import { coloured } from "./yamlcolours.js";

const INDENT = "  ";

export class CodeArea {
  /** `changed` is called after each change that the person makes. */
  constructor({ text, colours, gutter, scroller, changed }) {
    this.text = text;
    this.colours = colours;
    this.gutter = gutter;
    this.scroller = scroller;
    this.changed = changed;
    this.shown = [];
    this.problems = [];
    this.leaving = false;
    text.addEventListener("input", () => {
      this.paint();
      changed();
    });
    text.addEventListener("keydown", (event) => this.key(event));
    text.addEventListener("blur", () => (this.leaving = false));
    new ResizeObserver(() => this.keepCaret()).observe(scroller);
  }

  get value() {
    return this.text.value;
  }

  /** Show another file; the browser's undo begins anew. */
  open(value) {
    this.text.value = value;
    this.text.setSelectionRange(0, 0);
    this.text.readOnly = false;
    this.scroller.scrollTo(0, 0);
    this.problems = [];
    this.paint();
  }

  /** Show what somebody else made of the file; place and caret stay. */
  refresh(value) {
    const { selectionStart, selectionEnd } = this.text;
    const { scrollTop, scrollLeft } = this.scroller;
    this.open(value);
    this.text.setSelectionRange(selectionStart, selectionEnd);
    this.scroller.scrollTo(scrollLeft, scrollTop);
  }

  /** Replace the text in one step, which the browser's undo takes back. */
  replace(value) {
    this.text.focus({ preventScroll: true });
    this.text.select();
    this.type(value);
    this.text.setSelectionRange(0, 0);
    this.scroller.scrollTo(0, 0);
  }

  /** Mark these mistakes, [{line, col, message}], at their lines. */
  mark(problems) {
    this.problems = problems;
    this.text.setAttribute("aria-invalid", String(problems.length > 0));
    this.paint();
  }

  /** Put the caret at a line and column, both from 1. */
  go(line, col) {
    const lines = this.value.split("\n");
    const row = Math.min(line, lines.length) - 1;
    const at = lines.slice(0, row).reduce((sum, text) => sum + text.length + 1, 0) + units(lines[row], col);
    this.text.focus({ preventScroll: true });
    this.text.setSelectionRange(at, at);
    this.gutter.children[row].scrollIntoView({ block: "center", inline: "nearest" });
  }

  /** Where the list of mistakes takes room away, the line that is being written stays in sight. */
  keepCaret() {
    if (document.activeElement !== this.text) {
      return;
    }
    const row = this.gutter.children[this.value.slice(0, this.text.selectionEnd).split("\n").length - 1];
    const below = row.offsetTop + row.offsetHeight - this.scroller.clientHeight;
    this.scroller.scrollTop = Math.min(row.offsetTop, Math.max(below, this.scroller.scrollTop));
  }

  key(event) {
    if (this.text.readOnly || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const leaving = this.leaving;
    this.leaving = event.key === "Escape" || (leaving && event.key === "Shift");
    if (event.key === "Tab" && !leaving) {
      event.preventDefault();
      this.indent(event.shiftKey);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.type(`\n${this.indentOfNext()}`);
    }
  }

  /** Two spaces at the caret, or the lines of the selection moved in or out. */
  indent(outwards) {
    const { selectionStart: from, selectionEnd: to, value } = this.text;
    const begin = value.lastIndexOf("\n", from - 1) + 1;
    if (!outwards && !value.slice(from, to).includes("\n")) {
      this.type(INDENT);
      return;
    }
    const lines = value.slice(begin, to).split("\n");
    const moved = lines.map((line) => (outwards ? line.replace(/^ {1,2}/, "") : line && INDENT + line));
    if (moved.join("\n") === lines.join("\n")) {
      return;
    }
    this.text.setSelectionRange(begin, to);
    this.type(moved.join("\n"));
    const first = Math.max(begin, from + moved[0].length - lines[0].length);
    this.text.setSelectionRange(from === to ? first : begin, begin + moved.join("\n").length);
    if (from === to) {
      this.text.setSelectionRange(first, first);
    }
  }

  /** The next line begins under this one's text, and further in after `key:`. */
  indentOfNext() {
    const before = this.value.slice(0, this.text.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const [, blank, dash] = line.match(/^( *)((?:- +)*)/);
    const deeper = /:\s*(?:#.*)?$/.test(line) || /\s[>|][+-]?\s*$/.test(line) ? INDENT : "";
    return blank + " ".repeat(dash.length) + deeper;
  }

  /** As if it were typed: the browser's undo knows it. */
  type(value) {
    if (!document.execCommand("insertText", false, value)) {
      this.text.setRangeText(value, this.text.selectionStart, this.text.selectionEnd, "end");
      this.text.dispatchEvent(new Event("input"));
    }
  }

  paint() {
    const lines = this.value.split("\n");
    const wrong = new Map(this.problems.map(({ line, col }) => [Math.min(line, lines.length), col]).reverse());
    const wanted = coloured(lines).map((parts, at) => ({ parts, col: wrong.get(at + 1) ?? 0 }));
    const keys = wanted.map(({ parts, col }) => `${col}:${parts.map(([kind, text]) => `${kind}=${text}`).join("\0")}`);
    let head = 0;
    while (head < keys.length && keys[head] === this.shown[head]) {
      head += 1;
    }
    let tail = 0;
    while (tail < Math.min(keys.length, this.shown.length) - head && keys.at(-1 - tail) === this.shown.at(-1 - tail)) {
      tail += 1;
    }
    const fresh = wanted.slice(head, keys.length - tail).map(({ parts, col }) => painted(parts, col));
    const old = [...this.colours.children].slice(head, this.shown.length - tail);
    const next = this.colours.children[this.shown.length - tail] ?? null;
    old.forEach((line) => line.remove());
    fresh.forEach((line) => this.colours.insertBefore(line, next));
    this.shown = keys;
    this.number(lines.length, wrong);
  }

  number(count, wrong) {
    while (this.gutter.childElementCount > count) {
      this.gutter.lastElementChild.remove();
    }
    while (this.gutter.childElementCount < count) {
      this.gutter.append(make("div", {}, String(this.gutter.childElementCount + 1)));
    }
    for (const marked of this.gutter.querySelectorAll(".wrong")) {
      marked.classList.remove("wrong");
    }
    for (const line of wrong.keys()) {
      this.gutter.children[line - 1].classList.add("wrong");
    }
  }
}

/** How many UTF-16 units stand before a column that counts characters from 1. */
function units(line, col) {
  return [...line].slice(0, col - 1).join("").length;
}

function painted(parts, col) {
  const line = make("span", { class: col ? "line wrong" : "line" });
  const whole = parts.map(([, text]) => text).join("");
  const from = col ? Math.min(units(whole, col), Math.max(0, whole.trimEnd().length - 1)) : -1;
  const to = col ? from + (whole.slice(from).match(/^[\w.-]+|^./)?.[0].length ?? 0) : -1;
  let at = 0;
  for (const [kind, text] of parts) {
    const cuts = [0, from - at, to - at, text.length].map((cut) => Math.max(0, Math.min(text.length, cut)));
    for (let part = 0; part < 3; part += 1) {
      const piece = text.slice(cuts[part], cuts[part + 1]);
      if (piece) {
        line.append(make("span", { class: [kind, part === 1 ? "mistake" : ""].join(" ").trim() }, piece));
      }
    }
    at += text.length;
  }
  line.append("\n");
  return line;
}
