// The editor: staff choose an exercise, change its rules, see mistakes as they type, try, compare, save and go back.

import { ApiError, pick, startPage } from "./staff.js";
import { CodeArea } from "./codearea.js";
import { draftOf } from "./drafts.js";
import { showMistakes, showNotices, showRefusal, showStatus } from "./editornotices.js";
import { clearTrial, runTrial, showChanges, showPanel, shownPanel, showVersions, startPanels } from "./editorpanels.js";
import { fold, loadExercises, showExercises } from "./exerciselist.js";
import { showLessons } from "./lessons.js";
import { startNaming } from "./naming.js";
import { reason, RuleFile } from "./rulefile.js";

const CHECK_MS = 300;
const LOOK_MS = 3000;

const $ = (id) => document.getElementById(id);
const files = new Map();
let exercises = [];
let chosen = "";
let file = null;
let saving = false;
let looking = false;
let choosing = 0;
let checking = false;
let checkAgain = false;
let checkTimer = 0;

const code = new CodeArea({ text: $("text"), colours: $("colours"), gutter: $("gutter"), scroller: $("code"), changed });

// ---- which exercise ----
async function choose(name) {
  fold();
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  const known = files.get(name);
  const next = known ?? new RuleFile(name);
  const asked = (choosing += 1);
  try {
    await (known ? known.look() : next.open());
  } catch (error) {
    showRefusal(reason(error));
    return;
  }
  if (asked !== choosing) {
    return; // another exercise was chosen meanwhile
  }
  files.set(name, next);
  file = next;
  $("save-as").disabled = false;
  $("run").disabled = false;
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
  showStatus(file);
  showNotices(file, { seeTheirs, keepMine, takeTheirs, discard, bringMine, forgetAside });
  showMistakes(file.problems, ({ line, col }) => code.go(line, col));
  showList();
  if (shownPanel() === "changes") {
    showChanges(file);
  }
}

function showPanelOf() {
  if (file === null) {
    return;
  }
  if (shownPanel() === "changes") {
    showChanges(file);
  } else if (shownPanel() === "versions") {
    showVersions(file, (text) => bring(text));
  } else if (shownPanel() === "learn") {
    showLessons(file, showTuned);
  }
}

/** The kiosk has changed a number in the saved file. */
async function showTuned() {
  const tuned = file;
  await tuned.look();
  tuned.notice = "saved";
  if (tuned === file) {
    code.refresh(file.text);
    check();
    show();
    showPanelOf();
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

// One check at a time, then one of the newest text: a busy box is not asked faster than it answers.
async function check() {
  clearTimeout(checkTimer);
  if (checking) {
    checkAgain = true;
    return;
  }
  checking = true;
  const [asked, text] = [file, file.text];
  try {
    const problems = await asked.check();
    if (asked === file && text === file.text) {
      setProblems(problems);
    }
  } catch (error) {
    if (error.status !== 413) {
      checkTimer = setTimeout(check, LOOK_MS); // the kiosk is busy or restarting
    }
  }
  checking = false;
  if (checkAgain) {
    checkAgain = false;
    check();
  }
}

function setProblems(problems) {
  file.problems = problems;
  code.mark(problems);
  show();
}

// ---- saving, and whose text counts ----
async function save() {
  if (file === null || $("save").disabled) {
    return;
  }
  const saved = file;
  saving = true;
  show();
  try {
    saved.notice = (await saved.save()) && !saved.unsaved ? "saved" : "";
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

function takeTheirs() {
  replace(file.theirs);
}

function discard() {
  replace(file.theirs ?? file.saved);
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

/** Has somebody else saved, and which files are there and wrong now? */
async function look() {
  if (document.hidden || file === null || saving || looking) {
    return;
  }
  looking = true;
  const asked = file;
  const news = await asked.look();
  await loadList().catch(() => {}); // the kiosk is restarting; it is asked again
  looking = false;
  if (asked === file && !saving && news) {
    if (code.value !== file.text) {
      code.refresh(file.text);
    }
    check();
    showPanelOf();
  }
  show();
}

async function openNew(name) {
  await loadList().catch(() => {});
  if (!exercises.some((known) => known.name === name)) {
    exercises.push({ name, title: { en: name, zh: name }, wrong: false }); // the kiosk takes it in within a second
  }
  await choose(name);
}

async function loadList() {
  ({ exercises, chosen } = await loadExercises());
}

function showList() {
  const isUnsaved = (name) => files.get(name)?.unsaved ?? draftOf(name) !== null;
  showExercises({ exercises, chosen, current: file?.name, isUnsaved, choose });
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
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
  });
  document.addEventListener("languagechange", () => {
    if (file === null) {
      showList();
      return;
    }
    clearTrial();
    show();
    showPanelOf();
  });
  addEventListener("beforeunload", (event) => {
    if ([...files.values()].some(({ unsaved }) => unsaved)) {
      event.preventDefault();
    }
  });
  addEventListener("hashchange", () => choose(asked() ?? chosen));
  startPanels(showPanelOf);
  startNaming({ opener: $("save-as"), text: () => file.text, saved: openNew });
}

/** The exercise that the address names, if there is such a one. */
function asked() {
  return exercises.find(({ name }) => `#${encodeURIComponent(name)}` === location.hash)?.name;
}

await startPage();
listen();
for (;;) {
  try {
    await loadList();
    break;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS)); // the kiosk is restarting
  }
}
showList();
await choose(asked() ?? exercises.find(({ name }) => name === chosen)?.name ?? exercises[0]?.name ?? chosen);
setInterval(look, LOOK_MS);
addEventListener("focus", look);
