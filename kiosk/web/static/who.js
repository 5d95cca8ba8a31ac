// Who trains: the name beside the title, and the dialog in which somebody picks one for this visit.

import { command } from "./commands.js";
import { find, hide, set, write } from "./element.js";
import { say } from "./words.js";

export class Who {
  #visit = null; // what the daemon said last
  #asked = null; // the visit that the dialog was opened for: whoever types may be out of the picture, and it over by then

  constructor() {
    const dialog = find("who");
    find("person").addEventListener("click", () => this.#open(dialog));
    find("who-nobody").addEventListener("click", () => this.#pick(dialog, null));
    find("who-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#pick(dialog, find("who-name").value.trim() || null);
    });
  }

  show(visit) {
    this.#visit = visit;
    const button = find("person");
    hide(button, !visit && document.activeElement !== button);
    write(find("person-name"), visit?.person ?? "");
    set(button, "aria-label", visit?.person ? say("name_is", visit.person) : say("pick_name"));
    set(button, "title", visit?.person ?? say("pick_name"));
  }

  #open(dialog) {
    this.#asked = this.#visit?.id ?? null;
    const input = find("who-name");
    input.value = this.#visit?.person ?? "";
    dialog.showModal();
    input.select();
  }

  async #pick(dialog, person) {
    if (await command("/api/visit", { person, visit: this.#asked })) {
      dialog.close();
    }
  }
}
