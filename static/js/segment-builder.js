// The segment builder: it comes anew from the server after some choices, and what is typed meanwhile stays. Everything
// has a key. Chips and what is on offer are in segment-chips.js.
(() => {
  const TYPE_AHEAD_MS = 900;
  const NAVIGATION = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const KEPT = "input[id]:not([type=hidden]), select[id]:not([hx-post])";

  const { builderOf, fold, tell, chipsOf, chosen, addTyped, close, offer, offerValues, onChipKey, onInputKey, onPaste, removeChip, take } =
    window.segmentChips;
  const isText = (element) => element.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable]");

  // ---- Choices that change the shape. With the keyboard a choice counts once the typing has come to rest, or with
  // Enter or Tab: letters and arrows pass through others on the way.
  let isKeyed = false; // the last to touch a select was a key
  let pending = null;
  let going = null;

  function choose(select, step = 0) {
    clearTimeout(pending?.timer);
    pending = null;
    going = { id: select.id, step };
    window.htmx.trigger(select, "choose");
  }

  function onChange(event) {
    const select = event.target;
    if (!select.matches(".builder select[hx-trigger=choose]")) return;
    clearTimeout(pending?.timer);
    pending = null;
    if (!isKeyed) choose(select);
    else pending = { select, timer: setTimeout(() => choose(select), TYPE_AHEAD_MS) };
  }

  function onSelectKey(event) {
    if (goesOn(event)) { event.preventDefault(); typeAhead(event.target, event.key); }
    else if (event.key !== "Enter" && event.key !== "Tab") isKeyed = true;
    else if (pending?.select === event.target && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      choose(event.target, event.key === "Enter" ? 0 : event.shiftKey ? -1 : 1);
    }
  }

  // ---- What is typed, ticked or added while an answer is on its way.
  let sent = null;
  let kept = null;

  const state = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const boxState = (box) => chipsOf(box).map((chip) => chip.querySelector("input").value).join("\n");
  const boxId = (box) => box.querySelector(".chips-input").id;

  function snapshot(builder) {
    const fields = [...builder.querySelectorAll(KEPT)].map((field) => [field.id, state(field)]);
    const boxes = [...builder.querySelectorAll("[data-chips]")].map((box) => [`chips ${boxId(box)}`, boxState(box)]);
    return new Map([...fields, ...boxes]);
  }

  // After these the places behind have other numbers.
  const renumbers = (button) => button.matches("[data-act]") || /^(remove|undo):/.test(button.value ?? "");

  function keep(builder) {
    const now = snapshot(builder);
    const changed = [...now].filter(([id, value]) => sent.has(id) && value !== sent.get(id));
    const chips = [...builder.querySelectorAll("[data-chips]")].map((box) => [boxId(box), chipsOf(box)]);
    kept = { changed, chips: new Map(chips), focus: document.activeElement?.id };
  }

  function restore({ changed, chips, focus }) {
    for (const [key, value] of changed) {
      const id = key.replace(/^chips /, "");
      const field = document.getElementById(id);
      if (!field) continue;
      if (key !== id) {
        chipsOf(field.parentElement).forEach((chip) => chip.remove());
        field.before(...chips.get(id));
      } else if (field.type === "checkbox") field.checked = value;
      else field.value = value;
      tell(field, "input");
    }
    if (changed.some(([key]) => key.replace(/^chips /, "") === focus)) document.getElementById(focus)?.focus();
  }

  const isShown = (element) => element.tabIndex >= 0 && !element.disabled && element.offsetParent !== null;

  function neighbour(id, step, from = document.getElementById(id)) {
    const all = [...document.querySelectorAll(NAVIGATION)].filter(isShown);
    return all[all.indexOf(from) + step];
  }

  // As Tab does it: with the text selected.
  function focusOn(element) {
    element?.focus();
    if (element?.matches("input")) element.select();
  }

  // Where a button leads; else on from the choice that Tab left; else there, if the focus was on something now gone.
  function refocus() {
    const builder = document.querySelector(".builder[data-focus]:not([data-focus=''])");
    const wanted = builder && document.getElementById(builder.dataset.focus);
    if (builder) builder.dataset.focus = "";
    if (wanted) focusOn(wanted);
    else if (going?.step) focusOn(neighbour(going.id, going.step));
    else if (going && document.activeElement === document.body) document.getElementById(going.id)?.focus();
    going = null;
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    const builder = builderOf(event.target);
    if (!builder) return;
    clearTimeout(pending?.timer);
    pending = null;
    flying = event.detail.xhr;
    sent = renumbers(event.target) ? null : snapshot(builder);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.target.matches(".builder")) return;
    if (sent) keep(event.target);
    sent = null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!builderOf(event.target)) return;
    if (kept) restore(kept);
    kept = null;
    refocus();
    land();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful || event.detail.xhr !== flying) return;
    refocus();
    land();
  });

  // ---- Keys pressed while an answer is on its way, which may move the focus, wait for it; but typing in a text goes on.
  let flying = null;
  let waiting = [];
  let ahead = { id: "", text: "", at: 0 };

  const isLetter = ({ key, ctrlKey, metaKey, altKey }) => key.length === 1 && !ctrlKey && !metaKey && !altKey;
  const isModifier = ({ key }) => ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Process"].includes(key);

  function hold(event) {
    if (!flying || !event.isTrusted || event.isComposing || isModifier(event)) return;
    if (!builderOf(event.target) && event.target !== document.body) return;
    const stays = isText(event.target) && event.key !== "Tab" && !event.altKey && !going?.step && !waiting.length && !kept;
    if (stays) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting.push(event);
  }

  function land() {
    flying = null;
    while (waiting.length && !flying) replay(waiting.shift());
  }

  // A key as if it were pressed now: scripts hear it, else what browsers do is done here.
  function replay({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
    const at = document.activeElement;
    const options = { key, code, ctrlKey, metaKey, altKey, shiftKey, bubbles: true, cancelable: true };
    if (!at.dispatchEvent(new KeyboardEvent("keydown", options))) return;
    if (key === "Tab") focusOn(neighbour(at.id, shiftKey ? -1 : 1, at));
    else if (at.matches("select")) key.startsWith("Arrow") ? step(at, key) : isLetter(options) && typeAhead(at, key);
    else if (at.matches("button, summary, a, [type=checkbox]")) ["Enter", " "].includes(key) && at.click();
    else if (isLetter(options)) document.execCommand("insertText", false, key);
    else if (key === "Backspace" || key === "Delete") document.execCommand(key === "Delete" ? "forwardDelete" : "delete");
  }

  function pick(select, option) {
    if (!option || option.selected) return;
    isKeyed = true;
    option.selected = true;
    tell(select, "input", "change");
  }

  function step(select, key) {
    const all = [...select.options].filter((each) => !each.disabled);
    pick(select, all[all.indexOf(select.selectedOptions[0]) + (["ArrowDown", "ArrowRight"].includes(key) ? 1 : -1)]);
  }

  // The letters of one word, the first of them waited, choose as browsers do it.
  const isAhead = (select) => ahead.id === select.id && performance.now() - ahead.at < TYPE_AHEAD_MS;
  const goesOn = (event) => event.isTrusted && isLetter(event) && isAhead(event.target);

  function typeAhead(select, letter) {
    ahead = { id: select.id, text: fold((isAhead(select) ? ahead.text : "") + letter), at: performance.now() };
    const from = select.selectedIndex + (ahead.text.length === 1 ? 1 : 0);
    const all = [...select.options];
    const turned = [...all.slice(from), ...all.slice(0, from)];
    pick(select, turned.find((each) => !each.disabled && fold(each.text.trim()).startsWith(ahead.text)));
    if (pending?.select === select) onChange({ target: select });
  }

  // ---- Keys of the builder.
  const placeOf = (element) => element.closest(".builder-row, .builder-group")?.dataset.place ?? "";
  const groupOf = (place, element) => (element.closest(".builder-row") ? place.split(".").slice(0, -1).join(".") : place);
  const ALT = {
    KeyN: (target) => `condition:${placeOf(target)}`,
    KeyG: (target) => `group:${groupOf(placeOf(target), target)}`,
    KeyW: (target) => `filter:${target.closest(".builder-or, .builder-filter")?.dataset.place ?? placeOf(target)}`,
    Backspace: (target) => `remove:${placeOf(target)}`,
  };

  function onShortcut(event) {
    const builder = builderOf(event.target) ?? document.querySelector(".builder");
    if (!builder) return false;
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.code === "KeyZ") {
      const undo = !isText(event.target) && builder.querySelector("[data-undo]");
      undo?.click?.();
      return Boolean(undo);
    }
    const button = event.altKey && !event.ctrlKey && !event.metaKey && ALT[event.code] && builder.querySelector("[data-act]");
    if (!button) return false;
    button.value = ALT[event.code](event.target);
    button.click();
    return true;
  }

  document.addEventListener("keydown", hold, true);
  document.addEventListener("keydown", (event) => {
    if (onShortcut(event)) return event.preventDefault();
    if (!builderOf(event.target)) return null;
    if (event.target.matches("select")) return onSelectKey(event);
    if (event.target.matches("[data-chip-remove]")) return onChipKey(event);
    return event.target.matches("input") && !event.ctrlKey && !event.metaKey && !event.altKey ? onInputKey(event) : null;
  });
  document.addEventListener("change", onChange);
  document.addEventListener("pointerdown", () => { isKeyed = false; }, true);
  document.addEventListener("paste", onPaste);
  document.addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches(".builder [role=combobox]")) offer(event.target);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".builder .chips-input[data-offers]") && !chosen(event.target).length) offerValues(event.target);
  });
  document.addEventListener("focusout", (event) => {
    if (pending?.select === event.target) choose(event.target);
    if (!event.target.matches(".builder [role=combobox]") || !event.target.isConnected) return;
    close(event.target);
    if (event.target.matches("[data-offers].chips-input")) addTyped(event.target);
  });
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".builder .offers, [data-chip-remove]")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const offered = event.target.closest(".builder .offers [role=option]");
    if (offered) return take(offered.closest(".chips, .offered").querySelector("[role=combobox]"), offered);
    if (event.target.matches("[data-chip-remove]")) return removeChip(event.target.parentElement);
    if (event.target.matches(".chips")) event.target.querySelector(".chips-input").focus();
    return null;
  });
  document.addEventListener("DOMContentLoaded", () => {
    const keys = document.querySelector("[data-builder-keys]");
    if (keys) document.querySelector("#keys .keys")?.append(keys.content.cloneNode(true));
  });
})();
