// Lists of rows in a form: [data-rows] holds a [data-row-list] and a template of one row; add, remove, move up and down.
(() => {
  const rowsOf = (list) => list.querySelectorAll(":scope > [data-row-item]");

  function changed(block) {
    const most = Number(block.dataset.rowsMost || 50);
    const list = block.querySelector("[data-row-list]");
    block.querySelector("[data-row-add]").disabled = rowsOf(list).length >= most;
    list.dispatchEvent(new Event("input", { bubbles: true }));
    list.dispatchEvent(new Event("rows-changed", { bubbles: true }));
  }

  function add(block) {
    const list = block.querySelector("[data-row-list]");
    const row = block.querySelector("[data-row-shape]").content.firstElementChild.cloneNode(true);
    list.append(row);
    window.htmx.process(row);
    changed(block);
    row.querySelector("input, select, textarea")?.focus();
  }

  // The last row stays, emptied: a list always has something to fill in.
  function remove(block, row) {
    const list = row.parentElement;
    const near = row.nextElementSibling || row.previousElementSibling;
    if (near) row.remove();
    else row.querySelectorAll("input, textarea").forEach((field) => { field.value = ""; });
    if (!near) row.querySelectorAll("template-field").forEach((field) => field.replaceWith(field.cloneNode(true)));
    changed(block);
    (near || list).querySelector("input, select, textarea, button")?.focus();
  }

  function move(block, row, step, button) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(row);
    else other.after(row);
    changed(block);
    button.focus();
  }

  document.addEventListener("click", (event) => {
    const block = event.target.closest("[data-rows]");
    if (!block) return;
    const row = event.target.closest("[data-row-item]");
    const button = event.target.closest("button");
    if (event.target.closest("[data-row-add]")) add(block);
    else if (event.target.closest("[data-row-remove]")) remove(block, row);
    else if (event.target.closest("[data-row-up]")) move(block, row, -1, button);
    else if (event.target.closest("[data-row-down]")) move(block, row, 1, button);
  });
})();
