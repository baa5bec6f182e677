/* A mail's MJML as a list of parts, without a copy of it: each part knows where it stands in the text, and a change of
 * one rewrites its own letters only. Liquid tags are masked by as many letters while tags are looked for.
 */

// A tag that is not closed ends nowhere: it takes in no further tag, and nothing of another part.
const LIQUID = /\{\{(?:(?!\}\}|\{\{|<\/?mj)[\s\S])*\}\}|\{%(?:(?!%\}|\{%|<\/?mj)[\s\S])*%\}/g;
const TAG = /<!--[\s\S]*?-->|<(\/?)(mj[\w-]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/g;
const IS_MJML = /^\s*(?:<!--[\s\S]*?-->\s*)*<mjml[\s>]/;
const KINDS = { "mj-text": "text", "mj-button": "button", "mj-image": "picture", "mj-divider": "divider" };
const FRAMES = ["mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column"];
const HEADING_PX = 20;

export const isMjml = (text) => IS_MJML.test(text);
export const masked = (text) => text.replace(LIQUID, (tag) => "\uE000".repeat(tag.length));

/** The elements of the text in the order of their beginnings: {name, start, inner, close, end, isClosed, parent}. */
export function elements(text) {
  const found = [];
  let parent = null;
  for (const tag of masked(text).matchAll(TAG)) {
    const [whole, slash, name, attributes] = tag;
    if (!name) continue;
    const after = tag.index + whole.length;
    if (slash) {
      if (parent?.name !== name) continue;
      Object.assign(parent, { close: tag.index, end: after, isClosed: true });
      parent = parent.parent;
      continue;
    }
    const one = { name, start: tag.index, inner: after, close: after, end: text.length, parent };
    found.push(one);
    if (attributes.endsWith("/")) Object.assign(one, { end: after, isClosed: true });
    else parent = one;
  }
  return found;
}

/** The parts of a mail in their order, null where the text is no MJML that can be told apart. */
export function partsOf(text) {
  const all = elements(text);
  if (!isMjml(text) || !all.some((one) => one.name === "mj-body") || all.some((one) => !one.isClosed)) return null;
  const isPart = (one) => FRAMES.includes(one.parent?.name) && !FRAMES.includes(one.name);
  return all.filter(isPart).map((one) => ({ ...one, kind: kindOf(text, one), place: placeOf(one, all) }));
}

function kindOf(text, one) {
  if (one.parent.name !== "mj-column") return "other";
  const kind = KINDS[one.name] ?? "other";
  if (kind === "text" && Number.parseFloat(attribute(text, one, "font-size")) >= HEADING_PX) return "heading";
  return kind;
}

/** In which section it stands, and in which of its columns where there are several: {section, column, columns}. */
function placeOf(one, all) {
  const column = one.parent;
  const section = column.name === "mj-column" ? column.parent : column;
  const columns = all.filter((each) => each.name === "mj-column" && each.parent === section);
  return { section: section.start, column: columns.indexOf(column) + 1, columns: columns.length };
}

/* Changes: each gives the text anew */

export function withWords(text, part, html) {
  if (part.end > part.inner) return text.slice(0, part.inner) + html + text.slice(part.close);
  const opening = text.slice(part.start, part.inner).replace(/\s*\/>$/, ">");
  return `${text.slice(0, part.start)}${opening}${html}</${part.name}>${text.slice(part.end)}`;
}

/** Without the part; without its section where it was the only one there and others are left. */
export function without(text, part, parts) {
  const isAlone = parts.filter((each) => each.place.section === part.place.section).length === 1;
  const section = elements(text).find((one) => one.start === part.place.section);
  const gone = isAlone && parts.length > 1 && section ? section : part;
  const { start, end } = lineOf(text, gone);
  return text.slice(0, start) + text.slice(end);
}

/** With the part before or after its neighbour: they change places, or it goes over into the neighbour's column. */
export function moved(text, part, other) {
  if (part.parent.start === other.parent.start) {
    const [first, second] = part.start < other.start ? [part, other] : [other, part];
    const [one, two] = [first, second].map((each) => text.slice(each.start, each.end));
    return text.slice(0, first.start) + two + text.slice(first.end, second.start) + one + text.slice(second.end);
  }
  const { start, end } = lineOf(text, part);
  const code = text.slice(part.start, part.end);
  const indent = /[ \t]*$/.exec(text.slice(0, other.start))[0];
  if (other.start < part.start) {
    return `${text.slice(0, other.end)}\n${indent}${code}${text.slice(other.end, start)}${text.slice(end)}`;
  }
  return `${text.slice(0, start)}${text.slice(end, other.start)}${code}\n${indent}${text.slice(other.start)}`;
}

/** From its beginning to its end, with the line end before it where it has lines of its own. */
function lineOf(text, { start, end }) {
  const indent = /\n[ \t]*$/.exec(text.slice(0, start));
  return { start: indent ? start - indent[0].length : start, end };
}

/* Attributes */

const named = (name) => new RegExp(String.raw`\s${name}\s*=\s*("[^"]*"|'[^']*')`);

/** Where the value of an attribute stands in the text, with the space and the name before it; null without one. */
function attributeAt(text, { start, inner }, name) {
  const found = named(name).exec(masked(text.slice(start, inner)));
  if (!found) return null;
  const at = start + found.index;
  return { at, end: at + found[0].length, from: at + found[0].length - found[1].length + 1 };
}

export function attribute(text, part, name) {
  const place = attributeAt(text, part, name);
  return place ? decoded(text.slice(place.from, place.end - 1)) : "";
}

/** The text with another value of an attribute; "" takes it away where it may be left out. */
export function withAttribute(text, part, name, value, isOptional = false) {
  const opening = text.slice(part.start, part.inner);
  const place = attributeAt(text, part, name) ?? newAttributeAt(opening, part.start);
  const written = value === "" && isOptional ? "" : ` ${name}="${quoted(value)}"`;
  return text.slice(0, place.at) + written + text.slice(place.end);
}

function newAttributeAt(opening, start) {
  const at = start + opening.length - /\s*\/?>$/.exec(opening)[0].length;
  return { at, end: at };
}

/* Words: what somebody types who knows no HTML, with **bold**, *italic* and [words](address) */

const INLINE = /<(\/?)(b|strong|i|em|a)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi;
const LINK = /\[([^[\]\n]+)\]\(([^()\s]+)\)/g;
const BOLD = /\*\*(?=\S)([^*]*[^*\s])\*\*/g;
const ITALIC = /(?<![\w*])\*(?=\S)([^*]*[^*\s])\*(?![\w*])/g;

/** HTML as words; null where it holds more than words can say. */
export function wordsOf(html) {
  const words = aroundLiquid(html, readable);
  return sameness(htmlOf(words, html)) === sameness(html) ? words : null;
}

function readable(html) {
  const opened = [];
  const lined = html.replace(/\s+/g, " ").trim().replace(/ ?<br\s*\/?> ?/gi, "\n");
  return decoded(lined.replace(INLINE, (tag, slash, name) => {
    if (name.toLowerCase() !== "a") return /^b|^strong/i.test(name) ? "**" : "*";
    if (slash) return `](${opened.pop() ?? ""})`;
    opened.push(attribute(tag, whole(tag), "href"));
    return "[";
  }));
}

/** Words as HTML; links keep what else `before`, the HTML that they were, said of them. */
export function htmlOf(words, before = "") {
  const opened = [...masked(before).matchAll(INLINE)].filter(([, slash, name]) => !slash && name.toLowerCase() === "a");
  const tags = opened.map((tag) => before.slice(tag.index, tag.index + tag[0].length));
  const link = (_, said, address) => {
    const tag = tags.shift() ?? "<a>";
    return `${withAttribute(tag, whole(tag), "href", withScheme(decoded(address)))}${said}</a>`;
  };
  return aroundLiquid(words, (text) => encoded(text)
    .replace(LINK, link).replace(BOLD, "<b>$1</b>").replace(ITALIC, "<i>$1</i>").replaceAll("\n", "<br />"));
}

/** Once, where it was pasted behind one; https where none was written. */
const withScheme = (address) => address.replace(/^https?:\/\/(?=https?:)/i, "").replace(/^(?=[\w-]+(?:\.[\w-]+)+(?:[/?#]|$))/, "https://");

/** The same text for HTML that says the same in other letters. */
const sameness = (html) => aroundLiquid(html.replace(/\s+/g, " ").trim(), (text) => {
  const box = document.createElement("template");
  box.innerHTML = text.replace(/ ?<br\s*\/?> ?/gi, "<br>").replace(/\sstyle=/gi, " data-style="); // nothing is drawn
  return box.innerHTML.replace(/<(\/?)strong\b/g, "<$1b").replace(/<(\/?)em\b/g, "<$1i");
});

/* Letters */

const whole = (tag) => ({ start: 0, inner: tag.length });

/** `change` done to everything but the Liquid tags, which are one letter each meanwhile. */
function aroundLiquid(text, change) {
  const tags = [];
  const hidden = text.replace(LIQUID, (tag) => String.fromCharCode(0xe000 + tags.push(tag) - 1));
  return change(hidden).replace(/[\uE000-\uF8FF]/g, (letter) => tags[letter.charCodeAt(0) - 0xe000] ?? letter);
}

function decoded(html) {
  const box = document.createElement("textarea");
  return aroundLiquid(html, (text) => text.replace(/&#?\w+;/g, (entity) => {
    box.innerHTML = entity;
    return box.value;
  }));
}

const SAFE = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\u00a0": "&nbsp;" };
const encoded = (words) => aroundLiquid(words, (text) => text.replace(/[&<>\u00a0]/g, (letter) => SAFE[letter]));
const quoted = (words) => aroundLiquid(encoded(words), (text) => text.replaceAll('"', "&quot;"));
