// The exercise's title at the head of the column: on two lines at most, and no word of it broken.

import { find, set, style } from "./element.js";

// A long title is set smaller rather than on more lines, which the controls below need.
const FITS = [1, 0.9, 0.8, 0.72, 0.64, 0.57, 0.5];
const LINES = 2;
// What stands in brackets at its end explains the title, and is set smaller.
const NOTE = /^(.+?)([(（][^()（）]*[)）])$/;

export class Title {
  #shown = null; // what it was fitted for

  constructor() {
    addEventListener("resize", () => this.#fit());
    document.fonts?.addEventListener("loadingdone", () => this.#fit());
  }

  /** Show the title; the person's button beside it must be there already, as it takes room. */
  show(title) {
    const shown = `${find("person").hidden} ${document.documentElement.lang} ${title}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      const [, name, note] = NOTE.exec(title) ?? [title, title, ""];
      find("title-name").textContent = name;
      find("title-note").textContent = note;
      this.#fit();
    }
  }

  #fit() {
    const title = find("title");
    set(title, "data-long", false);
    const fits = (fit) => {
      style(title, "--fit", fit);
      const line_px = parseFloat(getComputedStyle(title).lineHeight);
      return title.scrollWidth <= title.clientWidth && title.offsetHeight < (LINES + 0.5) * line_px;
    };
    set(title, "data-long", !FITS.some(fits));
  }
}
