// Values and places of the segment builder: chips, with a list of what is on offer while typing.
window.segmentChips = (() => {
  const ASK_MS = 150;
  const MOST = 8;

  const builderOf = (element) => element?.closest?.(".builder");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const tell = (element, ...names) => names.forEach((name) => element.dispatchEvent(new Event(name, { bubbles: true })));

  function say(near, words) {
    const place = builderOf(near)?.querySelector("[data-said]");
    if (place) place.textContent = words;
  }

  const chipsOf = (box) => [...box.querySelectorAll(".chip")];
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

  // “spanish” means es, whose label is “Spanish (es)”; other values mean only themselves.
  const isNamed = ({ value, label }, words) => label !== value && [label, label.replace(` (${value})`, "")].map(fold).includes(words);

  // What was typed becomes a chip; a city has to be one from the list.
  function addTyped(input) {
    const text = input.value.trim().replaceAll("−", "-");
    const meant = offersOf(input).find((offer) => offer.value === text || isNamed(offer, fold(text)));
    if (meant) add(input, meant.value, meant.label);
    else if (text && (!input.dataset.offersFrom || DEGREES.test(text))) add(input, text);
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
  const offersOf = (input) =>
    [...(document.getElementById(input.dataset.offers)?.children ?? [])].map((each) => ({ value: each.value, label: each.label || each.value }));
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
    const taken = input.matches(".chips-input") ? chosen(input) : [];
    const fitting = offersOf(input).filter(({ value, label }) => fold(label).includes(words) && !taken.includes(value) && value !== input.value);
    fitting.sort((one, other) => fold(other.label).startsWith(words) - fold(one.label).startsWith(words));
    open(input, fitting.slice(0, MOST));
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

  return { builderOf, fold, tell, chipsOf, chosen, addTyped, close, offer, offerValues, onChipKey, onInputKey, onPaste, removeChip, take };
})();
