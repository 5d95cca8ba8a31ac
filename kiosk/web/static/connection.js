// The line to the daemon: opens /events, notices when it is dead, and opens it again every second until it lives.

const RETRY_MS = 1000;
// The daemon sends its state at least once a second. A box that lost its power closes no connection: only silence tells.
const SILENCE_MS = 4000;

/** Calls `onState(state)` and `onWarning(warning)` for what the daemon sends, `onLost()` when the line breaks. */
export function connect({ onState, onWarning, onLost }) {
  let source;
  let silence;

  function open() {
    source = new EventSource("/events");
    source.addEventListener("state", (event) => heard(() => onState(JSON.parse(event.data))));
    source.addEventListener("warning", (event) => heard(() => onWarning(JSON.parse(event.data))));
    source.addEventListener("error", lost);
    watch();
  }

  function heard(tell) {
    watch();
    tell();
  }

  function watch() {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MS);
  }

  function lost() {
    clearTimeout(silence);
    // EventSource waits longer between its own attempts, and gives up for good on an answer such as 502.
    source.close();
    onLost();
    setTimeout(open, RETRY_MS);
  }

  open();
}
