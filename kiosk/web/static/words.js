// The page's sentences, all of them from /words.json, in the language that was chosen here or else by the box.

const KEY = "language";
let sentences = {};
let chosen = remembered();
let preset = "en";

/** Fetch the sentences; keeps trying, because a page without words is of no use. */
export async function loadWords(address = "/words.json") {
  for (;;) {
    try {
      const answer = await fetch(address);
      if (answer.ok) {
        sentences = await answer.json();
        return;
      }
    } catch {
      // The daemon is restarting; it is asked again in a second.
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

export function language() {
  return chosen ?? preset;
}

/** The box's own language counts until somebody chooses on this screen. */
export function presetLanguage(code) {
  preset = code;
}

export function chooseLanguage(code) {
  chosen = code;
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // Storage is switched off in this browser: the choice lasts until the page is reloaded.
  }
}

/** The sentence of that name, its {detail} filled in; undefined when there is none. */
export function say(name, detail = "") {
  return sentences[name]?.[language()].replace("{detail}", () => detail);
}

/** The text for this language out of {en, zh}. */
export function pick(texts) {
  return texts?.[language()] ?? "";
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Put the fixed texts of the page, those marked in its HTML, into the language. */
export function translatePage() {
  const lang = language() === "zh" ? "zh-Hans" : "en";
  if (document.documentElement.dataset.translated === lang) {
    return false;
  }
  document.documentElement.lang = lang;
  document.documentElement.dataset.translated = lang;
  document.querySelectorAll("[data-word]").forEach((element) => (element.textContent = say(element.dataset.word)));
  document.querySelectorAll("[data-alt]").forEach((element) => (element.alt = say(element.dataset.alt)));
  document.querySelectorAll("[data-label]").forEach((element) => element.setAttribute("aria-label", say(element.dataset.label)));
  document.querySelectorAll("[data-language]").forEach((button) => {
    button.setAttribute("aria-pressed", button.dataset.language === language());
  });
  return true;
}
