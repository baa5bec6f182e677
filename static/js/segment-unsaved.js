// A half-made segment is kept while it is typed (data-keep; htmx posts it); this sends the last words of a page that goes.
(() => {
  const keeper = () => document.querySelector("[data-keep]");
  const formOf = (element) => element?.closest("form");
  let typed = 0;
  let kept = 0;
  let sent = 0;
  let isOver = false;

  const touch = (event) => { if (formOf(keeper())?.contains(event.target)) typed += 1; };

  document.addEventListener("input", touch);
  document.addEventListener("change", touch);
  document.addEventListener("segment-changed", () => { typed += 1; });
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target === keeper()) sent = typed; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target === keeper() && event.detail.successful) kept = sent;
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== formOf(keeper())) return;
    isOver = true;
    window.htmx.trigger(keeper(), "htmx:abort");
  });
  window.addEventListener("pagehide", () => {
    if (isOver || typed === kept || !keeper()) return;
    fetch(keeper().getAttribute("hx-post"), { method: "POST", body: new FormData(formOf(keeper())), keepalive: true });
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted && isOver) window.location.reload(); });
})();
