/* <template-field tokens-url="…"> around an input or a textarea: its Liquid tokens become chips, @ offers tokens.
 *
 * The text of the field is the truth: the editor draws it, every change writes it back and the field itself fires
 * `input` and `change`, so forms and HTMX need to know nothing of the editor. Without this script the field works as
 * it is. Load with <script type="module">.
 */

import { element, FallbackForm, matching, TokenList, tokensFrom, whenLeftEmpty } from "./template-popups.js";
import { changedAt, liquidOf, pieces, textIn, textOf } from "./template-text.js";

const QUERY = /(?:^|[^\p{L}\p{N}_@])@([^@\n{}]{0,40})$/u;
const MOST_UNDO = 200;
const OURS = ".template-editor, .token-button, .token-list, .token-popup, .token-status";
let count = 0;

class TemplateField extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input, textarea");
    if (!this.field) return;
    this.id ||= `template-field-${++count}`;
    this.isMultiline = this.field.nodeName === "TEXTAREA";
    this.history = [];
    this.future = [];
    this.stop = new AbortController();
    this.build();
    this.draw(this.field.value, { settled: true });
    this.loadTokens();
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.removeEditor();
  }

  removeEditor() {
    for (const old of this.querySelectorAll(OURS)) old.remove();
  }

  async loadTokens() {
    this.tokens = null;
    this.tokens = await tokensFrom(this.getAttribute("tokens-url")).catch(() => undefined);
    if (!this.isConnected || !this.tokens) return;
    this.known = new Set(this.tokens.map((token) => `${token.source}.${token.name}`));
    const selected = this.editor.contains(document.activeElement) ? this.selection() : null;
    this.draw(this.text, { settled: !selected });
    if (selected) this.placeCaret(...selected);
    if (this.list.isOpen) this.offer();
  }

  /* Building */

  build() {
    this.removeEditor();
    const { field } = this;
    field.tabIndex = -1;
    field.setAttribute("aria-hidden", "true");
    const isReadOnly = field.disabled || field.readOnly;
    this.editor = element("div", `template-editor ${field.className}`, {
      contenteditable: isReadOnly ? "false" : "true",
      role: "textbox",
      spellcheck: "true",
      tabindex: "0",
      "aria-multiline": String(this.isMultiline),
      "aria-autocomplete": "list",
      ...(isReadOnly && { "aria-readonly": "true" }),
    });
    this.editor.classList.toggle("is-multiline", this.isMultiline);
    this.describe();
    this.list = new TokenList(this, this.editor, (token) => this.choose(token));
    this.form = new FallbackForm(this, () => this.editor.focus());
    this.status = element("div", "token-status visually-hidden", { role: "status" });
    this.button = element("button", "token-button", { type: "button", "aria-label": "Insert a token" }, "@");
    this.button.disabled = isReadOnly;
    this.append(this.editor, this.button, this.list.element, this.form.element, this.status);
    this.listen();
  }

  describe() {
    const label = this.field.labels?.[0];
    if (label) {
      label.id ||= `${this.id}-label`;
      this.editor.setAttribute("aria-labelledby", label.id);
    } else {
      this.editor.setAttribute("aria-label", this.field.getAttribute("aria-label") ?? this.field.name);
    }
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (this.field.hasAttribute(name)) this.editor.setAttribute(name, this.field.getAttribute(name));
    }
    this.editor.dataset.placeholder = this.field.placeholder;
  }

  listen() {
    const on = (target, type, handler) => target.addEventListener(type, handler.bind(this), { signal: this.stop.signal });
    on(this.field, "focus", () => this.editor.focus());
    on(this.editor, "beforeinput", this.beforeInput);
    on(this.editor, "input", this.typed);
    on(this.editor, "compositionend", () => this.read());
    on(this.editor, "keydown", this.keyed);
    on(this.editor, "copy", this.copied);
    on(this.editor, "cut", this.copied);
    on(this.editor, "paste", this.pasted);
    on(this.editor, "click", this.clicked);
    on(this.editor, "drop", (event) => event.preventDefault());
    on(this, "focusin", () => (this.valueAtFocus ??= this.text));
    on(this, "focusout", this.left);
    on(this.button, "click", this.buttonPressed);
    const redraw = () => setTimeout(() => this.draw(this.field.value, { settled: true }));
    if (this.field.form) on(this.field.form, "reset", redraw);
  }

  /* Text and drawing */

  /** Show `text`; put the caret at `caret` (an offset in the text) if one is given. */
  draw(text, { settled = false, caret = null } = {}) {
    this.text = text;
    this.isRaw = false;
    const drawn = pieces(text, this.known, settled).map((piece) => (typeof piece === "string" ? piece : this.chip(piece)));
    this.editor.replaceChildren(...drawn, element("br", "template-end"));
    this.editor.classList.toggle("is-empty", text === "");
    if (caret !== null) this.placeCaret(caret);
  }

  chip(piece) {
    const chip = element("span", "chip", { contenteditable: "false", role: "button", tabindex: "0" }, piece.label);
    chip.piece = piece;
    chip.dataset.liquid = piece.liquid;
    if (!piece.source) chip.dataset.open = "";
    if (piece.fallback) chip.append(element("span", "chip-fallback", {}, ` · “${piece.fallback}”`));
    const said = piece.fallback ? `${piece.label}, or “${piece.fallback}”` : piece.label;
    chip.setAttribute("aria-label", piece.broken ? `Broken token ${said}: ${piece.broken}` : `Token ${said}`);
    chip.title = piece.broken || piece.liquid;
    chip.classList.toggle("chip-broken", Boolean(piece.broken));
    return chip;
  }

  /** Take over what the browser did to the editor. */
  read() {
    const text = textIn(this.editor);
    const isChanged = text !== this.text;
    if (isChanged) this.remember();
    if (this.isStale(text)) this.draw(text, { caret: this.selection()[1] });
    this.text = text;
    this.editor.classList.toggle("is-empty", text === "");
    if (isChanged) this.tell();
  }

  /** Whether the editor shows less than it should: a tag was just closed, or the browser took the last line end. */
  isStale(text) {
    if (!this.editor.querySelector(":scope > .template-end:last-child")) return true;
    const wanted = pieces(text, this.known, false).filter((piece) => typeof piece !== "string");
    return !this.isRaw && wanted.length > this.editor.querySelectorAll(".chip:not([data-open])").length;
  }

  /** Replace the text from `start` to `end`, the caret after it. */
  splice(start, end, inserted) {
    this.remember();
    const text = this.text.slice(0, start) + inserted + this.text.slice(end);
    this.draw(text, { caret: start + inserted.length });
    this.tell();
  }

  remember() {
    this.history.push(this.text);
    if (this.history.length > MOST_UNDO) this.history.shift();
    this.future = [];
  }

  undo(isRedo) {
    const [from, to] = isRedo ? [this.future, this.history] : [this.history, this.future];
    if (!from.length) return;
    to.push(this.text);
    const text = from.pop();
    this.draw(text, { caret: changedAt(this.text, text) });
    this.tell();
  }

  tell() {
    this.field.value = this.text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* Caret */

  selection() {
    const selection = this.ownerDocument.getSelection();
    if (!selection.rangeCount || !this.editor.contains(selection.anchorNode)) return [this.text.length, this.text.length];
    const range = selection.getRangeAt(0);
    return [this.offset(range.startContainer, range.startOffset), this.offset(range.endContainer, range.endOffset)];
  }

  offset(node, position) {
    const before = document.createRange();
    before.selectNodeContents(this.editor);
    before.setEnd(node, position);
    return textIn(before.cloneContents()).length;
  }

  /** Select from one offset to another; without the other there is only the caret. */
  placeCaret(from, to = from) {
    this.ownerDocument.getSelection().setBaseAndExtent(...this.pointAt(from), ...this.pointAt(to));
  }

  pointAt(offset) {
    let left = offset;
    for (const [place, node] of this.editor.childNodes.entries()) {
      const length = textOf(node).length;
      const point = node.nodeType === Node.TEXT_NODE ? [node, left] : [this.editor, place];
      const mayEnd = point[0] === node || node.classList?.contains("template-end");
      if (left < length || (left === length && mayEnd)) return point;
      left -= length;
    }
    return [this.editor, this.editor.childNodes.length];
  }

  caretRect() {
    const selection = this.ownerDocument.getSelection();
    const rects = selection.rangeCount ? selection.getRangeAt(0).getClientRects() : [];
    return rects.length ? rects[rects.length - 1] : this.editor.getBoundingClientRect();
  }

  /* What people do in the editor */

  beforeInput(event) {
    const [start, end] = this.selection();
    const type = event.inputType;
    if (type === "insertParagraph" || type === "insertLineBreak") {
      event.preventDefault();
      if (this.isMultiline) this.splice(start, end, "\n");
    } else if (type === "historyUndo" || type === "historyRedo") {
      event.preventDefault();
      this.undo(type === "historyRedo");
    } else if (type.startsWith("format") || type === "insertFromDrop") {
      event.preventDefault();
    } else if (type.startsWith("delete")) {
      this.beforeDelete(event, start, end);
    }
  }

  beforeDelete(event, start, end) {
    if (start !== end) {
      event.preventDefault();
      this.splice(start, end, "");
      return;
    }
    const isForward = event.inputType.endsWith("Forward");
    let position = 0;
    for (const node of this.editor.childNodes) {
      const { length } = textOf(node);
      if (node.dataset?.liquid && start === (isForward ? position : position + length)) {
        event.preventDefault();
        this.splice(position, position + length, "");
        return;
      }
      position += length;
    }
  }

  typed(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    this.read();
    this.offer();
  }

  keyed(event) {
    const chip = event.target.closest?.(".chip");
    if (this.list.isOpen && this.list.press(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (chip) this.chipKeyed(event, chip);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.undo(event.shiftKey);
    }
  }

  chipKeyed(event, chip) {
    if (event.key === "Enter" || event.key === " ") this.edit(chip);
    else if (event.key === "Backspace" || event.key === "Delete") this.replaceChip(chip, "");
    else return;
    event.preventDefault();
  }

  clicked(event) {
    const chip = event.target.closest(".chip");
    if (chip && this.editor.isContentEditable) this.edit(chip);
  }

  copied(event) {
    const [start, end] = this.selection();
    if (start === end) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", this.text.slice(start, end));
    if (event.type === "cut") this.splice(start, end, "");
  }

  pasted(event) {
    event.preventDefault();
    const words = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    const [start, end] = this.selection();
    this.splice(start, end, this.isMultiline ? words : words.replace(/\n+/g, " "));
  }

  left(event) {
    if (this.contains(event.relatedTarget) || !document.hasFocus()) return;
    this.list.close();
    this.form.close();
    this.draw(this.text, { settled: true });
    if (this.valueAtFocus !== undefined && this.valueAtFocus !== this.text) {
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.valueAtFocus = undefined;
  }

  buttonPressed() {
    const [start, end] = this.selection();
    const isWord = start > 0 && /[\p{L}\p{N}_@]/u.test(this.text[start - 1]);
    this.editor.focus();
    this.splice(start, end, isWord ? " @" : "@");
    this.offer();
  }

  /* The list of tokens */

  offer() {
    const [start, end] = this.selection();
    const match = start === end ? QUERY.exec(this.text.slice(0, start)) : null;
    if (!match) return this.list.close();
    const words = match[1].trim().toLowerCase();
    if (/\s/.test(match[1]) && !matching(this.tokens ?? [], words).length) return this.list.close();
    this.queryFrom = start - match[1].length - 1;
    const nothing = this.whyNothing();
    const found = this.list.open(this.tokens ?? [], words, nothing, this.caretRect());
    this.status.textContent = found ? `${found} ${found === 1 ? "token" : "tokens"}` : nothing;
    return undefined;
  }

  whyNothing() {
    if (this.tokens === null) return "Loading tokens…";
    if (this.tokens) return "No token is called that.";
    this.loadTokens();
    return "The tokens could not be loaded.";
  }

  choose(token) {
    const [start, end] = [this.queryFrom, this.selection()[1]];
    this.list.close();
    this.form.ask({
      title: `If ${token.label ?? token.name} is missing, write`,
      confirm: "Insert",
      empty: whenLeftEmpty(this.field.form),
      rect: this.caretRect(),
      done: (fallback) => this.splice(start, end, liquidOf(token, fallback)),
      cancelled: () => this.placeCaret(end),
    });
  }

  /* Chips */

  edit(chip) {
    const { piece } = chip;
    const rect = chip.getBoundingClientRect();
    const remove = { label: "Remove", act: () => this.replaceChip(chip, "") };
    if (piece.broken) {
      const asText = { label: "Edit as text", act: () => this.unchip(chip) };
      this.form.ask({ title: piece.broken, rect, buttons: [asText, remove] });
      return;
    }
    this.form.ask({
      title: `If ${piece.label} is missing, write`,
      fallback: piece.fallback ?? "",
      confirm: "Save",
      empty: whenLeftEmpty(this.field.form),
      rect,
      buttons: [remove],
      done: (fallback) => this.replaceChip(chip, liquidOf(piece, fallback)),
      cancelled: () => chip.focus(),
    });
  }

  replaceChip(chip, liquid) {
    const start = this.offset(this.editor, Array.prototype.indexOf.call(this.editor.childNodes, chip));
    this.splice(start, start + chip.dataset.liquid.length, liquid);
    this.editor.focus();
    this.placeCaret(start + liquid.length);
  }

  /** Show a broken chip as the text it is, until the field is left. */
  unchip(chip) {
    const words = chip.dataset.liquid;
    const text = document.createTextNode(words);
    this.isRaw = true;
    chip.replaceWith(text);
    this.editor.focus();
    this.ownerDocument.getSelection().collapse(text, words.length);
  }
}

if (!customElements.get("template-field")) customElements.define("template-field", TemplateField);
