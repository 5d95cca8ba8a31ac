// The corner for staff: what is wrong with a rule file, the history or the speaker, clock, speed, camera, and the code that opens the page on a phone.

import { find, hide, set, write } from "./element.js";
import { pick, say } from "./words.js";

const QR = "/qr.svg";

export function showCorner({ problems, notices, fps, camera, voice, lan }) {
  showTrouble((notices ?? []).map(pick).join(" · "), problems);
  const reason = pick(voice?.reason);
  hide(find("voice-reason"), !reason);
  write(find("voice-reason"), reason);
  write(find("fps"), say("fps", fps.toFixed(0)));
  write(find("camera"), camera.address);
  showCode(find("qr"), lan);
  showCode(find("menu-qr").querySelector("img"), lan);
  hide(find("menu-qr"), !lan);
}

/** One at a time, as there is room for one; what is not saved comes first, as it is lost for good. */
function showTrouble(notKept, problems) {
  const others = problems.length - (notKept ? 0 : 1);
  const more = others > 0 ? ` (+${others})` : "";
  hide(find("not-kept"), !notKept);
  write(find("not-kept-text"), notKept ? notKept + more : "");
  hide(find("problem"), Boolean(notKept) || problems.length === 0);
  write(find("problem-text"), problems.length ? problems[0] + more : "");
}

function showCode(image, lan) {
  hide(image, !lan);
  if (lan) {
    set(image, "src", QR);
  }
}

export function keepTime() {
  const tell = () => {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    write(find("clock"), `${two(now.getHours())}:${two(now.getMinutes())}`);
  };
  setInterval(tell, 1000);
  tell();
}
