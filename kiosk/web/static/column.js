// The column beside the picture: exercise, count, set, tempo and evenness. The angles stand in the picture, at their joints.

import { find, hide, set, style, write } from "./element.js";
import { showDots } from "./evenness.js";
import { Title } from "./title.js";
import { pick, say } from "./words.js";

const PULSE_MS = 120;
const NO_BREAK = "\u00a0";
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Column {
  #before = null; // exercise, set and count shown last
  #title = new Title();

  show(state) {
    this.#title.show(pick(state.exercise.title));
    this.#showCount(state);
    showHold(state.hold);
    write(find("set"), setOf(state.workout));
    write(find("beside"), beside(state));
    showTempo(state);
    showEvenness(state);
  }

  #showCount({ exercise, workout, hold }) {
    const count = find("count");
    const { name } = exercise;
    const before = this.#before;
    const counted = before?.name === name && before.set === workout.set && workout.reps > before.reps;
    this.#before = { name, set: workout.set, reps: workout.reps };
    const number = String(hold ? Math.floor(hold.held_s) : workout.reps);
    set(count, "data-digits", number.length);
    // Each repetition is read aloud, each second of a hold is not.
    set(count, "aria-live", hold ? "off" : "polite");
    write(count, number);
    if (counted && !hold && !still.matches) {
      count.animate([{ transform: "none" }, { transform: "scale(1.08)" }, { transform: "none" }], PULSE_MS);
    }
  }
}

/** "set 2 of 3", or "set 2" where nobody has said how many. */
export function setOf({ set: number, sets }) {
  return say("set", outOf(number, sets));
}

export function outOf(number, all) {
  return all === null ? String(number) : [number, say("of"), all].join(NO_BREAK);
}

function showHold(hold) {
  hide(find("hold-ring"), !hold);
  hide(find("hold-target"), !hold);
  if (hold) {
    write(find("hold-target"), say("hold_of", hold.target_s));
    style(find("hold-ring"), "--share", share(hold.held_s / hold.target_s));
  }
}

/** As part of a ring, in steps that can just be seen. */
export function share(value) {
  return Math.round(Math.min(1, Math.max(0, value)) * 360) / 360;
}

function showTempo({ phase, phase_s, tempo }) {
  const moving = phase === "out" || phase === "back";
  write(find("phase"), phase ? say(`phase_${phase}`) : "");
  write(find("phase-time"), moving ? say("seconds", phase_s.toFixed(1)) : "");
  hide(find("bar"), !tempo);
  hide(find("tempo"), !tempo && !phase);
  if (!tempo) {
    return;
  }
  const bar = find("bar");
  const [least_s, most_s] = phase === "back" ? tempo.back_s : tempo.out_s;
  const spent_s = moving ? phase_s : 0;
  set(bar, "data-pace", spent_s < least_s ? "early" : spent_s <= most_s ? "good" : "slow");
  style(bar, "--filled", Math.min(1, spent_s / most_s));
  style(bar, "--target-from", `${(100 * least_s) / most_s}%`);
}

function showEvenness({ tempo, unevenness }) {
  const known = Boolean(tempo?.evenness) && unevenness !== null;
  hide(find("even"), !known);
  if (known) {
    showDots(find("even-dots"), unevenness, tempo.evenness);
  }
}

/** What stands under the set: the time left of a test, both sides, or what was not quite a repetition. */
function beside({ timed_left_s, sides, workout }) {
  if (timed_left_s !== null) {
    return say("time_left", Math.ceil(timed_left_s));
  }
  if (sides) {
    return say("sides", [sides.left, "·", sides.right].join(NO_BREAK));
  }
  return workout.partials ? say("partials", workout.partials) : "";
}
