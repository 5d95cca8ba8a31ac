// The warnings of the last while, or of a report: staff say of each with one tap whether it was right.

import { api, ApiError, language, make, pick, say, startPage } from "./staff.js";
import { chart } from "./tracechart.js";

const LOOK_MS = 3000;
const SPANS = [
  [10, () => say("review_minutes", 10)],
  [60, () => say("review_hour")],
  [1440, () => say("review_day")],
];
const SIGNS = { right: "M10 25l9 9 19-20", false: "M12 12l24 24 M36 12l-24 24" };

const list = document.getElementById("recent");
const notice = document.getElementById("notice");
const within = document.getElementById("within");
const shown = new Map();
const report = reportAsked();
let minutes = 10;
let looking = false;
let refused = false;

/** What a report was asked for, where this page was opened from one; else null. */
function reportAsked() {
  const asked = new URLSearchParams(location.search);
  const kept = ["period", "date", "person", "exercise"].filter((name) => asked.get(name));
  return kept.length ? new URLSearchParams(kept.map((name) => [name, asked.get(name)])) : null;
}

/** Ask for the warnings and show them; what is on the page already stays where it is. */
async function look() {
  if (looking || refused || document.hidden) {
    return;
  }
  looking = true;
  const asked = minutes;
  try {
    const { warnings, more } = await api(`/api/warnings?${report ?? `minutes=${asked}`}`);
    if (asked === minutes) {
      show(warnings, more);
    }
  } catch (error) {
    complain(error);
  }
  looking = false;
  if (asked !== minutes) {
    look();
  }
}

function show(warnings, more) {
  const told = more ? say("review_more") : warnings.length ? "" : say("review_none");
  notice.replaceChildren(...(told ? [make("p", { class: "quiet" }, told)] : []));
  const ids = new Set(warnings.map(({ id }) => id));
  for (const [id, item] of shown) {
    if (!ids.has(id)) {
      item.element.remove();
      shown.delete(id);
    }
  }
  let before = null;
  for (const warning of warnings) {
    const item = shown.get(warning.id) ?? new Warned(warning);
    shown.set(warning.id, item);
    item.mark(warning.verdict);
    item.loadCharts();
    const place = before ? before.nextSibling : list.firstChild;
    if (place !== item.element) {
      list.insertBefore(item.element, place);
    }
    before = item.element;
  }
}

function complain(error) {
  const why = make("p", { class: "message", "data-level": "danger", role: "alert" }, error.message);
  if (!(error instanceof ApiError && error.status === 401)) {
    notice.replaceChildren(why);
    return;
  }
  refused = true; // the PIN was not given: it is asked for again when somebody wants to
  const again = make("button", { type: "button", class: "primary" }, say("pin_enter"));
  again.addEventListener("click", () => {
    refused = false;
    look();
  });
  notice.replaceChildren(make("p", {}, say("review_pin")), again);
}

/** One warning on the page. */
class Warned {
  constructor(warning) {
    this.warning = warning;
    this.verdict = warning.verdict;
    this.traces = null;
    this.asking = false;
    this.sending = 0;
    this.element = make("li", { class: "card warned", "data-level": warning.level, "data-id": warning.id });
    this.charts = make("div", { class: "charts" });
    this.buttons = { right: this.button("right"), false_alarm: this.button("false") };
    this.write();
  }

  button(kind) {
    const made = make("button", { type: "button", class: kind });
    made.addEventListener("click", () => this.choose(kind === "false" ? "false_alarm" : kind));
    return made;
  }

  /** Put everything into the page's language. */
  write() {
    const { warning } = this;
    const what = make("div", { class: "what" });
    const [moment, locale] = [new Date(warning.at), language() === "zh" ? "zh-CN" : "en-GB"];
    const at = report ? moment.toLocaleString(locale) : moment.toLocaleTimeString(locale);
    const where = [at, pick(warning.title), warning.rep && say("review_rep", warning.rep)].filter(Boolean);
    what.append(make("p", { class: "quiet" }, where.join(" · ")), make("h2", {}, pick(warning.say)));
    const level = { info: say("level_info"), caution: say("level_caution"), danger: say("level_danger") }[warning.level];
    const name = make("p", { class: "quiet" }, `${level} · `);
    name.append(make("code", {}, warning.warning));
    what.append(name);
    const marks = make("div", { class: "marks", role: "group", "aria-label": pick(warning.say) });
    this.buttons.right.replaceChildren(sign(SIGNS.right), say("review_right"));
    this.buttons.false_alarm.replaceChildren(sign(SIGNS.false), say("review_false"));
    marks.append(...Object.values(this.buttons));
    this.element.replaceChildren(what, this.charts, marks);
    this.press();
    this.draw();
  }

  press() {
    for (const [verdict, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-pressed", String(verdict === this.verdict));
    }
  }

  /** Take what the kiosk knows, unless a newer tap is still on its way there. */
  mark(verdict) {
    if (this.sending === 0 && verdict !== this.verdict) {
      this.verdict = verdict;
      this.press();
    }
  }

  async choose(verdict) {
    const before = this.verdict;
    this.verdict = verdict === before ? null : verdict;
    this.press();
    this.sending += 1;
    try {
      await api("/api/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ warning: this.warning.id, verdict: this.verdict }),
      });
    } catch (error) {
      this.verdict = before;
      this.press();
      complain(error);
    }
    this.sending -= 1;
  }

  /** The numbers around a warning are kept a second after it. */
  async loadCharts() {
    if (this.traces !== null || this.asking) {
      return;
    }
    this.asking = true;
    try {
      const { traces } = await api(`/api/warnings/${encodeURIComponent(this.warning.id)}`);
      this.traces = traces.length ? traces : null;
    } catch (error) {
      if (!(error instanceof ApiError && [0, 404, 409].includes(error.status))) {
        complain(error);
      }
    }
    this.asking = false;
    this.draw();
  }

  draw() {
    const soon = [make("p", { class: "quiet" }, say("review_no_numbers"))];
    this.charts.replaceChildren(...(this.traces?.map(chart) ?? soon));
  }
}

function sign(path) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 48 48");
  icon.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  icon.append(line);
  return icon;
}

function writeSpans() {
  if (report) {
    within.replaceChildren(make("a", { class: "button", href: `/report?${report}` }, say("review_report")));
    return;
  }
  within.replaceChildren(
    ...SPANS.map(([span, words]) => {
      const button = make("button", { type: "button", "aria-pressed": String(span === minutes) }, words());
      button.addEventListener("click", () => {
        minutes = span;
        writeSpans();
        within.querySelector("[aria-pressed=true]").focus();
        look();
      });
      return button;
    }),
  );
}

await startPage();
writeSpans();
document.addEventListener("languagechange", () => {
  writeSpans();
  shown.forEach((item) => item.write());
  look();
});
document.addEventListener("visibilitychange", look);
await look();
setInterval(look, LOOK_MS);
