/* Parts of a mail, inserted by a button where the caret is: [data-block] holds the MJML, data-block-html the HTML, and
 * data-block-into the id of the field. In MJML a part goes where it may stand: after the one before it.
 */

import { elements, isMjml } from "./mail-source.js";

const SECTIONS = ["mj-section", "mj-wrapper", "mj-hero", "mj-raw"];
const OPENS = /\{%-?\s*(?:if|unless|case|for|tablerow|capture|ifchanged)\b/g;
const ENDS = /\{%-?\s*end\w+/g;
const carets = new WeakMap();

const holds = (one, caret) => one.start < caret && caret < one.end;
const innermost = (all, caret, isWanted) => all.filter((one) => isWanted(one) && holds(one, caret)).pop();

/** Where a part may be inserted, and between what: {at, before, after}. */
function place(text, caret, isSection) {
  if (!text.trim()) return { at: 0, ...whole(isSection) };
  const all = elements(text);
  const column = innermost(all, caret, (one) => one.name === "mj-column");
  if (column && !isSection) {
    const before = partBefore(all, column, caret);
    return before ? lined(text, before.end, before, false) : lined(text, column.inner, column, true);
  }
  const body = all.find((one) => one.name === "mj-body");
  const section = innermost(all, caret, (one) => SECTIONS.includes(one.name) && (one.parent === body || isWrapper(one.parent)));
  const last = all.filter((one) => one.parent === body).pop();
  const near = section ?? last;
  const found = near ? lined(text, near.end, near, false) : lined(text, body?.inner ?? text.length, body ?? { start: 0 }, true);
  const like = section?.name === "mj-section" && section.close < section.end ? text.slice(section.start, section.inner) : "";
  return isSection ? { ...found, like } : { ...found, ...inSection(found.before, found.indent) };
}

const isWrapper = (one) => one?.name === "mj-wrapper";
const partBefore = (all, column, caret) => all.filter((one) => one.parent === column && one.start < caret).pop();

/** A section among the parts of another one, which stays one sheet: what it looked like is said by a wrapper around
 * both, and what stood behind goes on in a section of its own. Null where it is simply put after the other one. */
function among(text, caret, code) {
  const all = elements(text);
  const section = innermost(all, caret, (one) => one.name === "mj-section");
  if (!section?.isClosed || section.close === section.end || !["mj-body", "mj-wrapper"].includes(section.parent?.name)) return null;
  const opening = text.slice(section.start, section.inner);
  const isWithin = isWrapper(section.parent);
  const near = lined(text, 0, section, false).indent;
  const step = isWithin ? "" : "  ";
  const halves = halved(text, all, section, caret, near + step, step);
  if (!halves[1] && (isWithin || opening === "<mj-section>")) return null;
  const own = isWithin ? opening : '<mj-section padding="0">';
  const line = `\n${near}${step}`;
  const held = halves.map((half) => half && `${own}${half}${line}</mj-section>`);
  const before = (isWithin ? "" : opening.replace("<mj-section", "<mj-wrapper") + line) + (held[0] && held[0] + line);
  const part = before + code.replace("<mj-section>", () => own).replaceAll("\n", line);
  const after = (held[1] && line + held[1]) + (isWithin ? "" : `\n${near}</mj-wrapper>`);
  return { from: section.start, to: section.end, part, after, begins: before.length };
}

/** What a section holds, up to where the caret's part ends and behind it; "" where nothing does. */
function halved(text, all, section, caret, indent, step) {
  const inner = text.slice(section.inner, section.close).trimEnd();
  const column = innermost(all, caret, (one) => one.name === "mj-column" && one.parent === section);
  const isAlone = column && column.close < column.end && inner.trim() === text.slice(column.start, column.end);
  const cut = column && (partBefore(all, column, caret)?.end ?? column.inner);
  if (!isAlone || isInBlock(text.slice(column.inner, cut))) return [inner, ""];
  const parts = all.filter((one) => one.parent === column);
  const opening = `\n${indent}  ${text.slice(column.start, column.inner)}`;
  return [[column.inner, cut], [cut, column.close]].map(([from, to]) => {
    const held = deeper(text.slice(from, to), parts.map((one) => one.start - from).filter((at) => at >= 0 && at < to - from), step);
    return held.trim() && `${opening}${held.trimEnd()}\n${indent}  </mj-column>`;
  });
}

const isInBlock = (text) => (text.match(OPENS) ?? []).length !== (text.match(ENDS) ?? []).length;

/** The text with `step` before what stands at these places, where it begins a line: nothing within it is touched. */
function deeper(text, places, step) {
  return places.reduceRight((done, at) => done.slice(0, at).replace(/\n[ \t]*$/, (line) => line + step) + done.slice(at), text);
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

/** What the button inserts at the caret, and in place of what: {from, to, part, after}; the part itself begins `begins`
 * letters after `from`. */
export function insertion(text, caret, { block, blockHtml }) {
  const isCode = !text.trim() || isMjml(text);
  const code = isCode ? block : blockHtml;
  const isSection = isCode && code.startsWith("<mj-section");
  const found = isSection ? among(text, caret, code) : null;
  if (found) return found;
  const { at, before, after, indent, like } = isCode ? place(text, caret, isSection) : placeHtml(text, caret);
  const part = before + (like ? code.replace("<mj-section>", () => like) : code).replaceAll("\n", `\n${indent}`);
  return { from: at, to: at, part, after, begins: before.length };
}

function insert(button) {
  const field = document.getElementById(button.dataset.blockInto)?.closest("template-field");
  if (!field?.editor) return;
  const { text } = field;
  const { from, to, part, after } = insertion(text, Math.min(carets.get(field) ?? text.length, text.length), button.dataset);
  field.editor.focus();
  field.splice(from, to, part + after);
  field.placeCaret(from + part.length);
  carets.set(field, from + part.length);
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
