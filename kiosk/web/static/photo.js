// Photo analysis: a picture is chosen, dropped, pasted or taken; what the kiosk finds in it stands beside it.

import { find, hide, write } from "./element.js";
import { language, make, pick, say, startPage } from "./staff.js";
import { upload } from "./upload.js";

const MOST_BYTES = 15_000_000;
const JOINTS = ["shoulder", "elbow", "hip", "knee", "ankle"];
const PASSING = [0, 408, 429]; // refusals that may be over a moment later

let file = null; // the picture that was chosen last
let sending = null;
let answer = null;
let failure = null; // {status, body}
let share = 0; // of the picture that has been sent
let exercises = [];

await startPage();
listen();
await loadExercises();
render();

function listen() {
  document.addEventListener("languagechange", () => render());
  for (const id of ["file", "camera"]) {
    find(id).addEventListener("change", (event) => {
      take(event.target.files[0]);
      event.target.value = ""; // so that the same picture can be chosen again
    });
  }
  find("exercise").addEventListener("change", () => file && send());
  find("again").addEventListener("click", () => send());
  find("copy").addEventListener("click", copyPoints);
  document.addEventListener("paste", (event) => take(event.clipboardData.files[0]));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? over(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    take(event.dataTransfer.files[0]);
  });
}

function over(is) {
  document.querySelector(".stage").classList.toggle("over", is);
}

async function loadExercises() {
  try {
    exercises = (await (await fetch("/api/exercises")).json()).exercises;
  } catch {
    // The kiosk is restarting: joint angles need no exercise.
  }
  find("exercise").append(...exercises.map(({ name }) => make("option", { value: name })));
}

function take(chosen) {
  if (chosen) {
    file = chosen;
    send();
  }
}

async function send() {
  sending?.abort();
  sending = failure = null;
  if (file.size > MOST_BYTES) {
    answer = null;
    failure = { status: 413, body: { error: say("photo_bytes", MOST_BYTES / 1e6), hint: say("photo_bytes_hint") } };
    render();
    return;
  }
  share = 0;
  const mine = (sending = upload(file, find("exercise").value, language(), (part) => {
    share = part;
    renderProgress();
  }));
  render();
  const result = await mine.done;
  if (result === null || sending !== mine) {
    return;
  }
  sending = null;
  [answer, failure] = result.status === 200 && result.body ? [result.body, null] : [null, result];
  render();
}

function render() {
  document.body.dataset.mode = sending ? "working" : failure ? "failed" : answer ? "done" : "empty";
  for (const { name, title } of exercises) {
    write(find("exercise").querySelector(`[value="${name}"]`), pick(title));
  }
  hide(find("invitation"), Boolean(answer));
  hide(find("annotated"), !answer);
  if (answer && find("annotated").src !== answer.image) {
    find("annotated").src = answer.image;
  }
  renderProgress();
  renderFailure();
  renderWarnings();
  renderAngles();
  renderMeasures();
  renderPoints();
}

function renderProgress() {
  hide(find("progress"), !sending);
  const bar = find("progress-bar");
  if (!sending) {
    write(find("progress-text"), "");
  } else if (share < 1) {
    bar.value = share;
    write(find("progress-text"), say("photo_uploading", Math.floor(share * 100)));
  } else {
    bar.removeAttribute("value"); // how long it takes is not known
    write(find("progress-text"), say("photo_analysing"));
  }
}

function renderFailure() {
  hide(find("failure"), !failure);
  hide(find("again"), !failure || !PASSING.includes(failure.status));
  const { error, hint } = failure ? sentences(failure) : {};
  write(find("failure-error"), error ?? "");
  write(find("failure-hint"), hint ?? "");
}

/** What is wrong and what to do: the kiosk's own words where it said any. */
function sentences({ status, body }) {
  const said = body?.say ? pick(body.say) : body;
  return { error: said?.error ?? (status ? say("request_failed", status) : say("kiosk_silent")), hint: said?.hint };
}

function renderWarnings() {
  const lines = [];
  if (answer?.exercise) {
    lines.push(...answer.warnings.map(({ level, say: texts }) => message(level, say(`level_${level}`), pick(texts))));
    if (answer.guidance) {
      lines.push(message("info", say("level_info"), pick(answer.guidance)));
    } else if (!lines.length) {
      lines.push(message("good", "", say("photo_no_fault")));
    }
    lines.push(make("li", { class: "quiet" }, say("photo_limits")));
  }
  find("warnings").replaceChildren(...lines);
}

function message(level, word, text) {
  const line = make("li", { class: "message", "data-level": level });
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${level}`);
  icon.append(use);
  const body = make("p");
  body.append(...(word ? [make("b", {}, word), text] : [text]));
  line.append(icon, body);
  return line;
}

function renderAngles() {
  hide(find("angles"), !answer);
  const { angles } = answer ?? {};
  const rows = angles ? JOINTS.map((joint) => row(say(`measure_${joint}`), angles[`left_${joint}`], angles[`right_${joint}`])) : [];
  if (angles) {
    rows.push(row(say("measure_trunk"), angles.trunk));
    rows.at(-1).lastChild.colSpan = 2;
  }
  find("joints").replaceChildren(...rows);
}

function row(name, ...values) {
  const line = make("tr");
  line.append(make("th", { scope: "row" }, name), ...values.map((value) => cell(value, "deg")));
  return line;
}

function cell(value, unit) {
  if (value === null) {
    const unseen = make("td", { class: "unseen" }, "–");
    unseen.append(make("span", { class: "heard" }, say("photo_unseen")));
    return unseen;
  }
  return make("td", {}, unit === "deg" ? `${value.toFixed(0)}°` : `${value.toFixed(2)} ${unit}`.trim());
}

function renderMeasures() {
  hide(find("measures"), !answer?.exercise);
  const rows = Object.entries(answer?.measures ?? {}).map(([name, value]) => {
    const line = make("tr");
    const head = make("th", { scope: "row" });
    head.append(make("code", {}, name));
    line.append(head, cell(value, answer.units[name]));
    return line;
  });
  find("measures-rows").replaceChildren(...rows);
}

function renderPoints() {
  hide(find("points"), !answer);
  const lines = (answer?.landmarks ?? []).map((point) => JSON.stringify(point));
  find("points-json").value = `[\n${lines.join(",\n")}\n]`;
  write(find("copied"), "");
}

async function copyPoints() {
  const box = find("points-json");
  try {
    await navigator.clipboard.writeText(box.value);
  } catch {
    // Over plain HTTP a browser has no clipboard for pages but copies what is selected.
    box.select();
    document.execCommand("copy");
  }
  write(find("copied"), say("photo_copied"));
}
