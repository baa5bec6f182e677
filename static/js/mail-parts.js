/* <mail-parts data-for="field's id">: a mail's MJML as a list of its parts, each with the fields that it has, for people
 * who know no MJML. The text of the field stays the truth: what is typed here rewrites its own letters there, so going
 * to the code and back loses nothing. Load with <script type="module">, after template-field.js.
 */

import { insertion } from "./mail-blocks.js";
import { showLook, withLook } from "./mail-look.js";
import { attribute, htmlOf, moved, partsOf, withAttribute, without, withWords, wordsOf } from "./mail-source.js";

const REMEMBERED = "mail-view";
const WRAPS = { bold: ["**", "**"], italic: ["*", "*"], link: ["[", "](https://)"] };
const KEYS = { b: "bold", i: "italic", k: "link" };
const UNREADABLE = "This mail is HTML of its own, or MJML with a tag that is never closed: it is written as code.";

class MailParts extends HTMLElement {
  // The field that it shows may stand further down, and is only ready when all of the page's part is there.
  connectedCallback() {
    queueMicrotask(() => this.begin());
  }

  begin() {
    this.frame = this.closest(".message-field");
    this.main = document.getElementById(this.dataset.for)?.closest("template-field");
    if (!this.isConnected || !this.main?.editor) return;
    this.list = this.querySelector("[data-parts]");
    this.selections = new WeakMap();
    this.stop = new AbortController();
    this.listen();
    this.hidden = false;
    this.view(localStorage.getItem(REMEMBERED) === "code" || !this.parts() ? "code" : "parts");
  }

  disconnectedCallback() {
    this.stop?.abort();
  }

  listen() {
    const on = (target, type, handler, isCapture = false) =>
      target.addEventListener(type, handler.bind(this), { signal: this.stop.signal, capture: isCapture });
    on(this, "click", this.clicked);
    on(this, "input", this.typed);
    on(this, "keydown", this.keyed);
    on(this, "focusin", () => { this.isStep = true; });
    on(this, "focusout", this.left, true);
    on(this.frame, "click", this.added, true);
  }

  /** The parts of the mail; none of a blank one, null where it cannot be shown so. */
  parts() {
    return this.main.text.trim() ? partsOf(this.main.text) : [];
  }

  /* Looks */

  view(wanted) {
    const parts = this.parts();
    this.say(wanted === "parts" && !parts ? UNREADABLE : "");
    this.frame.dataset.view = wanted === "parts" && parts ? "parts" : "code";
    for (const button of this.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === this.frame.dataset.view));
    }
    if (this.frame.dataset.view === "parts") this.draw();
    else this.main.draw(this.main.text, { settled: true });
  }

  draw() {
    const parts = this.parts() ?? [];
    this.frame.toggleAttribute("data-no-parts", !parts.length);
    this.list.replaceChildren(...parts.map((part, place) => this.card(part, place, parts)));
    showLook(this.querySelector("[data-look-box]"), this.main.text);
    this.showUndo();
  }

  card(part, place, parts) {
    const card = this.shape(part.kind);
    const name = card.querySelector(".part-name");
    const { section, column, columns } = part.place;
    if (columns > 1) name.append(` · column ${column} of ${columns}`);
    card.setAttribute("aria-label", `${name.textContent}, part ${place + 1} of ${parts.length}`);
    card.classList.toggle("is-apart", place > 0 && section !== parts[place - 1].place.section);
    for (const field of card.querySelectorAll("textarea")) this.fill(field, part, card);
    card.querySelector("[data-move='-1']").disabled = !neighbour(parts, place, -1);
    card.querySelector("[data-move='1']").disabled = !neighbour(parts, place, 1);
    return card;
  }

  shape(kind) {
    return this.querySelector(`template[data-part="${kind}"]`).content.firstElementChild.cloneNode(true);
  }

  /** A text that holds more than words can say is shown as the HTML that it is. */
  fill(field, part, card) {
    const { text } = this.main;
    if (field.dataset.attribute) {
      field.value = attribute(text, part, field.dataset.attribute);
      return;
    }
    const html = text.slice(part.inner, part.close);
    const words = wordsOf(html);
    field.value = words ?? html.trim();
    if (words !== null) return;
    field.dataset.isHtml = "";
    field.classList.add("is-html");
    card.classList.add("is-own");
  }

  showUndo() {
    this.querySelector("[data-undo]").disabled = !this.main.history.length;
  }

  say(words) {
    this.querySelector("[role=status]").textContent = words;
  }

  /* Changes */

  write(text) {
    if (this.isStep) this.main.remember();
    this.isStep = false;
    this.main.draw(text, { settled: true });
    this.main.tell();
    this.showUndo();
  }

  typed(event) {
    event.stopPropagation();
    if (event.target.matches("[data-look]")) {
      this.write(withLook(this.main.text, event.target));
      return;
    }
    const parts = this.parts();
    const part = parts?.[this.placeOf(event.target)];
    if (!part) return;
    this.write(this.changed(part, event.target));
    if (this.parts()?.length !== parts.length) this.view("parts");
  }

  changed(part, field) {
    const { text } = this.main;
    const { attribute: name, isHtml, mayBeLeft } = field.dataset;
    if (name) return withAttribute(text, part, name, field.value, mayBeLeft !== undefined);
    const before = text.slice(part.inner, part.close);
    return withWords(text, part, isHtml === undefined ? htmlOf(field.value, before) : field.value);
  }

  /** Add what a button of the group holds, after the part whose card it stands below, or to a mail without parts. */
  added(event) {
    const button = event.target.closest("[data-block]");
    if (!button || this.frame.dataset.view !== "parts") return;
    event.stopPropagation();
    const parts = this.parts();
    const { text } = this.main;
    const caret = parts[this.placeOf(button)]?.inner ?? text.length;
    const { from, to, part, after, begins } = insertion(text, caret, button.dataset);
    this.step(text.slice(0, from) + part + after + text.slice(to), `${button.textContent.trim()} added`);
    this.select(this.parts().findIndex((each) => each.start >= from + begins));
  }

  /** A change of which parts there are, or of their order, said aloud. */
  step(text, words) {
    this.isStep = true;
    this.write(text);
    this.draw();
    this.say(words);
  }

  move(place, by) {
    const parts = this.parts();
    const other = neighbour(parts, place, by);
    if (!other) return;
    this.step(moved(this.main.text, parts[place], other), by < 0 ? "Moved up" : "Moved down");
    const isSameColumn = parts[place].parent.start === other.parent.start;
    const button = this.list.children[isSameColumn ? place + by : place].querySelector(`[data-move="${by}"]`);
    (button.disabled ? button.parentElement.querySelector(`[data-move="${-by}"]`) : button).focus();
  }

  remove(place) {
    const parts = this.parts();
    this.step(without(this.main.text, parts[place], parts), "Removed");
    const near = this.list.children[Math.min(place, this.list.children.length - 1)];
    (near?.querySelector("[data-remove]") ?? this.querySelector("[data-undo]")).focus();
  }

  undo() {
    this.main.undo(false);
    this.view("parts");
    this.say("Undone");
  }

  /* What people do */

  placeOf(element) {
    return Array.prototype.indexOf.call(this.list.children, element.closest(".part"));
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button || button.closest("template-field")) return;
    const { view, move, format } = button.dataset;
    if (view) this.choose(view);
    else if ("undo" in button.dataset) this.undo();
    else if (move) this.move(this.placeOf(button), Number(move));
    else if ("remove" in button.dataset) this.remove(this.placeOf(button));
    else if ("add" in button.dataset) this.offer(button);
    else if (format) this.format(button.closest(".part"), format);
  }

  choose(view) {
    this.view(view);
    localStorage.setItem(REMEMBERED, view);
  }

  /** Below the card, what can be added after it. */
  offer(button) {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    for (const old of this.list.querySelectorAll(".part-adding")) old.remove();
    for (const each of this.list.querySelectorAll("[data-add]")) each.setAttribute("aria-expanded", "false");
    if (isOpen) return;
    const group = this.frame.querySelector(".blocks").cloneNode(true);
    group.classList.add("part-adding");
    group.setAttribute("aria-label", "Add below");
    button.closest(".part").append(group);
    button.setAttribute("aria-expanded", "true");
    group.querySelector("button").focus();
  }

  keyed(event) {
    const card = event.target.closest(".part");
    const place = card ? this.placeOf(card) : -1;
    const isCommand = event.ctrlKey || event.metaKey;
    if (card && event.altKey && event.key === "ArrowUp") this.move(place, -1);
    else if (card && event.altKey && event.key === "ArrowDown") this.move(place, 1);
    else if (card && isCommand && KEYS[event.key.toLowerCase()] && card.querySelector("[data-format]")) {
      this.left(event);
      this.format(card, KEYS[event.key.toLowerCase()]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The selection is forgotten when the field is left, so it is noted just before.
  left(event) {
    const field = event.target.closest?.("template-field");
    if (field?.editor === event.target) this.selections.set(field, field.selection());
  }

  /** Put marks around the selected words; of a link the address is to be typed next. */
  format(card, mark) {
    const field = card.querySelector("template-field");
    const [from, to] = this.selections.get(field) ?? [field.text.length, field.text.length];
    const [, before, words, after] = /^(\s*)([\s\S]*?)(\s*)$/.exec(field.text.slice(from, to));
    const [open, close] = WRAPS[mark];
    field.editor.focus();
    field.splice(from, to, before + open + (words || "words") + close + after);
    const end = from + (before + open + (words || "words") + close).length;
    if (mark === "link") field.placeCaret(end - "https://)".length, end - 1); // a pasted address replaces it
    else field.placeCaret(end);
  }

  /** Everything in the first field of a card, so that typing replaces it. */
  select(place) {
    const editor = this.list.children[place]?.querySelector(".template-editor");
    if (!editor) return this.list.children[place]?.querySelector("[data-add]").focus();
    editor.focus();
    return document.getSelection().selectAllChildren(editor);
  }
}

/** The part before or after one, where they may change places: neither stands outside of the columns. */
function neighbour(parts, place, by) {
  const other = parts[place + by];
  if (!other) return null;
  const isFree = (part) => part.parent.name === "mj-column";
  return isFree(other) && isFree(parts[place]) ? other : null;
}

if (!customElements.get("mail-parts")) customElements.define("mail-parts", MailParts);
