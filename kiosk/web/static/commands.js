// What this page asks of the kiosk; a refusal is shown in words.

import { find, write } from "./element.js";
import { say } from "./words.js";

const TOAST_MS = 5000;
let timer;

/** Send `value` as JSON; true once the kiosk has done it. */
export async function command(path, value) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(value),
    });
  } catch {
    toast(say("kiosk_silent"));
    return false;
  }
  if (!answer.ok) {
    toast(await reason(answer));
  }
  return answer.ok;
}

async function reason(answer) {
  const text = await answer.text();
  try {
    const { error, hint } = JSON.parse(text);
    return [error, hint].filter(Boolean).join(" - ");
  } catch {
    return text.trim() || say("request_failed", answer.status);
  }
}

/** Show a sentence for a while, above everything, and within the open dialog: whatever is outside it is not read aloud. */
export function toast(text) {
  const box = find("toast");
  write(box, text);
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.showPopover();
  clearTimeout(timer);
  timer = setTimeout(() => box.hidePopover(), TOAST_MS);
}
