// The editor: staff choose an exercise, change its rules, see mistakes as they type, try, compare, save and go back.

import { ApiError, api, make, pick, say, startPage } from "./staff.js";
import { CodeArea } from "./codearea.js";
import { draftOf } from "./drafts.js";
import { clearTrial, message, runTrial, showChanges, showPanel, shownPanel, showVersions, startPanels } from "./editorpanels.js";
import { reason, RuleFile, saveAs } from "./rulefile.js";

const CHECK_MS = 300;
const LOOK_MS = 3000;

const $ = (id) => document.getElementById(id);
const files = new Map();
let exercises = [];
let chosen = "";
let file = null;
let saving = false;
let lookingAt = 0;
let checking = null;
let checkTimer = 0;

const code = new CodeArea({ text: $("text"), colours: $("colours"), gutter: $("gutter"), scroller: $("code"), changed });

// ---- the list of exercises ----
async function loadList() {
  const answer = await api("/api/exercises");
  const titles = new Map(answer.exercises.map(({ name, title }) => [name, title]));
  chosen = answer.chosen;
  exercises = [...new Set([...titles.keys(), ...answer.wrong])].sort().map((name) => ({
    name,
    title: titles.get(name) ?? { en: name, zh: name },
    wrong: answer.wrong.includes(name),
  }));
}

function showList() {
  $("files-list").replaceChildren(
    ...exercises.map(({ name, title, wrong }) => {
      const button = make("button", { type: "button", "data-name": name });
      if (name === file?.name) {
        button.setAttribute("aria-current", "true");
      }
      button.append(make("span", { class: "title" }, pick(title)));
      const unsaved = files.get(name)?.unsaved ?? draftOf(name) !== null;
      const marks = [
        [name === chosen, "now", say("edit_now")],
        [wrong, "wrong", say("edit_wrong")],
        [unsaved, "unsaved", say("edit_unsaved")],
      ];
      for (const [is, mark, word] of marks) {
        if (is) {
          button.append(make("span", { class: `mark ${mark}` }, word));
        }
      }
      button.addEventListener("click", () => choose(name));
      const item = make("li");
      item.append(button);
      return item;
    }),
  );
}

async function choose(name) {
  $("files").classList.remove("open");
  $("files-toggle").setAttribute("aria-expanded", "false");
  history.replaceState(null, "", `#${name}`);
  const known = files.get(name);
  const next = known ?? new RuleFile(name);
  const asked = (lookingAt += 1);
  try {
    await (known ? known.look() : next.open());
  } catch (error) {
    $("notices").replaceChildren(message("danger", reason(error)));
    return;
  }
  if (asked !== lookingAt) {
    return; // another exercise was chosen meanwhile
  }
  files.set(name, next);
  file = next;
  code.open(file.text);
  clearTrial();
  check();
  show();
  showPanelOf();
}

// ---- what the page shows of the file ----
function show() {
  const known = exercises.find(({ name }) => name === file.name);
  $("file-title").textContent = pick(known?.title) || file.name;
  $("file-name").textContent = `${file.name}.yaml`;
  document.title = `${file.unsaved ? "• " : ""}${file.name}.yaml`;
  $("save").disabled = saving || (!file.unsaved && file.saved.etag !== null);
  $("discard").disabled = saving || !file.unsaved;
  showStatus();
  showNotices();
  showMistakes();
  showList();
  if (shownPanel() === "changes") {
    showChanges(file);
  }
}

function showStatus() {
  const [level, text] = file.problems.length
    ? ["danger", say("edit_mistakes", file.problems.length)]
    : file.unsaved || file.saved.etag === null
      ? ["caution", say("edit_unsaved")]
      : ["good", say("edit_saved")];
  if ($("status").textContent !== text) {
    $("status").textContent = text;
  }
  $("status").dataset.level = level;
}

function button(word, work, primary = false) {
  const made = make("button", { type: "button", class: primary ? "primary" : "" }, word);
  made.addEventListener("click", work);
  return made;
}

function showNotices() {
  const notices = [];
  if (file.theirs) {
    notices.push(
      message(
        "caution",
        say("edit_conflict"),
        button(say("edit_see_theirs"), seeTheirs),
        button(say("edit_keep_mine"), keepMine),
        button(say("edit_take_theirs"), () => replace(file.theirs)),
      ),
    );
  } else if (file.notice === "draft") {
    notices.push(message("info", say("edit_draft_back"), button(say("edit_discard"), discard)));
  } else if (file.notice === "newer") {
    notices.push(message("info", say("edit_newer")));
  } else if (file.notice === "gone") {
    notices.push(message("caution", say("edit_gone")));
  } else if (file.notice === "saved") {
    notices.push(message("good", say("edit_in_force")));
  } else if (file.notice) {
    notices.push(message("danger", file.notice));
  }
  if (file.aside !== null && file.aside !== file.text) {
    notices.push(
      message("info", say("edit_aside"), button(say("edit_bring_mine"), bringMine), button(say("edit_forget"), forgetAside)),
    );
  }
  const shown = JSON.stringify(notices.map(({ textContent }) => textContent));
  if ($("notices").dataset.shown !== shown) {
    $("notices").dataset.shown = shown;
    $("notices").replaceChildren(...notices);
  }
}

function showMistakes() {
  const { problems } = file;
  $("mistakes").hidden = problems.length === 0;
  $("mistakes-title").textContent = problems.length ? say("edit_mistakes", problems.length) : "";
  const shown = JSON.stringify(problems);
  if ($("mistakes-list").dataset.shown === shown) {
    return;
  }
  $("mistakes-list").dataset.shown = shown;
  $("mistakes-list").replaceChildren(
    ...problems.map(({ line, col, message: what }) => {
      const go = make("button", { type: "button" });
      go.append(make("span", { class: "place" }, say("edit_line", line)), make("span", { lang: "en" }, what));
      go.addEventListener("click", () => code.go(line, col));
      const item = make("li");
      item.append(go);
      return item;
    }),
  );
}

function showPanelOf() {
  if (shownPanel() === "changes") {
    showChanges(file);
  } else if (shownPanel() === "versions") {
    showVersions(file, (text) => bring(text));
  }
}

// ---- writing and checking ----
function changed() {
  if (file.notice !== "gone") {
    file.notice = "";
  }
  file.write(code.value);
  clearTimeout(checkTimer);
  checkTimer = setTimeout(check, CHECK_MS);
  show();
}

async function check() {
  clearTimeout(checkTimer);
  checking?.abort();
  const current = (checking = new AbortController());
  const [asked, text] = [file, file.text];
  try {
    const problems = await asked.check(current.signal);
    if (!current.signal.aborted && asked === file && text === file.text) {
      setProblems(problems);
    }
  } catch (error) {
    if (!current.signal.aborted && error.status !== 413) {
      checkTimer = setTimeout(check, LOOK_MS); // the kiosk is busy or restarting
    }
  }
}

function setProblems(problems) {
  file.problems = problems;
  code.mark(problems);
  show();
}

// ---- saving, and whose text counts ----
async function save() {
  if (saving || $("save").disabled) {
    return;
  }
  const saved = file;
  saving = true;
  show();
  try {
    saved.notice = (await saved.save()) ? "saved" : "";
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) {
      saved.problems = error.body;
    } else if (error instanceof ApiError && error.status === 404) {
      saved.saved.etag = null;
      saved.notice = "gone";
    } else {
      saved.notice = reason(error);
    }
  }
  saving = false;
  await loadList().catch(() => {});
  if (saved === file) {
    setProblems(saved.problems);
    showPanelOf();
    if (saved.problems.length) {
      code.go(saved.problems[0].line, saved.problems[0].col);
    }
  }
}

function keepMine() {
  file.saved = file.theirs;
  file.theirs = null;
  file.write(file.text);
  show();
  save();
}

function seeTheirs() {
  showPanel("changes");
  showChanges(file);
  $("panels").scrollIntoView({ block: "nearest" });
}

/** Go over to a saved text; the one that was being written is put aside. */
function replace(saved) {
  if (file.unsaved) {
    file.aside = file.text;
  }
  file.take(saved);
  file.notice = "";
  code.replace(saved.text);
  check();
  show();
}

function discard() {
  replace(file.saved);
}

/** Put a text into the editor, to be looked at and saved. */
function bring(text) {
  if (file.unsaved) {
    file.aside = file.text;
  }
  code.replace(text);
  showPanel("changes");
  show();
}

function bringMine() {
  const mine = file.aside;
  file.aside = file.unsaved ? file.text : null;
  code.replace(mine);
  show();
}

function forgetAside() {
  file.aside = null;
  show();
}

async function look() {
  if (!document.hidden && file && !saving) {
    const asked = file;
    if ((await asked.look()) && asked === file && !saving) {
      if (code.value !== file.text) {
        code.open(file.text);
      }
      check();
      show();
      showPanelOf();
    }
  }
  setTimeout(look, LOOK_MS);
}

// ---- save as ----
function startNaming() {
  const dialog = $("naming");
  const complaint = dialog.querySelector(".message");
  $("save-as").addEventListener("click", () => {
    complaint.hidden = true;
    $("new-name").value = "";
    dialog.showModal();
  });
  $("naming-cancel").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = $("new-name").value;
    try {
      await saveAs(name, file.text);
    } catch (error) {
      complaint.textContent = refusedName(error);
      complaint.hidden = false;
      return;
    }
    dialog.close();
    await loadList().catch(() => {});
    if (!exercises.some((known) => known.name === name)) {
      exercises.push({ name, title: { en: name, zh: name }, wrong: false }); // the kiosk takes it in within a second
    }
    await choose(name);
  });
}

function refusedName(error) {
  if (error instanceof ApiError && error.status === 412) {
    return say("edit_name_taken");
  }
  return error instanceof ApiError && error.status === 422 ? say("edit_name_mistakes") : reason(error);
}

// ---- beginning ----
function listen() {
  $("save").addEventListener("click", save);
  $("discard").addEventListener("click", discard);
  $("run").addEventListener("click", async () => {
    $("run").disabled = true;
    await runTrial(file);
    $("run").disabled = false;
  });
  $("files-toggle").addEventListener("click", () => {
    const open = $("files").classList.toggle("open");
    $("files-toggle").setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
  });
  document.addEventListener("languagechange", () => {
    delete $("mistakes-list").dataset.shown;
    clearTrial();
    show();
    showPanelOf();
  });
  addEventListener("beforeunload", (event) => {
    if ([...files.values()].some(({ unsaved }) => unsaved)) {
      event.preventDefault();
    }
  });
  addEventListener("hashchange", () => choose(location.hash.slice(1)));
  startPanels(showPanelOf);
  startNaming();
}

await startPage();
listen();
await loadList();
showList();
const wanted = decodeURIComponent(location.hash.slice(1));
await choose(exercises.some(({ name }) => name === wanted) ? wanted : chosen);
setTimeout(look, LOOK_MS);
