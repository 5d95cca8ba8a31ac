// Keeps a phone's screen on while somebody exercises. The wall's screen is the box's own affair.

export class Wake {
  #wanted = false;
  #lock = null;

  constructor() {
    // The browser takes the lock away from a page that is not looked at.
    document.addEventListener("visibilitychange", () => this.#settle());
  }

  keep(wanted) {
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#settle();
    }
  }

  async #settle() {
    if (!this.#wanted) {
      this.#lock?.release();
      this.#lock = null;
      return;
    }
    if (document.hidden || (this.#lock && !this.#lock.released)) {
      return;
    }
    try {
      this.#lock = await navigator.wakeLock?.request("screen");
      if (!this.#wanted) {
        this.#settle();
      }
    } catch {
      // Refused on a low battery: the screen goes dark as it always does.
    }
  }
}
