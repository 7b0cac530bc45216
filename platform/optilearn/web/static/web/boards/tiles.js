// Tiles: lines of an answer put into their places, shared by reading and editing.
import {clearChart, drawChart} from "../lib/charts.js";
import {texts} from "../lib/texts.js";

const MAX_HEIGHT = 2000;
const drawn = new WeakMap(); // the height at which a chart was drawn

// A tile grows with its neighbor, too, after its chart was drawn.
const resizing = new ResizeObserver((entries) => {
  for (const {target, contentRect: {height}} of entries) {
    if (!target.isConnected) resizing.unobserve(target);
    else if (height && Math.abs(height - drawn.get(target)) > 1) {
      drawn.set(target, height);
      window.Plotly.Plots.resize(target);
    }
  }
});

export function themeNow() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return document.documentElement.dataset.theme || (dark ? "dark" : "light");
}

export const tileOf = (key) => document.getElementById(`tile-${key}`);
const bodyOf = (tile) => tile.querySelector("[data-body]");

export async function* linesOf(response) {
  // Chromium cancels a request whose body was read piece by piece before it notes the end, and closes
  // the connection: a second reader, of the whole, lets it end.
  const whole = response.clone().text().catch(() => {});
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return void await whole;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

export async function refusalOf(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return texts("failed");
  }
}

// Put an answer into its tile; the chart is drawn when the place is there.
export async function put(tile, line) {
  const body = bodyOf(tile);
  const old = body.querySelector("[data-chart]");
  if (old) clearChart(old);
  body.style.minHeight = "";
  body.innerHTML = line.html;
  tile.removeAttribute("aria-busy");
  const toggle = tile.querySelector("[data-twin]");
  if (toggle) toggle.hidden = !line.figure;
  const explore = tile.querySelector("[data-explore]");
  if (explore && line.explore) {
    explore.href = line.explore;
    explore.hidden = false;
  }
  drills(body, line.explore);
  const chart = body.querySelector("[data-chart]");
  if (!chart || !line.figure) {
    reachable(tile);
    return null;
  }
  if (toggle?.getAttribute("aria-pressed") === "true") showTable(tile, true);
  grow(tile, chart, line.height);
  const label = chart.getAttribute("aria-label");
  const {title: _notes, ...layout} = line.figure.layout; // the tile has them, in lines that fit
  await drawChart(chart, {...line.figure, layout});
  chart.setAttribute("aria-label", label);
  drawn.set(chart, chart.clientHeight);
  resizing.observe(chart);
  reachable(tile);
  return chart;
}

// A tile is as tall as its chart needs to be read, with its title and its words; its neighbors in the
// same rows grow with it. While editing, rows keep their height: there the author sets the size.
function grow(tile, chart, height) {
  if (tile.closest(".editing")) return;
  const body = bodyOf(tile); // not the tile: htmx copies the attributes of what has an id, and styles are blocked
  const around = body.offsetHeight - chart.clientHeight;
  body.style.minHeight = `${Math.min(height, MAX_HEIGHT) + around}px`;
}

// What is longer than its tile scrolls by keyboard, too, where nothing in it takes the focus.
function reachable(tile) {
  const body = bodyOf(tile);
  const scrolls = body.scrollHeight > body.clientHeight || body.scrollWidth > body.clientWidth;
  if (scrolls) body.tabIndex = 0;
  else body.removeAttribute("tabindex");
}

export function showTable(tile, isTable) {
  const chart = tile.querySelector("[data-chart]");
  const table = tile.querySelector(".tile-table");
  if (!chart || !table) return;
  chart.hidden = isTable;
  table.hidden = !isTable;
  if (!isTable && window.Plotly) window.Plotly.Plots.resize(chart);
  reachable(tile);
}

export function problem(tile, text) {
  const shown = document.getElementById("tile-problem").content.cloneNode(true);
  shown.querySelector("p").textContent = text;
  bodyOf(tile).replaceChildren(shown);
  tile.removeAttribute("aria-busy");
  reachable(tile);
}

// Numbers lead to what is behind them: the tile's question, of a row with the row's condition.
function drills(body, explore) {
  if (!explore) return;
  const url = new URL(explore, location.origin);
  const definition = JSON.parse(url.searchParams.get("q"));
  for (const link of body.querySelectorAll("a[data-drill]")) {
    const row = link.closest("[data-cross]");
    url.searchParams.set("q", JSON.stringify(row ? narrowed(definition, JSON.parse(row.dataset.cross)) : definition));
    link.href = url.pathname + url.search;
    link.title = texts("seeRows", {value: link.textContent});
  }
}

function narrowed(definition, condition) {
  const filters = [...(definition.filters ?? []), condition];
  const logic = definition.filterLogic;
  return {...definition, filters, ...(logic ? {filterLogic: `(${logic}) AND ${filters.length}`} : {})};
}
