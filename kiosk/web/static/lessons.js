// What marked alarms teach: per rule how many were false, and the number that would have spared most of these.

import { api, make, pick, say } from "./staff.js";
import { message } from "./editorpanels.js";
import { diffView } from "./linediff.js";
import { reason } from "./rulefile.js";

const panel = document.getElementById("lessons");

/** Show the lessons of an exercise; `changed` is called when the kiosk has changed its file. */
export async function showLessons(file, changed) {
  const asked = (panel.dataset.asked = `${file.name} ${performance.now()}`);
  const show = (...parts) => asked === panel.dataset.asked && panel.replaceChildren(...parts);
  try {
    if ((await api("/api/pin")).staff) {
      show(...(await found(file, changed)));
    } else {
      show(button(say("learn_show"), () => signIn(file, changed)));
    }
  } catch (error) {
    show(message("danger", reason(error)));
  }
}

/** Nobody who only passes this tab is asked for the PIN. */
async function signIn(file, changed) {
  try {
    panel.replaceChildren(...(await found(file, changed)));
  } catch (error) {
    panel.replaceChildren(message("danger", reason(error)), button(say("learn_show"), () => signIn(file, changed)));
  }
}

async function found(file, changed) {
  const rules = await file.lessons();
  const known = rules.filter(({ alarms, note }) => alarms > 0 || note);
  if (known.length === 0) {
    return [make("p", { class: "quiet" }, say("learn_none"))];
  }
  return known.map((rule) => lesson(rule, file, changed));
}

function lesson(rule, file, changed) {
  const card = make("section", { class: "lesson", "data-rule": rule.id });
  const title = make("h2");
  title.append(make("code", {}, rule.id));
  card.append(title, make("p", {}, pick(rule.say)), counts(rule));
  const judged = rule.right + rule.false;
  if (judged > 0) {
    card.append(bar(rule));
  }
  const change = (body) => async (event) => {
    event.currentTarget.disabled = true;
    try {
      await file.tune({ rule: rule.id, ...body });
    } catch (error) {
      card.append(message("danger", reason(error)));
      return;
    }
    await changed();
  };
  card.append(...suggested(rule, file, change));
  if (rule.unexplained > 0) {
    card.append(make("p", { class: "quiet" }, say("learn_unexplained", rule.unexplained)));
  }
  if (rule.note) {
    card.append(...noted(rule.note, file, change));
  }
  return card;
}

function counts({ alarms, right, false: wrong, false_share }) {
  const parts = [say("learn_alarms", alarms), say("learn_marked", right + wrong)];
  if (false_share !== null) {
    parts.push(say("learn_false", Math.round(100 * false_share)));
  }
  return make("p", { class: "quiet" }, parts.join(" · "));
}

/** The shares of right and false alarms; the numbers stand above it. */
function bar({ right, false: wrong }) {
  const shares = make("div", { class: "shares", "aria-hidden": "true" });
  for (const [kind, count] of [["right", right], ["false", wrong]]) {
    const share = make("span", { class: kind });
    share.style.flexGrow = String(count);
    shares.append(share);
  }
  return shares;
}

function suggested(rule, file, change) {
  const { suggestion, blocked, line } = rule;
  if (suggestion === null) {
    return rule.false > 0 ? [make("p", {}, say("learn_no_number"))] : [];
  }
  const shown = make("p", { class: "suggestion" });
  shown.append(make("code", {}, `${suggestion.of} ${suggestion.old} → ${suggestion.number}`));
  const share = (part, whole) => `${part} ${say("of")} ${whole}`;
  const counted = [say("learn_removes", share(suggestion.removes, suggestion.false))];
  if (suggestion.right > 0) {
    counted.push(say("learn_keeps", share(suggestion.keeps, suggestion.right)));
  }
  const parts = [shown, make("p", {}, counted.join(" · "))];
  if (suggestion.right === 0) {
    parts.push(message("caution", say("learn_no_right")));
  }
  if (blocked) {
    return [...parts, message("caution", WHY[blocked]())];
  }
  const accept = change({ number: suggestion.number });
  return [...parts, diffView(line.before.trimStart(), line.after.trimStart()), ...unless(file, button(say("learn_accept"), accept, "primary"))];
}

const WHY = {
  needs_bounds: () => say("learn_needs_bounds"),
  bounds: () => say("learn_bounds"),
  examples: () => say("learn_examples"),
  by_hand: () => say("learn_by_hand"),
};

function noted(note, file, change) {
  const tuned = make("p", {}, `${say("learn_tuned", note.day)} `);
  tuned.append(make("code", {}, `${note.of} ${note.old} → ${note.new}`));
  return [tuned, ...unless(file, button(say("learn_take_back"), change({ take_back: true })))];
}

/** The saved file is changed, so nobody may be writing on it. */
function unless(file, made) {
  made.disabled = file.unsaved;
  return file.unsaved ? [made, make("p", { class: "quiet" }, say("learn_unsaved"))] : [made];
}

function button(text, work, kind = "") {
  const made = make("button", { type: "button", class: kind }, text);
  made.addEventListener("click", work);
  return made;
}
