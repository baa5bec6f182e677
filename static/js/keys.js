// Keys: "/" finds, "g c" goes, "n" makes new, "?" lists the keys, Ctrl/⌘-Enter continues.
(() => {
  const CHORD_MS = 1200;
  let chordUntil = 0;

  const isOn = () => localStorage.getItem("keys") !== "off";
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable=''], [contenteditable=true]");

  function act(element) {
    if (!element) return false;
    if (element instanceof HTMLFormElement) element.requestSubmit();
    else element.click();
    return true;
  }

  function onContinue(event) {
    const near = event.target.closest("[data-continue]") || event.target.closest("form")?.querySelector("[data-continue]");
    return act(near || document.querySelector("[data-continue]"));
  }

  function onSingle(key) {
    if (key === "/") {
      const search = document.querySelector("[data-search]");
      search?.focus();
      search?.select();
      return Boolean(search);
    }
    if (key === "?") {
      document.getElementById("keys").showModal();
      return true;
    }
    return act(document.querySelector(`[data-key="${CSS.escape(key)}"]`));
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      if (onContinue(event)) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!isOn() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const inChord = Date.now() < chordUntil;
    chordUntil = 0;
    if (event.key === "g" && !inChord) {
      chordUntil = Date.now() + CHORD_MS;
      return;
    }
    const done = inChord ? act(document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)) : onSingle(event.key);
    if (done) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-keys-switch]");
    box.checked = isOn();
    box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
  });
})();
