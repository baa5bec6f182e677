// Dark or light: the system's choice until the reader makes another. Runs before the first paint, so nothing flashes.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const systemTheme = () => (system.matches ? "dark" : "light");

  function show() {
    root.dataset.bsTheme = localStorage.getItem("theme") || systemTheme();
    document.dispatchEvent(new Event("belfry:theme"));
  }

  function switchTheme() {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    // Choosing what the system has anyway means following the system again.
    if (next === systemTheme()) localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    show();
  }

  function foldRail() {
    const folded = root.dataset.rail !== "folded";
    root.dataset.rail = folded ? "folded" : "open";
    localStorage.setItem("rail", root.dataset.rail);
  }

  root.dataset.rail = localStorage.getItem("rail") || "open";
  show();
  system.addEventListener("change", show);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) switchTheme();
    if (event.target.closest("[data-rail-fold]")) foldRail();
  });
})();
