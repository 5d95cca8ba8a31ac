// Unsaved texts, which outlive the page: one draft an exercise, and the text that was last put aside for another.

const memory = new Map();

function storage(work) {
  try {
    return work(localStorage);
  } catch {
    return undefined; // Storage is switched off or full in this browser: texts last as long as the page.
  }
}

function keep(key, value) {
  memory.set(key, value);
  storage((store) => store.setItem(key, JSON.stringify(value)));
}

function kept(key) {
  const stored = storage((store) => JSON.parse(store.getItem(key)));
  return stored ?? memory.get(key) ?? null;
}

function drop(key) {
  memory.delete(key);
  storage((store) => store.removeItem(key));
}

/** Keep an unsaved text together with the saved {text, etag} that it was made from. */
export const keepDraft = (name, text, base) => keep(`draft:${name}`, { text, base });
export const draftOf = (name) => kept(`draft:${name}`);
export const dropDraft = (name) => drop(`draft:${name}`);

/** Keep a text that is about to be replaced, so that it can be brought back. */
export const putAside = (name, text) => keep(`aside:${name}`, text);
export const asideOf = (name) => kept(`aside:${name}`);
export const dropAside = (name) => drop(`aside:${name}`);
