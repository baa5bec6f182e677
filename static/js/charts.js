// Draws every <figure data-chart="ID"> from the ECharts option in <script id="ID" type="application/json">.
// Colours are written as names ("accent", "good", "busy", "wait", "bad", "off") and follow dark and light.
(() => {
  const drawn = new Map();
  const TONES = new Set(["accent", "good", "busy", "wait", "bad", "off"]);
  const thousands = (value) => (typeof value === "number" ? value.toLocaleString("en") : value);

  // The canvas resolves light-dark() and oklch() to a colour that ECharts can read.
  function colour(name) {
    const probe = document.createElement("span");
    probe.className = `tone-${name}`;
    document.body.append(probe);
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    pen.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
  }

  function coloured(part) {
    if (Array.isArray(part)) return part.map(coloured);
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [
      key, key.toLowerCase().endsWith("color") && TONES.has(value) ? colour(value) : coloured(value),
    ]));
  }

  function axis(given) {
    const lines = { axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false }, splitLine: { lineStyle: { color: colour("line") } } };
    const label = { color: colour("words"), hideOverlap: true, formatter: given.type === "value" ? thousands : undefined };
    return { ...lines, ...given, axisLabel: { ...label, ...given.axisLabel } };
  }

  function dressed(option) {
    const each = (axes) => (axes === undefined ? undefined : [].concat(axes).map(axis));
    return {
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      animationDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
      color: ["accent", "good", "wait", "bad", "off"].map(colour),
      grid: { left: 8, right: 16, top: option.legend ? 36 : 16, bottom: 8, containLabel: true },
      ...coloured(option),
      legend: option.legend && { left: 0, top: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: colour("words") }, ...option.legend },
      tooltip: { trigger: "axis", valueFormatter: thousands, backgroundColor: colour("sheet"), borderColor: colour("line"), textStyle: { color: colour("ink") }, ...option.tooltip, renderMode: "richText" },
      xAxis: each(option.xAxis),
      yAxis: each(option.yAxis),
    };
  }

  function draw(figure) {
    const source = document.getElementById(figure.dataset.chart);
    const canvas = figure.querySelector(".chart-canvas");
    drawn.get(figure)?.dispose();
    const chart = window.echarts.init(canvas, null, { renderer: "svg" });
    chart.setOption(dressed(JSON.parse(source.textContent)));
    drawn.set(figure, chart);
  }

  function forget() {
    for (const [figure, chart] of drawn) if (!figure.isConnected) { chart.dispose(); drawn.delete(figure); }
  }

  document.addEventListener("htmx:load", (event) => {
    forget();
    const within = event.detail.elt;
    if (within.matches?.("[data-chart]")) draw(within);
    within.querySelectorAll?.("[data-chart]").forEach(draw);
  });
  document.addEventListener("belfry:theme", () => [...drawn.keys()].filter((each) => each.isConnected).forEach(draw));
  window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
})();
