/* What opens beside the caret of a template field: the list of tokens, and the small form for a fallback. */

const MOST_OPTIONS = 60;
const fetched = new Map();

/** The tokens that a URL offers, asked for once per page; a failure is asked again. */
export async function tokensFrom(url) {
  if (!url) return [];
  if (!fetched.has(url)) {
    const answer = fetch(url, { headers: { Accept: "application/json" } }).then((response) => {
      if (!response.ok) throw new Error(`${response.status}`);
      return response.json();
    });
    answer.catch(() => fetched.delete(url));
    fetched.set(url, answer);
  }
  return (await fetched.get(url)).tokens;
}

export function element(tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** What comes of a token without a fallback, as the form is set at present. */
export function whenLeftEmpty(form) {
  const isExcluded = form?.elements.missing?.value === "exclude";
  return isExcluded ? "Left empty, nobody without it gets the message." : "Left empty, nothing is written there.";
}

class Popup {
  constructor(frame, className, attributes) {
    this.frame = frame;
    this.element = element("div", `${className} dropdown-menu`, attributes);
    this.close();
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** Show it below `rect`, a place on the screen, without leaving the card or the page around the frame. */
  show(rect) {
    this.element.hidden = false;
    this.element.classList.add("show");
    const frame = this.frame.getBoundingClientRect();
    const room = (this.frame.closest(".card-body") ?? document.body).getBoundingClientRect();
    this.element.style.setProperty("max-inline-size", `${room.width}px`);
    const left = Math.max(room.left, Math.min(rect.left, room.right - this.element.offsetWidth));
    this.element.style.setProperty("top", `${rect.bottom - frame.top + 4}px`);
    this.element.style.setProperty("left", `${left - frame.left}px`);
  }

  close() {
    this.element.hidden = true;
    this.element.classList.remove("show");
  }
}

/** A listbox that the editor, as a combobox, moves through without giving up its focus. */
export class TokenList extends Popup {
  constructor(frame, editor, choose) {
    super(frame, "token-list", { role: "listbox", id: `${frame.id}-tokens`, "aria-label": "Tokens" });
    this.editor = editor;
    this.choose = choose;
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.element.addEventListener("click", (event) => {
      const option = event.target.closest(".token-option");
      if (option) this.choose(option.token);
    });
  }

  get options() {
    return this.element.querySelectorAll(".token-option");
  }

  /** Open with the tokens that fit `words`, or with the sentence `nothing`; returns how many fit. */
  open(tokens, words, nothing, rect) {
    const found = matching(tokens, words);
    this.element.replaceChildren(...found.map((token, index) => this.option(token, index)));
    if (!found.length) this.element.append(element("div", "token-none", { role: "option", "aria-disabled": "true" }, nothing));
    this.show(rect);
    this.editor.removeAttribute("aria-multiline");
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "true"], ["aria-controls", this.element.id]]) {
      this.editor.setAttribute(name, value);
    }
    this.mark(0);
    return found.length;
  }

  close() {
    super.close();
    if (!this.editor) return;
    this.editor.setAttribute("role", "textbox");
    this.editor.setAttribute("aria-multiline", String(this.editor.classList.contains("is-multiline")));
    for (const name of ["aria-expanded", "aria-controls", "aria-activedescendant"]) this.editor.removeAttribute(name);
  }

  option(token, index) {
    const name = element("span", "token-name", {}, token.label ?? token.name);
    const where = element("span", "token-source", {}, [token.source, token.type].filter(Boolean).join(" · "));
    const sample = element("span", "token-sample", {}, token.sample ?? "");
    const attributes = { role: "option", id: `${this.element.id}-${index}` };
    const option = element("div", "token-option dropdown-item", attributes, name, where, sample);
    option.token = token;
    return option;
  }

  mark(index) {
    const { options } = this;
    this.marked = options.length ? (index + options.length) % options.length : 0;
    options.forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === this.marked));
      option.classList.toggle("active", at === this.marked);
    });
    const option = options[this.marked];
    if (!option) return this.editor.removeAttribute("aria-activedescendant");
    this.editor.setAttribute("aria-activedescendant", option.id);
    return option.scrollIntoView({ block: "nearest" });
  }

  /** Whether the key was for the list. */
  press(key) {
    if (key === "ArrowDown") this.mark(this.marked + 1);
    else if (key === "ArrowUp") this.mark(this.marked - 1);
    else if (key === "Escape") this.close();
    else if ((key === "Enter" || key === "Tab") && this.options.length) this.choose(this.options[this.marked].token);
    else return false;
    return true;
  }
}

/** Tokens that fit, those whose name begins with the words first. */
export function matching(tokens, words) {
  const rank = (token) => {
    const name = (token.label ?? token.name).toLowerCase();
    if (name.startsWith(words)) return 0;
    return name.includes(words) || `${token.source} ${token.name}`.toLowerCase().includes(words) ? 1 : 2;
  };
  const ranked = tokens.map((token) => [rank(token), token]).filter(([place]) => place < 2);
  return ranked.sort((a, b) => a[0] - b[0]).slice(0, MOST_OPTIONS).map(([, token]) => token);
}

/** Asks for a fallback, or says what is wrong; never part of the form around it. */
export class FallbackForm extends Popup {
  constructor(frame, focus) {
    super(frame, "token-popup", { role: "group", "aria-label": "Token" });
    this.focus = focus;
    for (const type of ["input", "change"]) this.element.addEventListener(type, (event) => event.stopPropagation());
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** `done` gets the fallback when it is confirmed, `empty` says what comes of none; without `done` there are only a
   * sentence and `buttons`. */
  ask({ title, fallback = "", confirm, empty = "", rect, buttons = [], done, cancelled = () => {} }) {
    const id = `${this.frame.id}-fallback`;
    const attributes = { type: "text", id, "aria-describedby": `${id}-empty`, autocomplete: "off" };
    const input = element("input", "form-control form-control-sm", attributes);
    input.value = fallback;
    this.confirm = () => this.finish(() => done(input.value.trim()));
    this.cancel = () => this.finish(cancelled);
    const asked = done ? [input, button(confirm, "btn-primary", this.confirm)] : [];
    const others = buttons.map(({ label, act }) => button(label, "", () => this.finish(act)));
    const said = element(done ? "label" : "div", "token-title", done ? { for: input.id } : {}, title);
    this.element.replaceChildren(said, element("div", "token-row", {}, ...asked, ...others));
    if (done) this.element.append(element("div", "token-empty", { id: `${id}-empty` }, empty));
    this.show(rect);
    this.element.querySelector("input, button").focus();
  }

  finish(act) {
    this.close();
    this.focus();
    act();
  }

  pressed(event) {
    if (event.key === "Escape") this.cancel();
    else if (event.key === "Enter" && event.target.nodeName === "INPUT") this.confirm();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function button(label, className, act) {
  const made = element("button", `btn btn-sm ${className}`, { type: "button" }, label);
  made.addEventListener("click", act);
  return made;
}
