// A list of values keeps one empty input at its end.
(() => {
  function grow(list, last) {
    const next = last.cloneNode(true);
    const number = list.children.length;
    next.value = "";
    next.removeAttribute("value");
    next.id = last.id.replace(/\d+$/, number);
    next.placeholder = "or …";
    next.setAttribute("aria-label", last.getAttribute("aria-label").replace(/\d+$/, number + 1));
    list.append(next);
  }

  document.addEventListener("input", (event) => {
    const list = event.target.closest("[data-values]");
    if (list && event.target === list.lastElementChild && event.target.value) grow(list, event.target);
  });
})();
