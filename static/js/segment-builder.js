// The segment builder: it comes anew from the server after some choices, and what is typed meanwhile stays. Values and
// places are chips with a list of what is on offer. Everything has a key.
(() => {
  const KEYED_MS = 80;
  const TYPE_AHEAD_MS = 900;
  const ASK_MS = 150;
  const MOST = 8;
  const NAVIGATION = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const KEPT = "input[id]:not([type=hidden]), select[id]:not([hx-post])";

  const builderOf = (element) => element?.closest?.(".builder");
  const isText = (element) => element.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable]");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const tell = (element, ...names) => names.forEach((name) => element.dispatchEvent(new Event(name, { bubbles: true })));

  function say(near, words) {
    const place = builderOf(near)?.querySelector("[data-said]");
    if (place) place.textContent = words;
  }

  // ---- Choices that change the shape. With the keyboard a choice counts once the typing has come to rest, or with
  // Enter or Tab: letters and arrows pass through others on the way.
  let keyed = 0;
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
    if (performance.now() - keyed > KEYED_MS) choose(select);
    else pending = { select, timer: setTimeout(() => choose(select), TYPE_AHEAD_MS) };
  }

  function onSelectKey(event) {
    if (event.key !== "Enter" && event.key !== "Tab") keyed = performance.now();
    else if (pending?.select === event.target && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      choose(event.target, event.key === "Enter" ? 0 : event.shiftKey ? -1 : 1);
    }
  }

  // ---- What is typed, ticked or added while an answer is on its way.
  let sent = null;
  let kept = null;

  const state = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const chipsOf = (box) => [...box.querySelectorAll(".chip")];
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

  function neighbour(id, step) {
    const all = [...document.querySelectorAll(NAVIGATION)].filter(isShown);
    return all[all.indexOf(document.getElementById(id)) + step];
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
    if (builder) sent = renumbers(event.target) ? null : snapshot(builder);
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
  });
  for (const failure of ["htmx:sendError", "htmx:responseError"])
    document.addEventListener(failure, (event) => builderOf(event.target) && refocus());

  // ---- Chips.
  const chosen = (input) => chipsOf(input.parentElement).map((chip) => chip.querySelector("input").value);

  function chip(name, value, label) {
    const made = Object.assign(document.createElement("span"), { className: "chip" });
    const held = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    const words = Object.assign(document.createElement("span"), { textContent: label });
    const remove = Object.assign(document.createElement("button"), { type: "button", tabIndex: -1, textContent: "×" });
    remove.dataset.chipRemove = "";
    remove.setAttribute("aria-label", `Remove ${label}`);
    made.append(held, words, remove);
    return made;
  }

  function add(input, value, label = value) {
    input.value = "";
    close(input);
    if (!chosen(input).includes(value)) input.before(chip(input.name, value, label));
    say(input, `${label} added`);
    tell(input, "input", "change");
  }

  function removeChip(gone) {
    const input = gone.parentElement.querySelector(".chips-input");
    const label = gone.children[1].textContent;
    gone.remove();
    input.focus();
    say(input, `${label} removed`);
    tell(input, "input", "change");
  }

  const DEGREES = /^\s*[+-]?\d{1,3}(\.\d+)?°?\s*[,; ]\s*[+-]?\d{1,3}(\.\d+)?°?\s*$/;

  // What was typed becomes a chip; a city has to be one from the list.
  function addTyped(input) {
    const text = input.value.trim().replaceAll("−", "-");
    if (text && (!input.dataset.offersFrom || DEGREES.test(text))) add(input, text);
  }

  function onChipKey(event) {
    const button = event.target;
    const { previousElementSibling: before, nextElementSibling: after } = button.parentElement;
    if (["Backspace", "Delete", "Enter", " "].includes(event.key)) removeChip(button.parentElement);
    else if (event.key === "ArrowLeft") before?.querySelector("button").focus();
    else if (event.key === "ArrowRight") (after.querySelector("button") ?? after).focus();
    else return;
    event.preventDefault();
  }

  // ---- What is on offer while typing.
  let asking = null;

  const listOf = (input) => document.getElementById(`${input.id}-list`);
  const optionsOf = (input) => [...(listOf(input)?.querySelectorAll("[role=option]") ?? [])];
  const marked = (input) => listOf(input)?.querySelector("[aria-selected=true]");

  function close(input) {
    listOf(input)?.remove();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(input, option) {
    optionsOf(input).forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    if (!option) return;
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function option(input, { value, label, where = "" }, number) {
    const made = Object.assign(document.createElement("li"), { id: `${input.id}-list-${number}`, className: "dropdown-item" });
    made.setAttribute("role", "option");
    made.dataset.value = value;
    made.dataset.label = label;
    made.append(label, Object.assign(document.createElement("span"), { className: "offer-where", textContent: where }));
    return made;
  }

  function open(input, offers, note = "") {
    close(input);
    if (!offers.length && !note) return;
    const list = Object.assign(document.createElement("ul"), { id: `${input.id}-list`, className: "offers dropdown-menu show" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label"));
    list.append(...offers.map((offer, number) => option(input, offer, number)));
    if (note) list.append(Object.assign(document.createElement("li"), { className: "offers-note", role: "presentation", textContent: note }));
    input.parentElement.append(list);
    input.setAttribute("aria-expanded", String(offers.length > 0));
    input.setAttribute("aria-controls", list.id);
  }

  function offerValues(input) {
    const words = fold(input.value.trim());
    const all = [...(document.getElementById(input.dataset.offers)?.children ?? [])].map((each) => each.value);
    const taken = input.matches(".chips-input") ? chosen(input) : [];
    const fitting = all.filter((value) => fold(value).includes(words) && !taken.includes(value) && value !== input.value);
    fitting.sort((one, other) => fold(other).startsWith(words) - fold(one).startsWith(words));
    open(input, fitting.slice(0, MOST).map((value) => ({ value, label: value })));
  }

  function offerCities(input) {
    clearTimeout(asking?.timer);
    asking?.stop.abort();
    if (!input.value.trim() || DEGREES.test(input.value)) { asking = null; return close(input); }
    const stop = new AbortController();
    asking = { input, stop, take: false, timer: setTimeout(() => ask(input, stop), ASK_MS) };
    return asking;
  }

  async function ask(input, stop) {
    const address = `${input.dataset.offersFrom}?${new URLSearchParams({ q: input.value })}`;
    try {
      const { cities } = await (await fetch(address, { signal: stop.signal })).json();
      const { take } = asking;
      asking = null;
      if (take && cities.length) return add(input, cities[0].value, cities[0].label);
      if (document.activeElement !== input) return close(input);
      open(input, cities, cities.length ? "Cities: GeoNames, CC BY 4.0" : "No city of this name. Latitude, longitude work too.");
      return mark(input, optionsOf(input)[0]);
    } catch (error) {
      if (error.name !== "AbortError") open(input, [], "Cities cannot be looked up now.");
      return null;
    }
  }

  const offer = (input) => (input.dataset.offersFrom ? offerCities(input) : offerValues(input));

  function take(input, offered) {
    if (input.matches(".chips-input")) return add(input, offered.dataset.value, offered.dataset.label);
    input.value = offered.dataset.value;
    close(input);
    return tell(input, "input", "change");
  }

  function moveMark(input, step) {
    if (!listOf(input)) offer(input);
    const all = optionsOf(input);
    const at = all.indexOf(marked(input));
    mark(input, all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
  }

  // Enter takes what is marked, else what is typed: it never saves the whole page by accident.
  function onEnter(input) {
    if (marked(input)) return take(input, marked(input));
    if (asking?.input === input) { asking.take = true; return null; }
    return input.matches(".chips-input") ? addTyped(input) : tell(input, "change");
  }

  function onInputKey(event) {
    const input = event.target;
    const offers = input.matches("[role=combobox]");
    if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); onEnter(input); }
    else if (offers && (event.key === "ArrowDown" || event.key === "ArrowUp")) { event.preventDefault(); moveMark(input, event.key === "ArrowDown" ? 1 : -1); }
    else if (offers && event.key === "Escape" && listOf(input)) { event.preventDefault(); close(input); }
    else if (event.key === "Tab" && input.value && (marked(input) || asking?.input === input)) onEnter(input);
    else if (input.matches(".chips-input") && !input.selectionEnd) onChipsEdge(event, input);
  }

  function onChipsEdge(event, input) {
    const last = chipsOf(input.parentElement).at(-1);
    if (!last || input.value) return;
    if (event.key === "Backspace") removeChip(last);
    else if (event.key === "ArrowLeft") last.querySelector("button").focus();
  }

  function onPaste(event) {
    const parts = event.clipboardData.getData("text").split(/[\n\t;]+/).map((part) => part.trim()).filter(Boolean);
    if (parts.length < 2 || !event.target.matches(".builder .chips-input[data-offers]")) return;
    event.preventDefault();
    parts.forEach((part) => add(event.target, part));
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

  document.addEventListener("keydown", (event) => {
    if (onShortcut(event)) return event.preventDefault();
    if (!builderOf(event.target)) return null;
    if (event.target.matches("select")) return onSelectKey(event);
    if (event.target.matches("[data-chip-remove]")) return onChipKey(event);
    return event.target.matches("input") && !event.ctrlKey && !event.metaKey && !event.altKey ? onInputKey(event) : null;
  });
  document.addEventListener("change", onChange);
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
