// The notice when the box is not reachable. It asks again and again, and opens the page as soon as the box answers.

import { loadWords, translatePage } from "./words.js";

const ASK_MS = 2000;

async function ask() {
  try {
    await fetch("/healthz", { cache: "no-store" });
    location.reload();
  } catch {
    setTimeout(ask, ASK_MS);
  }
}

setTimeout(ask, ASK_MS);
await loadWords();
translatePage();
