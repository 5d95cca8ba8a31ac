// How even the repetitions of a set are, as five dots.

import { set, style } from "./element.js";
import { say } from "./words.js";

export const DOTS = 5;
// Each by what part of the accepted unevenness it is reached: three dots are just good enough.
const REACHED_BY = [Infinity, 1.5, 1, 2 / 3, 1 / 3];

/** 1 to 5 for a coefficient of variation, `accepted` being the largest that the exercise finds good. */
export function dots(unevenness, accepted) {
  return REACHED_BY.filter((share) => unevenness <= share * accepted).length;
}

export function showDots(element, unevenness, accepted) {
  const filled = dots(unevenness, accepted);
  style(element, "--filled", filled / DOTS);
  set(element, "aria-label", say("dots", filled));
  set(element, "data-pace", unevenness <= accepted ? "good" : "slow");
}
