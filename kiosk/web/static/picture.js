// The live picture: an <img> on the MJPEG stream, opened again whenever it has broken.

const CHECK_MS = 1000;
const PATIENCE_MS = 2500;

export class Picture {
  #image;
  #wanted = false;
  #opened = 0;

  constructor(image) {
    this.#image = image;
    setInterval(() => this.#check(), CHECK_MS);
    document.addEventListener("visibilitychange", () => this.#follow());
  }

  /** Open the stream, afresh if it was open. */
  open() {
    this.#wanted = true;
    this.#follow();
  }

  /** Let the stream go; what it showed last stays on the screen until it is opened again. */
  forget() {
    this.#wanted = false;
  }

  #follow() {
    if (document.hidden) {
      // The daemon draws and encodes only for those who look.
      this.#image.removeAttribute("src");
    } else if (this.#wanted) {
      this.#opened = performance.now();
      this.#image.src = `/stream.mjpg?t=${Date.now()}`;
    }
  }

  #check() {
    // Chromium tells nobody when a stream that has shown a picture breaks off: the image just has no size any more.
    const shows = this.#image.naturalWidth > 0;
    if (this.#wanted && !document.hidden && !shows && performance.now() - this.#opened > PATIENCE_MS) {
      this.open();
    }
  }
}
