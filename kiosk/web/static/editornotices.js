// What is to be said about the text: whether it is saved, what happened meanwhile, and its mistakes.

import { make, say } from "./staff.js";
import { message } from "./editorpanels.js";

const status = document.getElementById("status");
const notices = document.getElementById("notices");
const mistakes = document.getElementById("mistakes");
const list = document.getElementById("mistakes-list");

export function showStatus({ problems, unsaved, saved }) {
  const [level, text] = problems.length
    ? ["danger", say("edit_mistakes", problems.length)]
    : unsaved || saved.etag === null
      ? ["caution", say("edit_unsaved")]
      : ["good", say("edit_saved")];
  if (status.textContent !== text) {
    status.textContent = text; // it is read out, so only what is new is written
  }
  status.dataset.level = level;
}

/** Say what happened; the functions of `works` do what the buttons promise. */
export function showNotices(file, works) {
  const found = [happened(file, works), kept(file, works)].filter(Boolean);
  const shown = JSON.stringify(found.map(({ textContent }) => textContent));
  if (notices.dataset.shown !== shown) {
    notices.dataset.shown = shown;
    notices.replaceChildren(...found);
  }
}

/** Say why an exercise can't be opened. */
export function showRefusal(why) {
  notices.dataset.shown = why;
  notices.replaceChildren(message("danger", why));
}

function happened(file, { seeTheirs, keepMine, takeTheirs, discard }) {
  if (file.theirs) {
    const see = button(say("edit_see_theirs"), seeTheirs);
    const keep = button(say("edit_keep_mine"), keepMine);
    return message("caution", say("edit_conflict"), see, keep, button(say("edit_take_theirs"), takeTheirs));
  }
  switch (file.notice) {
    case "":
      return null;
    case "draft":
      return message("info", say("edit_draft_back"), button(say("edit_discard"), discard));
    case "newer":
      return message("info", say("edit_newer"));
    case "gone":
      return message("caution", say("edit_gone"));
    case "saved":
      return message("good", say("edit_in_force"));
    default:
      return message("danger", file.notice);
  }
}

function kept(file, { bringMine, forgetAside }) {
  if (file.aside === null || file.aside === file.text) {
    return null;
  }
  return message("info", say("edit_aside"), button(say("edit_bring_mine"), bringMine), button(say("edit_forget"), forgetAside));
}

function button(word, work) {
  const made = make("button", { type: "button" }, word);
  made.addEventListener("click", work);
  return made;
}

/** List the mistakes; `go` is told the one that is pressed. */
export function showMistakes(problems, go) {
  const shown = JSON.stringify([problems, say("edit_line")]);
  if (list.dataset.shown === shown) {
    return;
  }
  list.dataset.shown = shown;
  mistakes.hidden = problems.length === 0;
  document.getElementById("mistakes-title").textContent = say("edit_mistakes", problems.length);
  list.replaceChildren(
    ...problems.map((problem) => {
      const place = make("button", { type: "button" });
      place.append(make("span", { class: "place" }, say("edit_line", problem.line)), make("span", { lang: "en" }, problem.message));
      place.addEventListener("click", () => go(problem));
      const item = make("li");
      item.append(place);
      return item;
    }),
  );
}
