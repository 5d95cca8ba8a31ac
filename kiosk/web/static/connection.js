// The line to the daemon: opens /events, notices when it is dead, and opens it again every second until it lives.

const RETRY_MS = 1000;
// The daemon sends its state at least once a second. A box that lost its power closes no connection: only silence tells.
const SILENCE_MS = 4000;

/**
 * Calls `hear[name](value)` for each event that the daemon sends, `onLost()` when the line breaks, and `onRefused()` when the
 * daemon answers that this visitor may not look (any more).
 */
export function connect({ hear, onLost, onRefused }) {
  let source;
  let silence;

  function open() {
    source = new EventSource("/events");
    for (const [name, tell] of Object.entries(hear)) {
      source.addEventListener(name, (event) => {
        watch();
        tell(JSON.parse(event.data));
      });
    }
    source.addEventListener("error", broke);
    watch();
  }

  function watch() {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MS);
  }

  async function broke() {
    const answered = source.readyState === EventSource.CLOSED;
    lost();
    if (answered && (await isRefused())) {
      onRefused();
    }
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

async function isRefused() {
  try {
    return (await fetch("/api/state")).status === 401;
  } catch {
    return false;
  }
}
