// One exercise file as this page knows it: what is saved, what is being written, and what somebody else saved meanwhile.

import { api, ApiError, say } from "./staff.js";
import { asideOf, draftOf, dropAside, dropDraft, keepDraft, putAside } from "./drafts.js";

const YAML = { "Content-Type": "text/yaml; charset=utf-8" };

export class RuleFile {
  /** `saved` is the {text, etag} that `text` was made from, `theirs` a newer one; `notice` is a word to show, or "". */
  constructor(name) {
    this.name = name;
    this.saved = { text: "", etag: null };
    this.text = "";
    this.theirs = null;
    this.notice = "";
    this.problems = [];
  }

  get address() {
    return `/api/exercises/${encodeURIComponent(this.name)}`;
  }

  get unsaved() {
    return this.text !== this.saved.text;
  }

  /** Read what is saved, and go on with an unsaved draft of last time. */
  async open() {
    this.saved = await this.read();
    this.text = this.saved.text;
    const draft = draftOf(this.name);
    if (draft && draft.text !== this.saved.text) {
      if (draft.base.etag !== this.saved.etag) {
        [this.theirs, this.saved] = [this.saved, draft.base];
      }
      this.text = draft.text;
      this.notice = "draft";
    } else if (draft) {
      dropDraft(this.name);
    }
  }

  /** The text that is saved now; null if it is still the one marked `etag`. */
  async read(etag = null) {
    const answer = await fetch(`${this.address}/yaml`, { headers: etag ? { "If-None-Match": `"${etag}"` } : {}, cache: "no-store" });
    if (answer.status === 304) {
      return null;
    }
    if (!answer.ok) {
      throw new ApiError(answer.status, await answer.json().catch(() => null));
    }
    return { text: (await answer.text()).replace(/\r\n?/g, "\n"), etag: bare(answer.headers.get("ETag")) };
  }

  /** Look whether somebody else saved; true if what is to be shown has changed. */
  async look() {
    let now;
    try {
      now = await this.read((this.theirs ?? this.saved).etag);
    } catch (error) {
      if (error.status !== 404 || this.notice === "gone" || this.saved.etag === null) {
        return false;
      }
      this.saved.etag = null;
      this.theirs = null;
      this.notice = "gone";
      return true;
    }
    if (now === null || now.etag === this.saved.etag) {
      return false;
    }
    if (this.unsaved) {
      this.theirs = now;
    } else {
      this.take(now);
      this.notice = "newer";
    }
    return true;
  }

  /** The person wrote: keep it as a draft. */
  write(text) {
    this.text = text;
    if (this.unsaved) {
      keepDraft(this.name, text, this.saved);
    } else {
      dropDraft(this.name);
    }
  }

  /** Make a saved text the one that is worked on. */
  take(saved) {
    this.saved = saved;
    this.text = saved.text;
    this.theirs = null;
    dropDraft(this.name);
  }

  /** Save; true if it is saved, false where somebody else saved meanwhile. ApiError where it is refused otherwise. */
  async save() {
    const text = this.text;
    try {
      const etag = await put(this.address, text, this.saved.etag);
      this.saved = { text, etag };
      this.theirs = null;
      this.notice = "";
      this.write(this.text);
      return true;
    } catch (error) {
      if (error.status !== 412) {
        throw error;
      }
      this.theirs = { text: error.body.text.replace(/\r\n?/g, "\n"), etag: error.body.etag };
      return false;
    }
  }

  /** What is wrong with the text as it is written now. */
  async check() {
    return api(`${this.address}/check`, { method: "POST", headers: YAML, body: this.text });
  }

  async tried() {
    return api(`${this.address}/try`, { method: "POST", headers: YAML, body: this.text });
  }

  /** What marked alarms teach about the saved rules. */
  async lessons() {
    return (await api(`${this.address}/tune`)).rules;
  }

  /** Let the kiosk put a suggested number into the saved file, or the one of before; ApiError where it is refused. */
  async tune(change) {
    await api(`${this.address}/tune`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(change) });
  }

  async versions() {
    return (await api(`${this.address}/versions`)).versions;
  }

  async version(number) {
    const answer = await fetch(`${this.address}/versions/${number}`);
    if (!answer.ok) {
      throw new ApiError(answer.status, await answer.json().catch(() => null));
    }
    return (await answer.text()).replace(/\r\n?/g, "\n");
  }

  /** The text that was last replaced by another one, or null. */
  get aside() {
    return asideOf(this.name);
  }

  set aside(text) {
    if (text === null) {
      dropAside(this.name);
    } else {
      putAside(this.name, text);
    }
  }
}

/** Save a text under a new name, in which it is then called so; ApiError where it is refused. */
export async function saveAs(name, text) {
  const renamed = text.replace(/^name:.*$/m, (line) => line.replace(/^name:\s*("[^"]*"|'[^']*'|[^\s#]*)/, `name: ${name}`));
  await put(`/api/exercises/${encodeURIComponent(name)}`, renamed, null);
}

async function put(address, text, etag) {
  const seen = etag === null ? { "If-None-Match": "*" } : { "If-Match": `"${etag}"` };
  return (await api(`${address}/yaml`, { method: "PUT", headers: { ...YAML, ...seen }, body: text })).etag;
}

function bare(etag) {
  return etag?.replace(/^W\//, "").replaceAll('"', "") ?? null;
}

/** Why the kiosk refused, as a sentence. */
export function reason(error) {
  return error instanceof ApiError ? error.message : say("kiosk_silent");
}
