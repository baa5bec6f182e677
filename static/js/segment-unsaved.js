// A half-made segment is kept while it is typed (data-keep; htmx posts it). The page's address then names it, so that
// loading it anew goes on there; what was typed last is sent when the page goes. Each says its turn, which rises, so that
// what is late does not overwrite what is newer.
(() => {
  const keeper = () => document.querySelector("[data-keep]");
  const formOf = (element) => element?.closest("form");
  let typed = 0;
  let kept = 0;
  let sent = 0;
  let isOver = false;

  function touch() {
    typed = Math.max(Date.now(), typed + 1, Number(keeper().dataset.keep) + 1);
  }

  const onTyped = (event) => { if (formOf(keeper())?.contains(event.target)) touch(); };

  document.addEventListener("input", onTyped);
  document.addEventListener("change", onTyped);
  document.addEventListener("segment-changed", () => { if (keeper()) touch(); }, true); // before htmx hears it
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== keeper()) return;
    sent = typed;
    event.detail.parameters.turn = sent;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target === keeper() && event.detail.successful) kept = sent;
  });
  document.addEventListener("segment-kept", ({ detail }) => {
    history.replaceState(history.state, "", location.pathname + detail.query);
    document.querySelector("[data-drop]").hidden = !detail.query;
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== formOf(keeper())) return;
    isOver = true;
    window.htmx.trigger(keeper(), "htmx:abort");
  });
  window.addEventListener("pagehide", () => {
    if (isOver || typed === kept || !keeper()) return;
    const last = new FormData(formOf(keeper()));
    last.set("turn", typed);
    fetch(keeper().getAttribute("hx-post"), { method: "POST", body: last, keepalive: true });
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted && isOver) window.location.reload(); });
})();
