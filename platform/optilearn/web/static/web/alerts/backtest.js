// Draws the back-test in the colors of the reader's theme; its table stands below.
import {drawChart} from "../lib/charts.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

function theme() {
  return document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
}

export async function drawBacktest() {
  const place = document.querySelector("[data-figure]");
  if (!place) return;
  const figure = JSON.parse(place.dataset.figure);
  const colors = figure.layout.meta.colors[theme()];
  const style = getComputedStyle(document.documentElement);
  const text = style.getPropertyValue("--text");
  const line = style.getPropertyValue("--line");
  figure.data.forEach((trace, number) => {
    const color = colors.series[number] ?? colors.goal;
    trace.marker.color = color;
    if (trace.line) trace.line.color = color;
  });
  for (const shape of figure.layout.shapes) shape.line.color = colors.goal;
  Object.assign(figure.layout, {font: {color: text, family: style.getPropertyValue("--font"), size: 12}});
  for (const axis of ["xaxis", "yaxis"]) Object.assign(figure.layout[axis], {gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true});
  try {
    await drawChart(place, figure);
  } catch {
    place.hidden = true; // the table says the same
  }
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "backtest") drawBacktest();
});
dark.addEventListener("change", drawBacktest);
drawBacktest();
