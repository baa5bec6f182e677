/* Liquid text as pieces, strings and chips, and what is drawn back as Liquid text. */

const SCAN = new RegExp(
  [
    String.raw`(?<plain>\{%-?\s*(?<block>raw|comment)\s*-?%\}[\s\S]*?(?:\{%-?\s*end\k<block>\s*-?%\}|$)|\{%(?:(?!%\})[\s\S])*%\})`,
    String.raw`(?<token>\{\{-?\s*(?<root>[A-Za-z_][\w-]*)(?<path>(?:\.[A-Za-z_][\w-]*|\[\s*(?:"[^"]*"|'[^']*'|-?\d+)\s*\])*)\s*` +
      String.raw`(?:\|\s*default\s*:\s*(?<quoted>"(?:(?!\}\})[^"])*"|'(?:(?!\}\})[^'])*')\s*)?-?\}\})`,
    String.raw`(?<other>\{\{(?:(?!\}\}|\{\{)[\s\S])*\}\})`,
    String.raw`(?<open>\{[{%][^\n]*)`,
  ].join("|"),
  "g",
);
const OWN_NAME = /\{%-?\s*(?:assign|capture|for|increment|decrement|tablerow)\s+([\w-]+)/g;
const FIRST_STEP = /^(?:\.([\w-]+)|\[\s*(?:"([^"]*)"|'([^']*)'|(-?\d+))\s*\])/;

/** The text as pieces: strings, and chips {liquid, source, name, fallback, broken}. Open tags are chips if `settled`. */
export function pieces(text, known, settled) {
  const own = new Set(["forloop", ...Array.from(text.matchAll(OWN_NAME), (match) => match[1])]);
  const found = [];
  let position = 0;
  for (const match of text.matchAll(SCAN)) {
    const chip = chipOf(match, own, known, settled);
    if (!chip) continue;
    found.push(text.slice(position, match.index), chip);
    position = match.index + match[0].length;
  }
  found.push(text.slice(position));
  return found.filter((piece) => piece !== "");
}

function chipOf(match, own, known, settled) {
  const { token, root, path, quoted, open } = match.groups;
  if (open) {
    const close = open[1] === "{" ? "}}" : "%}";
    const said = `This is never closed. Write ${close} where it ends.`;
    return settled ? { liquid: match[0], label: match[0], broken: said } : null;
  }
  if (!token || own.has(root)) return null;
  const step = FIRST_STEP.exec(path);
  const name = step ? (step[1] ?? step[2] ?? step[3] ?? step[4]) : "";
  const rest = step ? path.slice(step[0].length) : "";
  const fallback = quoted === undefined ? null : quoted.slice(1, -1);
  const label = step ? (root === "profile" ? "" : `${root}: `) + name + rest : root;
  const liquid = token.replaceAll("\u00a0", " ");
  return { liquid, source: root, name, path, label, fallback, broken: broken(root, name, known) };
}

function broken(source, name, known) {
  if (!name) return `Nothing is called “${source}” here. A person's property is written profile.${source}.`;
  if (known && !known.has(`${source}.${name}`)) return `There is no “${name}” in ${source} here.`;
  return "";
}

export function liquidOf({ source, name, path }, fallback) {
  const step = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : name.includes('"') ? `['${name}']` : `["${name}"]`;
  return `{{ ${source}${path ?? step}${fallback === "" ? "" : ` | default: ${quoted(fallback)}`} }}`;
}

function quoted(words) {
  const safe = words.replaceAll("}}", "} }");
  if (!safe.includes('"')) return `"${safe}"`;
  return safe.includes("'") ? `"${safe.replaceAll('"', "”")}"` : `'${safe}'`;
}

/** The Liquid text below a node, chips as what they stand for. */
export function textOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.dataset?.liquid !== undefined) return node.dataset.liquid;
  if (node.nodeName === "BR") return node.classList.contains("template-end") ? "" : "\n";
  const inner = textIn(node);
  return (node.nodeName === "DIV" || node.nodeName === "P") && node.previousSibling ? `\n${inner}` : inner;
}

export function textIn(node) {
  return Array.from(node.childNodes, textOf).join("");
}

/** Where `after` stops to differ from `before`: the caret's place when one becomes the other. */
export function changedAt(before, after) {
  let end = 0;
  while (end < Math.min(before.length, after.length) && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return after.length - end;
}
