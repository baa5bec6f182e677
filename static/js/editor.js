// The campaign editor: messages at their fields, notes beside their pairs, and links that wait until all is saved.
(() => {
  const stepForm = () => document.getElementById("step-form");

  // Messages at the fields, from the hidden list that every answer brings along.
  function paint() {
    const form = stepForm();
    if (!form) return;
    const marks = [...document.querySelectorAll("#marks > [data-field]")];
    for (const slot of form.querySelectorAll("[data-mark]")) say(slot, "");
    for (const mark of marks) {
      const slots = inOrder(form.querySelectorAll(`[data-mark="${CSS.escape(mark.dataset.field)}"]`));
      const slot = slots[Number(mark.dataset.row)] || slots[0];
      if (slot && !isBeingFilled(slot)) say(slot, mark.textContent);
    }
  }

  // Rows are counted as a message is made: its fields come before its keys and values, wherever they stand in the page.
  function inOrder(slots) {
    const isPair = (slot) => Number(Boolean(slot.closest("[data-row-item]")));
    return [...slots].sort((one, other) => isPair(one) - isPair(other));
  }

  // Nobody is told that a field is blank while they are about to fill it.
  function isBeingFilled(slot) {
    const row = slot.closest("[data-row-item]");
    return Boolean(row && row.contains(document.activeElement) && !row.querySelector("textarea")?.value);
  }

  function say(slot, words) {
    slot.textContent = words;
    slot.hidden = !words;
    slot.id ||= `mark-${Math.random().toString(36).slice(2)}`;
    const inputs = (slot.closest(".pair-value, .pair-key, [data-marked]") || slot.parentElement)
      .querySelectorAll("input:not([type=hidden]), textarea, select, .template-editor");
    for (const input of inputs) describe(input, slot.id, Boolean(words));
  }

  // The words are read with the field that they are about; other words that describe it stay.
  function describe(input, id, isWrong) {
    const others = (input.getAttribute("aria-describedby") || "").split(" ").filter((each) => each && each !== id);
    const now = isWrong ? [...others, id] : others;
    if (now.length) input.setAttribute("aria-describedby", now.join(" "));
    else input.removeAttribute("aria-describedby");
    if (now.some((each) => document.getElementById(each)?.matches("[data-mark]"))) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  // How many people lack a value: counted for all pairs at once, shown beside each.
  function placeNotes() {
    const slots = inOrder(document.querySelectorAll("#step-form [data-note]"));
    slots.forEach((slot) => slot.replaceChildren());
    for (const note of document.querySelectorAll("#figures > [data-note-for]")) slots[Number(note.dataset.noteFor)]?.append(note);
  }

  // Following a link saves first what was typed a moment ago, and stays where that is refused.
  const isSaving = (form) => form.classList.contains("htmx-request");

  function onLeave(event) {
    const link = event.target.closest("a[data-leave]");
    const form = stepForm();
    if (!link || !form || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (form.dataset.live === undefined || !(isSaving(form) || window.isTyped(form))) return;
    event.preventDefault();
    form.dataset.leaveTo = link.href;
    window.htmx.trigger(form, "autosave");
  }

  function onAnswer(event) {
    const form = stepForm();
    if (!form?.dataset.leaveTo || event.detail.elt !== form) return;
    if (event.detail.failed || !event.detail.successful) delete form.dataset.leaveTo;
    else if (!window.isTyped(form)) leave(form);
  }

  // Once: of several saves under way the first that has everything leaves; a second would break the way off.
  function leave(form) {
    const to = form.dataset.leaveTo;
    delete form.dataset.leaveTo;
    window.setTimeout(() => location.assign(to));
  }

  // "Keep mine" saves as if the version that is shown had been known.
  function onOverwrite(event) {
    const button = event.target.closest("[data-overwrite]");
    if (!button) return;
    const form = stepForm();
    form.elements.revision.value = button.dataset.overwrite;
    button.closest(".conflict").remove();
    form.requestSubmit();
  }

  // "Take theirs" throws away what is in the page, on purpose.
  function onDiscard(event) {
    if (event.target.closest("[data-discard]")) stepForm()?.dispatchEvent(new Event("submit", { bubbles: true }));
  }

  // While a conflict waits for a choice nothing is saved by itself: the panel must not change under the reader's hand.
  function onAutosave(event) {
    if (event.detail.elt === stepForm() && event.detail.elt.querySelector(".conflict")) event.preventDefault();
  }

  function onFound(event) {
    if (!event.target.closest("#preview-found button")) return;
    window.setTimeout(() => {
      document.getElementById("preview-found").replaceChildren();
      document.getElementById("preview-find").value = "";
    });
  }

  // A beginning writes a subject where there is none: it is selected, so that typing replaces it.
  let toSelect = "";

  function onBegin(event) {
    const begins = event.target.closest("[data-begins]")?.dataset.begins;
    if (begins) toSelect = document.getElementById(begins)?.value.trim() ? "" : begins;
  }

  function onOpened() {
    const written = toSelect && document.getElementById(toSelect)?.closest("template-field")?.querySelector(".template-editor");
    toSelect = "";
    if (!written) return;
    written.focus();
    document.getSelection().selectAllChildren(written);
  }

  function onEnter(event) {
    const button = event.key === "Enter" && event.target.dataset?.enter && document.querySelector(event.target.dataset.enter);
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  document.addEventListener("DOMContentLoaded", paint);
  document.addEventListener("htmx:afterSettle", (event) => {
    paint();
    if (event.detail.elt.id === "figures") placeNotes();
  });
  document.addEventListener("rows-changed", () => document.querySelectorAll("[data-note]").forEach((slot) => slot.replaceChildren()));
  document.addEventListener("htmx:confirm", onAutosave);
  document.addEventListener("click", onLeave);
  document.addEventListener("click", onOverwrite);
  document.addEventListener("click", onFound);
  document.addEventListener("click", onBegin);
  document.addEventListener("click", onDiscard, true);
  document.addEventListener("keydown", onEnter);
  document.addEventListener("htmx:afterOnLoad", onAnswer);
  document.addEventListener("copy-opened", onOpened);
})();
