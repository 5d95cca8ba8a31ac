// A mouse's pointer is shown while it moves: on a wall it would lie on the picture for months.

const STILL_MS = 3000;

export function hideStillPointer() {
  const root = document.documentElement;
  let timer = null;
  root.dataset.pointer = "still";
  addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") {
      return;
    }
    root.dataset.pointer = "moving";
    clearTimeout(timer);
    timer = setTimeout(() => {
      root.dataset.pointer = "still";
    }, STILL_MS);
  });
}
