// The corner for staff: what is wrong with a rule file or the speaker, clock, speed, camera, and the code that opens the page on a phone.

import { find, hide, set, write } from "./element.js";
import { pick, say } from "./words.js";

const QR = "/qr.svg";

export function showCorner({ problems, fps, camera, voice, lan }) {
  hide(find("problem"), problems.length === 0);
  const more = problems.length > 1 ? ` (+${problems.length - 1})` : "";
  write(find("problem-text"), problems.length ? problems[0] + more : "");
  const reason = pick(voice?.reason);
  hide(find("voice-reason"), !reason);
  write(find("voice-reason"), reason);
  write(find("fps"), say("fps", fps.toFixed(0)));
  write(find("camera"), camera.address);
  showCode(find("qr"), lan);
  showCode(find("menu-qr").querySelector("img"), lan);
  hide(find("menu-qr"), !lan);
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
