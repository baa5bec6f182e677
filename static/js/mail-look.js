/* The colours and the letters of a mail: each control, [data-look="element attribute"], is shown where the mail's MJML
 * says that for all of its parts, and says it anew.
 */

import { attribute, elements, withAttribute } from "./mail-source.js";

const COLOUR = /^#[0-9a-f]{6}$/i;
const DARK = "#18181b";
const BRIGHT = "#ffffff";

/** What says it for the whole mail: among <mj-attributes>, or the body itself. */
function place(text, control) {
  const [name, what] = control.dataset.look.split(" ");
  const isForAll = (one) => one.name === name && (name === "mj-body" || one.parent?.name === "mj-attributes");
  const one = elements(text).find(isForAll);
  const value = one ? attribute(text, one, what) : "";
  return value && (control.type !== "color" || COLOUR.test(value)) ? { one, what, value } : null;
}

/** Show the controls that this mail has, with what it says. */
export function showLook(box, text) {
  const controls = [...box.querySelectorAll("[data-look]")];
  for (const control of controls) {
    const found = place(text, control);
    control.closest("label").hidden = !found;
    if (!found) continue;
    if (control.options && ![...control.options].some((each) => each.value === found.value)) {
      control.add(new Option("as it is written", found.value));
    }
    control.value = found.value;
  }
  box.hidden = controls.every((control) => control.closest("label").hidden);
}

/** The text with what a control was set to; the words on a button stay readable. */
export function withLook(text, control) {
  const found = place(text, control);
  if (!found) return text;
  const changed = withAttribute(text, found.one, found.what, control.value);
  return found.one.name === "mj-button" ? withAttribute(changed, place(changed, control).one, "color", on(control.value)) : changed;
}

/** Dark or bright, whichever stands out more from a colour (relative luminance of WCAG 2). */
function on(colour) {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? DARK : BRIGHT;
}
