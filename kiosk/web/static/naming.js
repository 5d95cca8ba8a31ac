// Saving a text as a new exercise, under a name that somebody gives it.

import { ApiError, say } from "./staff.js";
import { reason, saveAs } from "./rulefile.js";

const dialog = document.getElementById("naming");
const input = document.getElementById("new-name");
const complaint = dialog.querySelector(".message");

/** Ask for a name and save `text()` under it; `saved` is told the name. */
export function startNaming({ opener, text, saved }) {
  opener.addEventListener("click", () => {
    complaint.hidden = true;
    input.value = "";
    dialog.showModal();
  });
  document.getElementById("naming-cancel").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = input.value;
    try {
      await saveAs(name, text());
    } catch (error) {
      complaint.textContent = refused(error);
      complaint.hidden = false;
      return;
    }
    dialog.close();
    saved(name);
  });
}

function refused(error) {
  if (error instanceof ApiError && error.status === 412) {
    return say("edit_name_taken");
  }
  return error instanceof ApiError && error.status === 422 ? say("edit_name_mistakes") : reason(error);
}
