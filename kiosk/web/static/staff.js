// What the light pages for staff share: the bar at the top, the two languages, and requests that ask for the PIN.

import { chooseLanguage, language, loadWords, presetLanguage, say, translatePage } from "./words.js";

export { language, pick, say } from "./words.js";

const PAGES = [
  ["/", "page_kiosk"],
  ["/photo", "page_photo"],
  ["/editor", "page_editor"],
  ["/report", "page_report"],
  ["/review", "page_review"],
];

/** Fetch the words and build the bar. `document` hears "languagechange" whenever somebody chooses the other language. */
export async function startPage() {
  await loadWords();
  try {
    const answer = await fetch("/api/state");
    presetLanguage((await answer.json()).language ?? "en");
  } catch {
    // The kiosk is restarting: the page begins in English and can be switched.
  }
  buildBar(document.getElementById("top"));
  translatePage();
  await showSignOut();
}

/** Whoever works at the wall's screen is to leave it without the staff's rights. */
async function showSignOut() {
  const answer = await fetch("/api/pin").catch(() => null);
  document.getElementById("sign-out").hidden = !(answer?.ok && (await answer.json()).staff);
}

async function signOut() {
  await fetch("/api/pin?role=staff", { method: "DELETE" }).catch(() => null);
  await showSignOut();
}

/** An answer that was a refusal: `status`, and `body` with `error` and `hint` or a list of problems. */
export class ApiError extends Error {
  constructor(status, body) {
    super([body?.error, body?.hint].filter(Boolean).join(" - ") || say("request_failed", status));
    this.status = status;
    this.body = body;
  }
}

/** Ask the kiosk and return its JSON. Where the staff PIN is needed, ask for it and try once more; ApiError if refused. */
export async function api(path, options = {}) {
  return parsed(await ask(path, options));
}

/** The same for what is no JSON: return the answer itself. */
export async function ask(path, options = {}) {
  let answer = await request(path, options);
  if (answer.status === 401 && (await answer.clone().json()).pin === "staff" && (await askPin())) {
    answer = await request(path, options);
  }
  if (answer.ok) {
    return answer;
  }
  const body = await parsed(answer);
  if (answer.status === 401 && body?.pin === "viewing") {
    location.assign(`/pin?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new ApiError(answer.status, body);
}

async function request(path, options) {
  try {
    return await fetch(path, { ...options, headers: { "Accept-Language": document.documentElement.lang, ...options.headers } });
  } catch {
    throw new ApiError(0, { error: say("kiosk_silent") });
  }
}

async function parsed(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return answer.ok ? text : { error: text.trim() };
  }
}

/** Ask for the staff PIN until it is right; false if the person gives up. */
export function askPin() {
  const dialog = pinDialog();
  document.body.append(dialog);
  dialog.showModal();
  const input = dialog.querySelector("input");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "right");
    });
    dialog.querySelector("[type=button]").addEventListener("click", () => dialog.close());
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const wrong = await refusal(input.value);
      if (wrong === null) {
        dialog.close("right");
        showSignOut();
        return;
      }
      dialog.querySelector(".message").hidden = false;
      dialog.querySelector(".message span").textContent = wrong;
      input.select();
    });
  });
}

/** Why this PIN is refused, or null if it is right. */
async function refusal(pin) {
  const answer = await fetch("/api/pin", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ pin, role: "staff" }),
  }).catch(() => null);
  if (answer === null) {
    return say("kiosk_silent");
  }
  if (answer.ok) {
    return null;
  }
  if (answer.status === 429) {
    return say("pin_wait", answer.headers.get("Retry-After") ?? "");
  }
  return answer.status === 403 ? say("pin_wrong") : new ApiError(answer.status, await parsed(answer)).message;
}

function pinDialog() {
  const dialog = make("dialog", { "aria-labelledby": "pin-title" });
  const form = make("form");
  const message = make("p", { class: "message", "data-level": "danger", role: "alert", hidden: "" });
  message.append(make("span"));
  const input = make("input", {
    id: "pin-input",
    type: "password",
    inputmode: "numeric",
    autocomplete: "current-password",
    required: "",
    "aria-labelledby": "pin-title",
  });
  const actions = make("p", { class: "actions" });
  actions.append(make("button", { type: "button" }, say("cancel")), make("button", { class: "primary" }, say("pin_enter")));
  form.append(input, message, actions);
  dialog.append(make("h2", { id: "pin-title" }, say("pin_staff")), form);
  return dialog;
}

function buildBar(bar) {
  const links = make("nav", { "data-label": "pages" });
  for (const [address, word] of PAGES) {
    const link = make("a", { href: address, "data-word": word });
    if (address === location.pathname) {
      link.setAttribute("aria-current", "page");
    }
    links.append(link);
  }
  const languages = make("div", { class: "languages", role: "group", "data-label": "language" });
  for (const [code, lang, text] of [["en", "en", "EN"], ["zh", "zh-Hans", "中"]]) {
    const button = make("button", { type: "button", "data-language": code, lang }, text);
    button.addEventListener("click", () => choose(code));
    languages.append(button);
  }
  const out = make("button", { type: "button", id: "sign-out", "data-word": "sign_out", hidden: "" });
  out.addEventListener("click", signOut);
  bar.append(links, out, languages);
}

function choose(code) {
  const before = language();
  chooseLanguage(code);
  translatePage();
  if (code !== before) {
    document.dispatchEvent(new CustomEvent("languagechange"));
  }
}

/** An element with these attributes and this text. */
export function make(name, attributes = {}, text = "") {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, value);
  }
  element.textContent = text;
  return element;
}
