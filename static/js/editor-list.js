// The list of campaigns: ticking rows shows what can be done with all of them.
(() => {
  function show() {
    const bar = document.querySelector("[data-bulk-bar]");
    if (!bar) return;
    const boxes = [...document.querySelectorAll("[data-bulk-one]")];
    const ticked = boxes.filter((box) => box.checked).length;
    bar.hidden = ticked === 0;
    bar.querySelector("[data-bulk-words]").textContent = `${ticked} ${ticked === 1 ? "campaign" : "campaigns"} ticked`;
    for (const button of bar.querySelectorAll("[data-bulk-asks]")) {
      button.dataset.confirm = button.dataset.bulkAsks.replace("#", ticked === 1 ? "1 campaign" : `${ticked} campaigns`);
    }
    const all = document.querySelector("[data-bulk-all]");
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-bulk-all]")) document.querySelectorAll("[data-bulk-one]").forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-bulk-all], [data-bulk-one]")) show();
  });
  document.addEventListener("htmx:afterSettle", show);
})();
