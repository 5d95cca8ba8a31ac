// Builds the page: what the daemon says goes to the picture and what lies on it, the band, the column and the controls.

import { Band } from "./band.js";
import { Column } from "./column.js";
import { connect } from "./connection.js";
import { keepTime, showCorner } from "./corner.js";
import { find, hide, set, style } from "./element.js";
import { Picture } from "./picture.js";
import { hideStillPointer } from "./pointer.js";
import { Sound } from "./sound.js";
import { showStage } from "./stage.js";
import { Tools } from "./tools.js";
import { Wake } from "./wake.js";
import { Who } from "./who.js";
import { loadWords, presetLanguage, translatePage } from "./words.js";

// A person who is lost for a moment, behind a towel or a turn, has not left.
const GONE_AFTER_MS = 1500;
// A picture this much wider than 4:3 fills the screen, and the column lies on it.
const WIDE = 1.4;

const picture = new Picture(find("picture"));
const band = new Band(find);
const column = new Column();
const sound = new Sound(() => show());
const tools = new Tools(sound, show);
const wake = new Wake();
const who = new Who();
hideStillPointer();

let state = null; // what the daemon said last
let connected = false;
let version = null; // of the daemon that this page came from
let reloading = false;
let seen = -Infinity; // when a person was last in the picture

function onState(news) {
  version ??= news.version;
  if (news.version !== version) {
    if (!reloading) {
      // States go on coming; asking again would break off the reload that is under way.
      reloading = true;
      show();
      location.reload();
    }
    return;
  }
  if (!connected) {
    connected = true;
    picture.open();
  }
  state = news;
  if (state.person) {
    seen = performance.now();
  }
  presetLanguage(state.language);
  show();
}

function onWarning(warning) {
  if (warning.on && connected) {
    band.flash(warning);
  }
  sound.warning(warning);
}

function onLost() {
  connected = false;
  picture.forget();
  show();
}

function mode() {
  if (reloading) {
    return "updating";
  }
  if (!connected) {
    return "connecting";
  }
  const { camera, workout } = state;
  if (!camera.live) {
    return "no-video";
  }
  if (workout.summary) {
    return "done";
  }
  if (!workout.running) {
    return "paused";
  }
  if (performance.now() - seen >= GONE_AFTER_MS) {
    return "nobody";
  }
  return workout.starts_in_s === null ? "exercising" : "countdown";
}

function show() {
  if (translatePage()) {
    band.retell();
  }
  const now = mode();
  set(document.body, "data-mode", now);
  showStage(state, now);
  showBand(now);
  wake.keep(["exercising", "countdown", "done"].includes(now));
  hide(find("demo"), !(connected && state.camera.live && state.camera.demo));
  if (state) {
    shape(state.camera);
    who.show(state.visit);
    column.show(state);
    showCorner(state);
    tools.show(state);
  }
}

function showBand(now) {
  if (!["exercising", "countdown", "done"].includes(now)) {
    band.clear();
    return;
  }
  // A set's summary is covered by a warning about its last repetition, not by how to stand for the next one.
  const guided = state.guidance && now !== "done";
  band.stand(state.warnings[0] ?? (guided ? { id: "guidance", level: "guidance", say: state.guidance } : null));
}

function shape({ width_px, height_px }) {
  if (width_px && height_px) {
    set(document.body, "data-picture", width_px / height_px > WIDE ? "wide" : "narrow");
    style(document.body, "--shape", width_px / height_px);
  }
}

await loadWords();
keepTime();
show();
connect({
  hear: { state: onState, warning: onWarning, rep: (rep) => sound.rep(rep) },
  onLost,
  onRefused: () => location.reload(), // the daemon then asks for the PIN
});
// Missing where the page comes without TLS or storage is switched off: then only the notice of an unreachable box is, too.
navigator.serviceWorker?.register("/sw.js").catch(() => {});
