// The controls: buttons for a finger or a mouse, and keys that do the same.

import { command } from "./commands.js";
import { find, set, write } from "./element.js";
import { Picker } from "./picker.js";
import { chooseLanguage, language, say } from "./words.js";

// The box's own screen stands beside the box's speaker; any other screen has its own.
const AT_THE_BOX = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

export class Tools {
  #picker = new Picker();
  #sound;
  #retell;
  #state = null;

  /** `sound` is this device's own; `retell` is called when another language has been chosen. */
  constructor(sound, retell) {
    this.#sound = sound;
    this.#retell = retell;
    const acts = {
      choose: () => this.#picker.open(),
      run: () => this.#startOrStop(),
      sound: () => this.#switchSound(),
      language: () => this.#switchLanguage(),
      more: () => find("menu").showModal(),
    };
    for (const [id, act] of Object.entries(acts)) {
      find(id).addEventListener("click", act);
    }
    const keys = { " ": acts.run, ArrowLeft: () => this.#picker.step(-1), ArrowRight: () => this.#picker.step(1) };
    Object.assign(keys, { e: acts.choose, m: acts.sound, l: acts.language });
    addEventListener("keydown", (event) => press(event, keys));
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    }
  }

  show(state) {
    this.#state = state;
    const { running } = state.workout;
    set(find("run-icon"), "href", running ? "#icon-paused" : "#icon-start");
    write(find("run-text"), running ? say("pause") : say("start"));
    const loud = AT_THE_BOX ? state.voice.available && !state.voice.muted : this.#sound.on;
    set(find("sound-icon"), "href", loud ? "#icon-sound" : "#icon-silent");
    set(find("sound"), "aria-pressed", loud);
    set(find("sound"), "title", AT_THE_BOX ? say("sound") : this.#sound.label);
  }

  #startOrStop() {
    return this.#state && command("/api/workout", { running: !this.#state.workout.running });
  }

  async #switchSound() {
    if (!this.#state) {
      return;
    }
    if (AT_THE_BOX) {
      await command("/api/voice", { muted: !this.#state.voice.muted });
    } else {
      await this.#sound.toggle();
      this.show(this.#state);
    }
  }

  #switchLanguage() {
    chooseLanguage(language() === "en" ? "zh" : "en");
    this.#retell();
  }
}

function press(event, keys) {
  const taken = event.repeat || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]");
  // A button that has the focus takes the space bar itself.
  const act = event.key === " " && event.target.closest("button, a") ? null : keys[event.key.toLowerCase()] ?? keys[event.key];
  if (act && !taken) {
    event.preventDefault();
    act();
  }
}
