// The list of exercises as large tiles, for a finger, a mouse or the arrow keys.

import { command, toast } from "./commands.js";
import { find, write } from "./element.js";
import { pick, say } from "./words.js";

export class Picker {
  #dialog = find("picker");
  #tiles = find("tiles");

  constructor() {
    this.#tiles.addEventListener("keydown", (event) => this.#move(event));
    this.#tiles.addEventListener("click", (event) => this.#choose(event.target.closest("button")));
  }

  async open() {
    const list = await exercises();
    if (list && !this.#dialog.open) {
      this.#fill(list);
      this.#dialog.showModal();
      this.#tiles.querySelector("[aria-current]")?.focus();
    }
  }

  /** Choose the exercise `step` places further in the list, which goes round. */
  async step(step) {
    const list = await exercises();
    if (list) {
      const at = list.exercises.findIndex(({ name }) => name === list.chosen);
      const count = list.exercises.length;
      await command("/api/exercise", { name: list.exercises[(at + step + count) % count].name });
    }
  }

  #fill({ exercises: all, chosen }) {
    const tiles = all.map(({ name, title }) => {
      const tile = document.createElement("button");
      tile.type = "button";
      tile.value = name;
      write(tile, pick(title));
      if (name === chosen) {
        tile.setAttribute("aria-current", "true");
      }
      return tile;
    });
    this.#tiles.replaceChildren(...tiles);
  }

  async #choose(tile) {
    if (tile && (await command("/api/exercise", { name: tile.value }))) {
      this.#dialog.close();
    }
  }

  #move(event) {
    const tiles = [...this.#tiles.children];
    const across = getComputedStyle(this.#tiles).gridTemplateColumns.split(" ").length;
    const at = tiles.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across, ArrowDown: at + across, Home: 0, End: tiles.length - 1 };
    if (event.key in to) {
      event.preventDefault();
      tiles[to[event.key]]?.focus();
    }
  }
}

async function exercises() {
  try {
    const answer = await fetch("/api/exercises");
    if (answer.ok) {
      return await answer.json();
    }
    toast(say("request_failed", answer.status));
  } catch {
    toast(say("kiosk_silent"));
  }
  return null;
}
