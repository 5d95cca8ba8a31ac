// The exercises that can be edited: which is on the screen, which are wrong, which have unsaved changes.

import { api, make, pick, say } from "./staff.js";

const list = document.getElementById("files-list");
const toggle = document.getElementById("files-toggle");

/** The exercises as {name, title, wrong}, and the name of the `chosen` one, which is being judged. */
export async function loadExercises() {
  const { exercises, chosen, wrong } = await api("/api/exercises");
  const titles = new Map(exercises.map(({ name, title }) => [name, title]));
  const names = [...new Set([...titles.keys(), ...wrong])].sort();
  return {
    chosen,
    exercises: names.map((name) => ({ name, title: titles.get(name) ?? { en: name, zh: name }, wrong: wrong.includes(name) })),
  };
}

/** Show the list; `isUnsaved` is asked for each name, `choose` is told the one that is pressed. */
export function showExercises({ exercises, chosen, current, isUnsaved, choose }) {
  const marked = exercises.map((one) => ({ ...one, unsaved: isUnsaved(one.name) }));
  const shown = JSON.stringify([marked, chosen, current, say("edit_now")]);
  if (list.dataset.shown === shown) {
    return;
  }
  list.dataset.shown = shown;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.name : "";
  list.replaceChildren(...marked.map((one) => row(one, one.name === chosen, one.name === current, choose)));
  list.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
}

function row({ name, title, wrong, unsaved }, now, current, choose) {
  const button = make("button", { type: "button", "data-name": name, ...(current ? { "aria-current": "true" } : {}) });
  button.append(make("span", { class: "title" }, pick(title)));
  for (const [is, mark, word] of [
    [now, "now", say("edit_now")],
    [wrong, "wrong", say("edit_wrong")],
    [unsaved, "unsaved", say("edit_unsaved")],
  ]) {
    if (is) {
      button.append(make("span", { class: `mark ${mark}` }, word));
    }
  }
  button.addEventListener("click", () => choose(name));
  const item = make("li");
  item.append(button);
  return item;
}

/** On a small screen the list is folded away. */
export function fold(folded = true) {
  document.getElementById("files").classList.toggle("open", !folded);
  toggle.setAttribute("aria-expanded", String(!folded));
}

toggle.addEventListener("click", () => fold(toggle.getAttribute("aria-expanded") === "true"));
