// Spoken warnings and the tick of a repetition on this phone or browser. The box has a loudspeaker of its own; a page on the
// box itself needs none of this and mutes that one instead (POST /api/voice).

import { language, say } from "./words.js";

const TICK = "/voice/tick.wav";
const URGENCY = ["info", "caution", "danger"];
// What waited longer belongs to a movement that is over.
const STALE_MS = 3000;
// No warning takes this long to say: the network has stalled.
const LONGEST_MS = 10000;
const BUZZ_MS = [200, 100, 200];

const urgency = (warning) => URGENCY.indexOf(warning.level);

export class Sound {
  on = false;
  #blocked = false; // the browser or the box refused
  #speech = new Audio();
  #tick = new Audio(); // its own, so that speech never swallows a repetition
  #speaking = null; // the warning that is heard now
  #speakingSince = 0;
  #waiting = null; // the one warning that comes next
  #waitingSince = 0;
  #changed;

  /** `changed` is called when `on` or `label` becomes another by itself. */
  constructor(changed = () => {}) {
    this.#changed = changed;
    this.#speech.addEventListener("ended", () => this.#next());
    this.#speech.addEventListener("error", () => this.#next());
  }

  /** What a button says that toggles this. */
  get label() {
    if (this.on) {
      return say("sound_off");
    }
    return this.#blocked ? say("sound_blocked") : say("sound_on");
  }

  /** Switch on or off; must be called while a tap is handled, because browsers play nothing before one. */
  async toggle() {
    if (this.on) {
      this.#end(false);
      return;
    }
    this.on = true;
    this.#blocked = false;
    try {
      // Each element has to be heard once within the tap: only then may it play by itself.
      await Promise.all([play(this.#speech, TICK), play(this.#tick, TICK)]);
    } catch {
      this.#end(true);
    }
  }

  /** A warning event: spoken if it is to be; a danger cuts off what is less urgent, and one at most waits. */
  warning(warning) {
    if (!this.on || !warning.on || !warning.speak) {
      return;
    }
    if (warning.level === "danger") {
      navigator.vibrate?.(BUZZ_MS);
    }
    if (!warning.audio?.[language()]) {
      return;
    }
    if (this.#busy() && !(warning.level === "danger" && urgency(warning) > urgency(this.#speaking))) {
      if (!this.#waiting || urgency(warning) >= urgency(this.#waiting)) {
        this.#waiting = warning;
        this.#waitingSince = performance.now();
      }
      return;
    }
    this.#speak(warning);
  }

  /** A repetition event: its tick, whatever is being said. */
  rep(rep) {
    const address = rep.audio?.[language()];
    if (this.on && address) {
      play(this.#tick, address).catch((error) => this.#refused(error));
    }
  }

  #busy() {
    return this.#speaking !== null && performance.now() - this.#speakingSince < LONGEST_MS;
  }

  #speak(warning) {
    this.#speaking = warning;
    this.#speakingSince = performance.now();
    play(this.#speech, warning.audio[language()]).catch((error) => this.#refused(error));
  }

  #next() {
    const warning = performance.now() - this.#waitingSince < STALE_MS ? this.#waiting : null;
    this.#speaking = this.#waiting = null;
    if (warning) {
      this.#speak(warning);
    }
  }

  #refused(error) {
    // Other errors tell of a clip that was cut off by the next one, or that the box has not got: neither is for people.
    if (error.name === "NotAllowedError" && this.on) {
      this.#end(true);
      this.#changed();
    }
  }

  #end(blocked) {
    this.on = false;
    this.#blocked = blocked;
    this.#speaking = this.#waiting = null;
    this.#speech.pause();
    this.#tick.pause();
  }
}

function play(element, address) {
  const wanted = new URL(address, location.href).href;
  if (element.src === wanted) {
    element.currentTime = 0;
  } else {
    element.src = wanted;
  }
  return element.play();
}
