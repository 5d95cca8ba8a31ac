// Builds the page: what the daemon says goes to the picture, the band and the column.

import { Band } from "./band.js";
import { Column, write } from "./column.js";
import { connect } from "./connection.js";
import { Picture } from "./picture.js";
import { chooseLanguage, language, loadWords, pick, presetLanguage, say, translatePage } from "./words.js";

// A person who is lost for a moment, behind a towel or a turn, has not left.
const GONE_AFTER_MS = 1500;
// A picture this much wider than 4:3 fills the screen, and the column lies on it.
const WIDE = 1.4;

const find = (id) => document.getElementById(id);
const picture = new Picture(find("picture"));
const band = new Band(find);
const column = new Column(find);

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
}

function onLost() {
  connected = false;
  picture.forget();
  show();
}

function mode() {
  if (!connected) {
    return "connecting";
  }
  if (!state.camera.live) {
    return "no-video";
  }
  return performance.now() - seen < GONE_AFTER_MS ? "exercising" : "nobody";
}

function show() {
  if (translatePage()) {
    band.retell();
  }
  document.body.dataset.mode = mode();
  showNotice();
  showBand();
  find("demo").hidden = !(connected && state.camera.live && state.camera.demo);
  if (state) {
    shape(state.camera);
    column.show(state);
  }
}

function showNotice() {
  const texts = {
    connecting: () => [say("connecting"), say("connecting_why")],
    "no-video": () => [say("no_live_video"), pick(state.camera.reason)],
    nobody: () => [pick(state.exercise.title), say("step_in")],
    exercising: () => ["", ""],
  };
  const [title, detail] = texts[mode()]();
  find("notice-icon").setAttribute("href", `#icon-${mode()}`);
  write(find("notice-title"), title);
  write(find("notice-detail"), detail);
}

function showBand() {
  if (mode() !== "exercising") {
    band.clear();
    return;
  }
  const guidance = state.guidance && { id: "guidance", level: "guidance", say: state.guidance };
  band.stand(state.warnings[0] ?? guidance);
}

function shape({ width_px, height_px }) {
  if (width_px && height_px) {
    document.body.dataset.picture = width_px / height_px > WIDE ? "wide" : "narrow";
    document.body.style.setProperty("--shape", width_px / height_px);
  }
}

document.querySelectorAll("[data-language]").forEach((button) => {
  button.addEventListener("click", () => {
    chooseLanguage(button.dataset.language);
    show();
  });
});

await loadWords();
show();
connect({ onState, onWarning, onLost });
