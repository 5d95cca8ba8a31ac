// The band at the picture's lower edge: one message at a time, the most urgent, long enough to be read.

import { pick, say } from "./words.js";

const AT_LEAST_MS = 1500;
const SLIDE_MS = 150;
const URGENCY = ["guidance", "info", "caution", "danger"];
// A long sentence is set smaller, on two lines, rather than cut.
const FITS = [1, 0.88, 0.76, 0.64, 0.54];
const FULL = 0.92; // of the band's height may be text

const urgency = (message) => URGENCY.indexOf(message.level);

export class Band {
  #band;
  #icon;
  #level;
  #text;
  #shown = null; // the message on the band
  #until = 0; // when it may give way to one that is not more urgent
  #standing = null; // the message that the daemon says holds now
  #timer;

  constructor(find) {
    this.#band = find("band");
    this.#icon = find("band-icon");
    this.#level = find("band-level");
    this.#text = find("band-text");
    addEventListener("resize", () => this.#fit());
  }

  /** `message` ({id, level, say}) holds from now on; null: nothing to say. */
  stand(message) {
    this.#standing = message;
    this.#settle();
  }

  /** A warning has just been raised: show it even if it holds for less than a moment. */
  flash(message) {
    const rivals = [this.#standing, this.#busy() ? this.#shown : null].filter(Boolean);
    if (rivals.every((rival) => urgency(message) > urgency(rival))) {
      this.#show(message);
    }
  }

  /** Take the band away at once: there is nothing to judge. */
  clear() {
    this.#standing = null;
    if (this.#shown) {
      this.#hide();
    }
  }

  /** Say the message again, in the language chosen meanwhile. */
  retell() {
    if (this.#shown) {
      this.#write();
    }
  }

  #settle() {
    const next = this.#standing;
    if (this.#busy() && !(next && urgency(next) > urgency(this.#shown))) {
      return;
    }
    if (!next) {
      if (this.#shown) {
        this.#hide();
      }
    } else if (this.#shown?.id !== next.id) {
      this.#show(next);
    } else if (pick(next.say) !== pick(this.#shown.say)) {
      this.#shown = next;
      this.#write();
    }
  }

  #busy() {
    return this.#shown !== null && performance.now() < this.#until;
  }

  #show(message) {
    this.#shown = message;
    this.#write(); // which takes a while on a busy box, and is not seen before
    this.#until = performance.now() + AT_LEAST_MS;
    this.#later(() => this.#settle(), AT_LEAST_MS);
  }

  #hide() {
    this.#shown = null;
    delete this.#band.dataset.level;
    this.#later(() => {
      this.#level.textContent = "";
      this.#text.textContent = "";
    }, SLIDE_MS);
  }

  #write() {
    const { level } = this.#shown;
    this.#icon.setAttribute("href", `#icon-${level}`);
    this.#level.textContent = say(`level_${level}`) ?? "";
    this.#text.textContent = pick(this.#shown.say);
    this.#band.dataset.level = level;
    this.#fit();
  }

  #fit() {
    const paragraph = this.#text.parentElement;
    for (const fit of FITS) {
      paragraph.style.setProperty("--fit", fit);
      if (paragraph.offsetHeight <= FULL * this.#band.clientHeight) {
        return;
      }
    }
  }

  #later(act, wait_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, wait_ms);
  }
}
