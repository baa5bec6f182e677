// The segment builder comes anew from the server after some choices. What is typed meanwhile stays; and a list of
// values keeps one empty input at its end.
(() => {
  const FIELDS = "input:not([type=hidden]):not([type=checkbox]), textarea";
  const texts = (builder) => new Map([...builder.querySelectorAll(FIELDS)].map((field) => [field.id, field.value]));
  let sent = null;
  let typed = null;

  function grow(list) {
    const last = list.lastElementChild;
    const next = last.cloneNode(true);
    const number = list.children.length;
    next.value = "";
    next.removeAttribute("value");
    next.id = last.id.replace(/\d+$/, number);
    next.placeholder = "or …";
    next.setAttribute("aria-label", last.getAttribute("aria-label").replace(/\d+$/, number + 1));
    list.append(next);
  }

  function field(id) {
    const list = document.getElementById(id.replace(/\d+$/, "0"))?.closest("[data-values]");
    if (list && !document.getElementById(id)) grow(list);
    return document.getElementById(id);
  }

  // After a removal the places behind it have other numbers.
  const renumbers = (button) => button.value?.startsWith("remove:");

  document.addEventListener("input", (event) => {
    const list = event.target.closest("[data-values]");
    if (list && event.target === list.lastElementChild && event.target.value) grow(list);
  });
  // Enter takes the value and goes to the next one: it never saves the whole page by accident.
  document.addEventListener("keydown", (event) => {
    const plain = event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing;
    if (!plain || !event.target.matches(".builder input")) return;
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
    if (event.target.closest("[data-values]")) event.target.nextElementSibling?.focus();
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    const builder = event.target.closest(".builder");
    if (builder) sent = renumbers(event.target) ? null : texts(builder);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.target.matches(".builder") || !sent) return;
    const now = [...texts(event.target)].filter(([id, value]) => value !== (sent.get(id) ?? ""));
    typed = { now, focus: document.activeElement?.id };
    sent = null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!typed) return;
    const { now, focus } = typed;
    typed = null;
    for (const [id, value] of now) {
      const again = field(id);
      if (!again) continue;
      again.value = value;
      again.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (now.some(([id]) => id === focus)) document.getElementById(focus)?.focus();
  });
})();
