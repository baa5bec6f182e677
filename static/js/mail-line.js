// Where the words below a mail's code name a line, a button leads there: long lines are broken, so nobody can count them.
const NAMED = /^Line (\d+): /;

function offer(slot) {
  const field = slot.closest(".message-field");
  if (!field?.querySelector("mail-parts")) return;
  field.querySelector("[data-line]")?.remove();
  const found = NAMED.exec(slot.textContent);
  if (!found) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn btn-sm", textContent: `Show line ${found[1]}` });
  button.dataset.line = found[1];
  slot.after(button);
}

function show(button) {
  const field = button.closest(".message-field");
  const code = button.parentElement.querySelector(":scope > template-field"); // the parts have fields of their own
  field.querySelector("[data-view=code]").click();
  const lines = code.text.split("\n");
  const number = Math.min(Number(button.dataset.line), lines.length);
  const line = lines[number - 1];
  const begins = lines.slice(0, number - 1).reduce((sum, each) => sum + each.length + 1, 0);
  code.editor.focus();
  code.placeCaret(begins + line.length - line.trimStart().length, begins + line.length);
  const top = code.editor.getBoundingClientRect().top;
  code.editor.scrollTop += code.caretRect().top - top - code.editor.clientHeight / 2;
  code.editor.scrollIntoView({ block: "nearest" });
}

new MutationObserver((changes) => {
  for (const slot of new Set(changes.map((each) => each.target))) if (slot.matches("[data-mark=template]")) offer(slot);
}).observe(document.body, { childList: true, subtree: true });
for (const slot of document.querySelectorAll("[data-mark=template]")) offer(slot);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-line]");
  if (button) show(button);
});
