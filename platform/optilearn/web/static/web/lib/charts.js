// Plotly, loaded once and only where a chart is. The strict policy is kept: Plotly finds the style
// elements that it would make itself (a blocked inline style) already there, as files of ours.
const files = document.querySelector("meta[name=plotly]");
let loading = null;

const CONFIG = {showSendToCloud: false, displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"]};

export function loadPlotly() {
  loading ??= start();
  return loading;
}

async function start() {
  const head = document.head;
  files.id = files.dataset.style; // the element of map styles, which it then doesn't make
  if (!document.getElementById("plotly.js-style-global")) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.id = "plotly.js-style-global";
    sheet.href = files.dataset.sheet;
    const ready = new Promise((resolve) => { sheet.onload = sheet.onerror = resolve; });
    head.append(sheet);
    await ready;
  }
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = files.content;
    script.onload = resolve;
    script.onerror = () => reject(new Error("The chart library can't be loaded."));
    head.append(script);
  });
  return window.Plotly;
}

export async function drawChart(element, figure) {
  const plotly = await loadPlotly();
  const layout = {...figure.layout, autosize: true, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", modebar: {bgcolor: "rgba(0,0,0,0)"}};
  const touched = matchMedia("(hover: none)").matches; // there the buttons would cover the legend
  await plotly.react(element, figure.data, layout, {...CONFIG, ...(touched ? {displayModeBar: false} : {})});
  return element;
}

export function clearChart(element) {
  if (window.Plotly && element.classList.contains("js-plotly-plot")) window.Plotly.purge(element);
  element.replaceChildren();
}
