// The live picture: an <img> on the MJPEG stream, opened again whenever it has broken, stalled or grown old.

const CHECK_MS = 1000;
const PATIENCE_MS = 2500;
// A camera's picture is never twice the same, if only for its noise. One that is has stalled, though its connection stands.
const STALLED_MS = 6000;
const SAMPLE = { width: 64, height: 36 };
// Some browsers hold on to what a stream has sent for as long as it is open.
const OLD_MS = 3600_000;

export class Picture {
  #image;
  #wanted = false;
  #opened = 0;
  #sampler = sampler();
  #sample = "";
  #sampled = 0; // when the picture was last seen to differ

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
      this.#opened = this.#sampled = performance.now();
      this.#image.src = `/stream.mjpg?t=${Date.now()}`;
    }
  }

  #check() {
    if (!this.#wanted || document.hidden) {
      return;
    }
    const now = performance.now();
    // Chromium tells nobody when a stream that has shown a picture breaks off: the image just has no size any more.
    const shows = this.#image.naturalWidth > 0;
    const broken = !shows && now - this.#opened > PATIENCE_MS;
    if (broken || (shows && this.#stalled(now)) || now - this.#opened > OLD_MS) {
      this.open();
    }
  }

  #stalled(now) {
    const { width, height } = SAMPLE;
    this.#sampler.drawImage(this.#image, 0, 0, width, height);
    const sample = this.#sampler.getImageData(0, 0, width, height).data.join();
    if (sample !== this.#sample) {
      this.#sample = sample;
      this.#sampled = now;
    }
    return now - this.#sampled > STALLED_MS;
  }
}

function sampler() {
  const canvas = Object.assign(document.createElement("canvas"), SAMPLE);
  return canvas.getContext("2d", { willReadFrequently: true });
}
