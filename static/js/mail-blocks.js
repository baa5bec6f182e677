/* Parts of a mail, inserted by a button where the caret is: [data-block] holds the MJML, data-block-html the HTML, and
 * data-block-into the id of the field. In MJML a part goes where it may stand: after the one before it.
 */

import { elements, isMjml } from "./mail-source.js";

const SECTIONS = ["mj-section", "mj-wrapper", "mj-hero", "mj-raw"];
const carets = new WeakMap();

const holds = (one, caret) => one.start < caret && caret < one.end;
const innermost = (all, caret, isWanted) => all.filter((one) => isWanted(one) && holds(one, caret)).pop();

/** Where a part may be inserted, and between what: {at, before, after}. */
export function place(text, caret, block) {
  const isSection = block.startsWith("<mj-section");
  if (!text.trim()) return { at: 0, ...whole(isSection) };
  const all = elements(text);
  const column = innermost(all, caret, (one) => one.name === "mj-column");
  if (column && !isSection) {
    const before = all.filter((one) => one.parent === column && one.start < caret).pop();
    return before ? lined(text, before.end, before, false) : lined(text, column.inner, column, true);
  }
  const body = all.find((one) => one.name === "mj-body");
  const section = innermost(all, caret, (one) => SECTIONS.includes(one.name) && one.parent === body);
  const last = all.filter((one) => one.parent === body).pop();
  const near = section ?? last;
  const found = near ? lined(text, near.end, near, false) : lined(text, body?.inner ?? text.length, body ?? { start: 0 }, true);
  const like = section?.name === "mj-section" ? text.slice(section.start, section.inner) : "";
  return isSection ? { ...found, like } : { ...found, ...inSection(found.before, found.indent) };
}

const whole = (isSection) => isSection
  ? { indent: "    ", before: "<mjml>\n  <mj-body>\n    ", after: "\n  </mj-body>\n</mjml>\n" }
  : { indent: "        ", before: "<mjml>\n  <mj-body>\n    <mj-section>\n      <mj-column>\n        ", after: "\n      </mj-column>\n    </mj-section>\n  </mj-body>\n</mjml>\n" };

const inSection = (before, indent) => ({
  before: `${before}<mj-section>\n${indent}  <mj-column>\n${indent}    `,
  after: `\n${indent}  </mj-column>\n${indent}</mj-section>`,
  indent: `${indent}    `,
});

/** On a line of its own, as far in as its neighbour, or further in than what it stands in. */
function lined(text, at, near, isWithin) {
  const line = text.slice(text.lastIndexOf("\n", near.start - 1) + 1, near.start);
  const indent = (/^[ \t]*$/.test(line) ? line : "") + (isWithin ? "  " : "");
  return { at, indent, before: `\n${indent}`, after: "" };
}

/** HTML goes where the caret is, never into a tag. */
function placeHtml(text, caret) {
  const open = text.lastIndexOf("<", caret - 1);
  const close = text.indexOf(">", open);
  return { at: open >= 0 && close >= caret ? close + 1 : caret, before: "", after: "", indent: "" };
}

/** What the button inserts at the caret, and where: {at, part, after}; the part begins `begins` letters after that. */
export function insertion(text, caret, { block, blockHtml }) {
  const isCode = !text.trim() || isMjml(text);
  const code = isCode ? block : blockHtml;
  const { at, before, after, indent, like } = isCode ? place(text, caret, code) : placeHtml(text, caret);
  return { at, part: before + (like ? code.replace("<mj-section>", () => like) : code).replaceAll("\n", `\n${indent}`), after, begins: before.length };
}

function insert(button) {
  const field = document.getElementById(button.dataset.blockInto)?.closest("template-field");
  if (!field?.editor) return;
  const { text } = field;
  const caret = Math.min(carets.get(field) ?? text.length, text.length);
  const { at, part, after } = insertion(text, caret, button.dataset);
  field.editor.focus();
  field.splice(at, at, part + after);
  field.placeCaret(at + part.length);
  carets.set(field, at + part.length);
  field.status.textContent = `${button.textContent.trim()} inserted`;
}

// The caret is forgotten when the field is left, so it is noted just before.
document.addEventListener("focusout", (event) => {
  const field = event.target.closest?.("template-field");
  if (field?.editor === event.target) carets.set(field, field.selection()[1]);
}, true);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-block]");
  if (button) insert(button);
});
