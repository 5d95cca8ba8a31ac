// The PIN page: /pin?role=viewing|staff&next=/editor. It may fetch nothing but /pin/words.json and /api/pin.

import { chooseLanguage, loadWords, presetLanguage, say, translatePage } from "./words.js";

const find = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const role = asked.get("role") === "staff" ? "staff" : "viewing";
const [form, input, enter] = [find("form"), find("pin"), find("enter")];
let complaint = () => ""; // what is wrong, in the language of the moment
let waiting = false;

/** Where to go afterwards: a page of this kiosk, whatever `next` says. */
function destination() {
  const next = asked.get("next") ?? "/";
  const address = URL.canParse(next, location.origin) ? new URL(next, location.origin) : null;
  const own = next.startsWith("/") && address?.origin === location.origin && address.pathname !== "/pin";
  // The server never learns what stands after the #, but the browser brings it along.
  return own ? address.href + location.hash : "/";
}

async function ask(options) {
  try {
    return await fetch("/api/pin", options);
  } catch {
    return null; // the kiosk is restarting
  }
}

async function signIn() {
  enter.disabled = true;
  const answer = await ask({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ pin: input.value, role }),
  });
  if (answer?.ok) {
    location.replace(destination());
    return;
  }
  enter.disabled = false;
  if (answer === null) {
    complain(() => say("kiosk_silent"));
  } else if (answer.status === 429) {
    const seconds = Number(answer.headers.get("Retry-After"));
    complain(() => say("pin_wait", seconds));
    wait(seconds);
  } else {
    complain(() => say("pin_wrong"));
  }
  shake();
  input.value = "";
  if (document.activeElement !== input && hasKeyboard()) {
    input.focus();
  }
}

function complain(text) {
  complaint = text;
  find("message").hidden = false;
  find("message-text").textContent = complaint();
}

/** The button counts down, so that the message needs to be read out only once. */
function wait(seconds) {
  waiting = seconds > 0;
  enter.disabled = waiting;
  find("enter-text").hidden = waiting;
  find("left").hidden = !waiting;
  find("left").textContent = seconds;
  if (waiting) {
    setTimeout(() => wait(seconds - 1), 1000);
  } else {
    find("message").hidden = true;
  }
}

function shake() {
  form.classList.remove("wrong");
  void form.offsetWidth; // begins the animation anew
  form.classList.add("wrong");
}

function press(digit) {
  if (input.value.length < input.maxLength) {
    input.value += digit;
  }
}

/** On a phone the system's keyboard would cover the keypad, so nothing is focused there. */
function hasKeyboard() {
  return matchMedia("(pointer: fine)").matches;
}

function listen() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!enter.disabled) {
      signIn();
    }
  });
  form.querySelectorAll("[data-digit]").forEach((button) => button.addEventListener("click", () => press(button.dataset.digit)));
  find("delete").addEventListener("click", () => (input.value = input.value.slice(0, -1)));
  document.addEventListener("keydown", (event) => {
    if (/^\d$/.test(event.key) && document.activeElement !== input && !event.ctrlKey && !event.metaKey && !event.altKey) {
      press(event.key);
    }
  });
  document.querySelectorAll("[data-language]").forEach((button) => {
    button.addEventListener("click", () => {
      chooseLanguage(button.dataset.language);
      translatePage();
      find("message-text").textContent = complaint();
    });
  });
}

document.body.dataset.role = role;
find("user").value = role; // a browser that keeps passwords tells the two apart by it
presetLanguage(navigator.language.startsWith("zh") ? "zh" : "en");
listen();
await loadWords("/pin/words.json");
translatePage();
// A link from another app may bring a browser here that has long been signed in.
const now = await (await ask())?.json();
if (now?.[role]) {
  location.replace(destination());
} else {
  form.hidden = false;
  if (now && !now[`${role}_set`]) {
    complain(() => say("pin_none", role));
  }
  if (hasKeyboard()) {
    input.focus();
  }
}
