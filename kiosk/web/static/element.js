// Small writes to the page, each only when something differs, so that nothing is laid out, or read aloud, again for nothing.

export const find = (id) => document.getElementById(id);

export function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function set(element, attribute, value) {
  if (element.getAttribute(attribute) !== String(value)) {
    element.setAttribute(attribute, value);
  }
}

export function hide(element, hidden) {
  // By the attribute, which an <svg> has too.
  if (element.hasAttribute("hidden") !== hidden) {
    element.toggleAttribute("hidden", hidden);
  }
}

/** Set a custom property of CSS, which a ring or a bar is drawn by. */
export function style(element, property, value) {
  if (element.style.getPropertyValue(property) !== String(value)) {
    element.style.setProperty(property, value);
  }
}
