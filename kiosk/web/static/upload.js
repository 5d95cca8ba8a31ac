// Sends a picture. XMLHttpRequest, because fetch does not tell how much has been sent.

const LIMIT_MS = 120_000;

/**
 * Send `file` to be analysed. `sent` is called with how much of it has gone, 0 to 1. Resolves to {status, body}: status 0
 * where no answer came, body null where the answer is no JSON; to null after `abort()`, which the result has too.
 */
export function upload(file, exercise, language, sent) {
  const form = new FormData();
  form.append("exercise", exercise);
  form.append("image", file);
  const request = new XMLHttpRequest();
  request.open("POST", "/detect");
  request.setRequestHeader("Accept-Language", language);
  request.timeout = LIMIT_MS;
  request.upload.addEventListener("progress", (event) => event.lengthComputable && sent(event.loaded / event.total));
  const done = new Promise((resolve) => {
    request.addEventListener("load", () => resolve({ status: request.status, body: parsed(request.responseText) }));
    request.addEventListener("error", () => resolve({ status: 0, body: null }));
    request.addEventListener("timeout", () => resolve({ status: 0, body: null }));
    request.addEventListener("abort", () => resolve(null));
  });
  request.send(form);
  return { done, abort: () => request.abort() };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
