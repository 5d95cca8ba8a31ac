// The column beside the picture: exercise, count, phase and tempo, angles, and the small print for staff.

import { pick, say } from "./words.js";

const PULSE_MS = 120;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Write a text only when it differs, so that nothing is laid out, or read aloud, again for nothing. */
export function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export class Column {
  #find;
  #reps = null;
  #exercise = null;
  #rows = new Map(); // name of a measure -> its name and value on the page

  constructor(find) {
    this.#find = find;
    setInterval(() => this.#tellTime(), 1000);
    this.#tellTime();
  }

  show(state) {
    write(this.#find("title"), pick(state.exercise.title));
    this.#showCount(state);
    this.#showPhase(state);
    this.#showAngles(state);
    this.#showStaff(state);
  }

  #showCount({ exercise, reps, hold, ...rest }) {
    const count = this.#find("count");
    const counted = this.#exercise === exercise.name && this.#reps !== null && reps > this.#reps;
    this.#exercise = exercise.name;
    this.#reps = reps;
    const number = String(hold ? Math.floor(hold.held_s) : reps);
    count.dataset.digits = number.length;
    write(count, number);
    write(this.#find("unit"), hold ? say("hold_of", hold.target_s) : say("reps"));
    write(this.#find("partials"), beside(rest));
    if (counted && !still.matches) {
      count.animate([{ transform: "none" }, { transform: "scale(1.08)" }, { transform: "none" }], PULSE_MS);
    }
  }

  #showPhase({ phase, phase_s, tempo }) {
    const moving = phase === "out" || phase === "back";
    write(this.#find("phase"), phase ? say(`phase_${phase}`) : "");
    write(this.#find("phase-time"), moving ? say("seconds", phase_s.toFixed(1)) : "");
    const bar = this.#find("bar");
    if (!tempo) {
      delete bar.dataset.pace;
      return;
    }
    const [least_s, most_s] = phase === "back" ? tempo.back_s : tempo.out_s;
    const spent_s = moving ? phase_s : 0;
    bar.dataset.pace = spent_s < least_s ? "early" : spent_s <= most_s ? "good" : "slow";
    bar.style.setProperty("--filled", Math.min(1, spent_s / most_s));
    bar.style.setProperty("--target-from", `${(100 * least_s) / most_s}%`);
  }

  #showAngles({ measures, shown: names }) {
    if (names.join() !== [...this.#rows.keys()].join()) {
      this.#rows = new Map(names.map((name) => [name, angleRow()]));
      this.#find("angles").replaceChildren(...[...this.#rows.values()].map(({ row }) => row));
    }
    for (const [name, { label, value }] of this.#rows) {
      const degrees = measures[name];
      write(label, say(`measure_${name}`) ?? spelled(name));
      write(value, degrees === null ? "–" : `${Math.round(degrees)}°`);
    }
  }

  #showStaff({ problems, fps, camera }) {
    this.#find("problem").hidden = problems.length === 0;
    const more = problems.length > 1 ? ` (+${problems.length - 1})` : "";
    write(this.#find("problem-text"), problems.length ? problems[0] + more : "");
    write(this.#find("machine"), `${say("fps", fps.toFixed(0))} · ${camera.address}`);
  }

  #tellTime() {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    write(this.#find("clock"), `${two(now.getHours())}:${two(now.getMinutes())}`);
  }
}

/** What stands beside the count: the time left of a test, both sides, or what was not quite a repetition. */
function beside({ timed_left_s, sides, partials }) {
  if (timed_left_s !== null) {
    return say("time_left", Math.ceil(timed_left_s));
  }
  if (sides) {
    return say("sides", `${sides.left} · ${sides.right}`);
  }
  return partials ? say("partials", partials) : "";
}

function angleRow() {
  const row = document.createElement("div");
  const label = document.createElement("dt");
  const value = document.createElement("dd");
  row.append(label, value);
  return { row, label, value };
}

/** A measure that words.yaml does not know goes by the name in the exercise file: left_knee is "Left knee". */
function spelled(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
