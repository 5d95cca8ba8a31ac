// Beside the text: what changed, what the rules make of the last minute, earlier versions, and the words of the file.

import { ApiError, language, make, say } from "./staff.js";
import { diffView } from "./linediff.js";
import { reason } from "./rulefile.js";

const tabs = [...document.querySelectorAll("[role=tab]")];
const changes = document.getElementById("panel-changes");
const trial = document.getElementById("trial");
const list = document.getElementById("versions");
const preview = document.getElementById("version");

const WHAT = { first: () => say("edit_version_first"), by_hand: () => say("edit_version_by_hand"), saved: () => say("edit_version_saved") };

/** The panel that is shown: "changes", "try", "versions", "learn" or "help". */
export function shownPanel() {
  return tabs.find((tab) => tab.getAttribute("aria-selected") === "true").id.replace("tab-", "");
}

export function showPanel(name) {
  for (const tab of tabs) {
    const selected = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !selected;
  }
}

/** Let the tabs be chosen by pointer and arrow keys; `chosen` is called afterwards. */
export function startPanels(chosen) {
  tabs.forEach((tab, at) => {
    const choose = (other) => {
      showPanel(other.id.replace("tab-", ""));
      chosen();
    };
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        const other = tabs.at((at + step) % tabs.length);
        choose(other);
        other.focus();
      }
    });
  });
}

/** What the person changed, and under it what somebody else did. */
export function showChanges(file) {
  const own = diffView(file.saved.text, file.text) ?? make("p", { class: "quiet" }, say("edit_nothing_changed"));
  if (file.theirs === null) {
    changes.replaceChildren(own);
    return;
  }
  const theirs = diffView(file.saved.text, file.theirs.text) ?? make("p", { class: "quiet" }, say("edit_nothing_changed"));
  changes.replaceChildren(make("h2", {}, say("edit_their_changes")), theirs, make("h2", {}, say("edit_your_changes")), own);
}

/** Forget what another text made of the last minute. */
export function clearTrial() {
  trial.replaceChildren();
}

/** Run the last minute by the saved rules and by those that are being written. */
export async function runTrial(file) {
  trial.replaceChildren(make("p", { class: "quiet" }, say("edit_try_running")));
  try {
    trial.replaceChildren(...outcome(await file.tried(), file));
  } catch (error) {
    trial.replaceChildren(message("danger", refusal(error)));
  }
}

function refusal(error) {
  if (error instanceof ApiError && error.status === 422) {
    return say("edit_try_mistakes");
  }
  return error instanceof ApiError && error.status === 409 ? say("edit_try_nobody") : reason(error);
}

function outcome({ seconds, seen_s, saved, edited }, file) {
  const table = make("table");
  const head = make("tr");
  head.append(make("td"), make("th", { scope: "col" }, say("edit_by_saved")), make("th", { scope: "col" }, say("edit_by_yours")));
  table.append(head);
  const row = (name, of, code = false) => {
    const [before, after] = [saved ? of(saved) : "–", of(edited)];
    const line = make("tr", { class: saved && before !== after ? "differs" : "" });
    const title = make("th", { scope: "row" });
    title.append(make(code ? "code" : "span", {}, name));
    line.append(title, make("td", {}, before), make("td", {}, after));
    table.append(line);
  };
  row(say("edit_reps"), ({ reps }) => String(reps));
  row(say("edit_partials"), ({ partials }) => String(partials));
  if (saved?.holds_s.length || edited.holds_s.length) {
    row(say("edit_held"), ({ holds_s }) => holds_s.map((held_s) => held_s.toFixed(1)).join(", ") || "0");
  }
  for (const id of new Set([...Object.keys(saved?.warnings ?? {}), ...Object.keys(edited.warnings)])) {
    row(id, ({ warnings }) => String(warnings[id] ?? "–"), true);
  }
  const about = `${say("edit_try_on", Math.round(seconds))} ${say("edit_try_seen", Math.round(seen_s))}`;
  const parts = [make("p", { class: "quiet" }, about), table];
  if (!saved) {
    parts.push(message("caution", say("edit_try_saved_wrong")));
  } else if (!file.unsaved) {
    parts.push(make("p", { class: "quiet" }, say("edit_try_same")));
  }
  return parts;
}

/** List the earlier versions; `bring` is given the text of the one that is to be brought back. */
export async function showVersions(file, bring) {
  preview.replaceChildren();
  let versions;
  try {
    versions = await file.versions();
  } catch (error) {
    list.replaceChildren(message("danger", reason(error)));
    return;
  }
  if (versions.length === 0) {
    list.replaceChildren(make("li", { class: "quiet" }, say("edit_no_versions")));
    return;
  }
  list.replaceChildren(
    ...versions.map((version) => {
      const button = make("button", { type: "button", "aria-pressed": "false" });
      button.append(make("strong", {}, String(version.number)), make("span", {}, WHAT[version.what]()), make("span", { class: "quiet" }, when(version.saved_at)));
      button.addEventListener("click", () => {
        list.querySelectorAll("button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
        showVersion(file, version.number, bring);
      });
      const item = make("li");
      item.append(button);
      return item;
    }),
  );
}

async function showVersion(file, number, bring) {
  let text;
  try {
    text = await file.version(number);
  } catch (error) {
    preview.replaceChildren(message("danger", reason(error)));
    return;
  }
  const view = diffView(file.text, text);
  if (view === null) {
    preview.replaceChildren(make("p", { class: "quiet" }, say("edit_version_same")));
    return;
  }
  const button = make("button", { type: "button", class: "primary" }, say("edit_bring_back"));
  button.addEventListener("click", () => bring(text));
  preview.replaceChildren(make("h2", {}, say("edit_version_changes", number)), view, button);
}

function when(iso) {
  return new Date(iso).toLocaleString(language() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** A sentence in its level's colour and with its sign. */
export function message(level, text, ...buttons) {
  const shapes = { good: "M10 25l9 9 19-20", danger: "M24 6l20 36H4z M24 20v10 M24 36v1", caution: "M24 6l20 36H4z M24 20v10 M24 36v1" };
  const note = make("div", { class: "message", "data-level": level });
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 48 48");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", shapes[level] ?? "M24 4a20 20 0 1 0 .1 0z M24 22v12 M24 14v1");
  icon.append(path);
  const body = make("div", { class: "body" });
  body.append(make("p", {}, text));
  if (buttons.length) {
    const row = make("p", { class: "actions" });
    row.append(...buttons);
    body.append(row);
  }
  note.append(icon, body);
  return note;
}
