// What lies on the picture: the notice when there is nothing to judge, the countdown, a set's summary, a gesture's ring.

import { outOf, share } from "./column.js";
import { find, hide, set, style, write } from "./element.js";
import { showDots } from "./evenness.js";
import { pick, say } from "./words.js";

export function showStage(state, mode) {
  showNotice(state, mode);
  showCountdown(mode === "countdown" ? state.workout.starts_in_s : null);
  showSummary(state, mode);
  const gesture = ["updating", "connecting", "no-video"].includes(mode) ? null : state.gesture;
  showGesture(gesture, state?.workout.running);
}

function showNotice(state, mode) {
  const texts = {
    updating: () => [say("updating"), say("updating_why")],
    connecting: () => [say("connecting"), say("connecting_why")],
    "no-video": () => [say("no_live_video"), pick(state.camera.reason)],
    paused: () => [say("paused"), state.gestures ? say("paused_hand") : say("paused_button")],
    nobody: () => [pick(state.exercise.title), say("step_in")],
  };
  const [title, detail] = texts[mode]?.() ?? ["", ""];
  hide(find("notice"), !texts[mode]);
  if (texts[mode]) {
    set(find("notice-icon"), "href", `#icon-${mode}`);
  }
  write(find("notice-title"), title);
  write(find("notice-detail"), detail);
  hide(find("notice-hint"), !(mode === "nobody" && state.gestures));
}

function showCountdown(starts_in_s) {
  hide(find("countdown"), starts_in_s === null);
  write(find("countdown-number"), starts_in_s === null ? "" : String(Math.max(1, Math.ceil(starts_in_s))));
}

function showSummary(state, mode) {
  hide(find("summary"), mode !== "done");
  if (mode !== "done") {
    return;
  }
  const { summary } = state.workout;
  const { held_s, reps, partials, out_s, back_s, best, evenness } = summary;
  write(find("summary-title"), say("set_done", outOf(summary.set, summary.sets)));
  write(find("summary-count"), held_s === null ? String(reps) : held_s.toFixed(0));
  write(find("summary-unit"), held_s === null ? say("reps") : say("held"));
  const tempo = [out_s !== null && say("tempo_out", out_s.toFixed(1)), back_s !== null && say("tempo_back", back_s.toFixed(1))];
  line("summary-partials", partials ? String(partials) : "");
  line("summary-tempo", tempo.filter(Boolean).join(" · "));
  line("summary-best", best ? `${measureName(best.measure)} ${measured(best, state.units)}` : "");
  const accepted = state.tempo?.evenness;
  const even = find("summary-even");
  hide(even, !(evenness !== null && accepted));
  if (!even.hidden) {
    showDots(even.querySelector(".dots"), evenness, accepted);
  }
}

function line(id, text) {
  hide(find(id), text === "");
  write(find(id).querySelector("dd"), text);
}

function measured({ measure, value }, units) {
  return units[measure] === "deg" ? `${Math.round(value)}°` : value.toFixed(2);
}

/** A measure that words.yaml does not know goes by the name in the exercise file: left_knee is "Left knee". */
function measureName(name) {
  const words = name.replaceAll("_", " ");
  return say(`measure_${name}`) ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function showGesture(gesture, running) {
  hide(find("gesture"), !gesture);
  if (!gesture) {
    return;
  }
  style(find("gesture-ring"), "--share", share(gesture.share));
  const next = gesture.kind === "next";
  set(find("gesture-icon"), "href", next ? "#icon-next" : "#icon-hand");
  write(find("gesture-text"), next ? say("gesture_next") : running ? say("gesture_pause") : say("gesture_go"));
}
