// The training report: choose whose, of what and when; it comes as HTML from the kiosk and is printed as it stands.

import { find, hide, write } from "./element.js";
import { ApiError, api, ask, language, make, pick, say, startPage } from "./staff.js";

const STEP_DAYS = { day: 1, week: 7 };
const STEP_MONTHS = { month: 1, year: 12 };

let choices = null; // {people, exercises, first, last}
let asking = null; // the request under way, which a newer choice ends

await startPage();
listen();
await begin();

function listen() {
  document.addEventListener("languagechange", () => {
    fillChoices();
    show();
  });
  find("choice").addEventListener("submit", (event) => event.preventDefault());
  find("choice").addEventListener("change", () => show());
  find("before").addEventListener("click", () => step(-1));
  find("after").addEventListener("click", () => step(1));
  find("print").addEventListener("click", () => print());
  find("again").addEventListener("click", () => (choices ? show() : begin()));
  document.querySelectorAll("[data-save]").forEach((button) => button.addEventListener("click", () => save(button)));
  // Styles alone can't open them in every browser.
  addEventListener("beforeprint", () => toggleDetails(true));
  addEventListener("afterprint", () => toggleDetails(false));
}

/** Ask who and what there is, and show the month of the last visit. */
async function begin() {
  fail(null);
  try {
    choices = await api("/api/report/choices");
  } catch (error) {
    fail(error);
    return;
  }
  const asked = new URLSearchParams(location.search);
  find("date").value = asked.get("date") ?? choices.last ?? today();
  fillChoices();
  for (const id of ["period", "person", "exercise"]) {
    if ([...find(id).options].some(({ value }) => value === asked.get(id))) {
      find(id).value = asked.get(id);
    }
  }
  await show();
}

function fillChoices() {
  const { people = [], exercises = [] } = choices ?? {};
  fill(find("person"), say("report_everybody"), people.map((name) => [name, name]));
  fill(find("exercise"), say("report_overview"), exercises.map(({ name, title }) => [name, pick(title)]));
}

function fill(select, all, options) {
  const { value } = select;
  select.replaceChildren(make("option", { value: "" }, all), ...options.map(([name, text]) => make("option", { value: name }, text)));
  select.value = options.some(([name]) => name === value) ? value : "";
}

async function show() {
  const all = find("period").value === "all";
  hide(find("when"), all);
  find("mark").href = address("/review");
  if (!choices || !(all || find("date").value)) {
    return;
  }
  asking?.abort();
  const mine = (asking = new AbortController());
  fail(null);
  write(find("status"), say("report_reading"));
  find("sheet").setAttribute("aria-busy", "true");
  try {
    const answer = await ask(address("/api/report", { format: "html" }), { signal: mine.signal });
    const html = await answer.text();
    if (asking === mine) {
      // The kiosk wrote it and escaped every name in it; a script in it would not run in any case.
      find("sheet").replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      hide(find("sheet"), false);
    }
  } catch (error) {
    if (asking === mine) {
      fail(error);
    }
  }
  if (asking === mine) {
    write(find("status"), "");
    find("sheet").removeAttribute("aria-busy");
  }
}

function address(path, more = {}) {
  const period = find("period").value;
  const query = { ...more, language: language(), period };
  if (period !== "all") {
    query.date = find("date").value;
  }
  for (const id of ["person", "exercise"]) {
    if (find(id).value) {
      query[id] = find(id).value;
    }
  }
  return `${path}?${new URLSearchParams(query)}`;
}

/** Go to the period before or after. */
function step(by) {
  const [year, month, day] = find("date").value.split("-").map(Number);
  if (!year) {
    return;
  }
  const period = find("period").value;
  const months = STEP_MONTHS[period];
  const length = new Date(Date.UTC(year, month - 1 + by * (months ?? 0) + 1, 0)).getUTCDate();
  const to = months
    ? Date.UTC(year, month - 1 + by * months, Math.min(day, length))
    : Date.UTC(year, month - 1, day + by * STEP_DAYS[period]);
  find("date").value = new Date(to).toISOString().slice(0, 10);
  show();
}

async function save(button) {
  if (!choices) {
    return;
  }
  button.disabled = true;
  try {
    const answer = await ask(address(button.dataset.save, { format: "file" }));
    const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: button.dataset.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    fail(error);
  }
  button.disabled = false;
}

function fail(error) {
  if (error && !(error instanceof ApiError)) {
    throw error;
  }
  hide(find("failure"), !error);
  write(find("failure-text"), error?.message ?? "");
}

function toggleDetails(open) {
  for (const details of find("sheet").querySelectorAll("details")) {
    if (open) {
      details.dataset.was = details.open;
    }
    details.open = open || details.dataset.was === "true";
  }
}

function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
