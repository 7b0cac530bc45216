// A dashboard: one streaming request fills all tiles; filters and clicks change the address.
import {combobox} from "../lib/combobox.js";
import {announce} from "../lib/live.js";
import {texts} from "../lib/texts.js";
import {linesOf, problem, put, refusalOf, showTable, themeNow, tileOf} from "./tiles.js";

const WAIT = 400;
let control = null;
let runId = "";
let snapshot = "";

const board = () => document.getElementById("board");
const form = () => document.getElementById("board-filters");
const tiles = () => [...document.querySelectorAll("[data-tile]")];
const address = (rest = "") => `/run/board/${board().dataset.board}${rest}${location.search}`;

async function run() {
  control?.abort();
  const mine = control = new AbortController();
  const missing = form().dataset.missing;
  if (missing) {
    for (const tile of tiles()) blank(tile, texts("chooseFirst", {names: missing}));
    say("");
    return;
  }
  runId = crypto.randomUUID?.() ?? "";
  for (const tile of tiles()) tile.setAttribute("aria-busy", "true");
  mark();
  const late = setTimeout(() => { stop().hidden = false; }, WAIT);
  let whole = false;
  let reason = texts("broken");
  try {
    const body = new URLSearchParams({runId, theme: themeNow()});
    const response = await fetch(address(), {method: "POST", body, signal: mine.signal, headers: {Accept: "application/x-ndjson"}});
    if (!response.ok) throw new Error(await refusalOf(response));
    for await (const line of linesOf(response)) {
      if (line.end) whole = true;
      else if ("skipped" in line) head(line);
      else if (tileOf(line.key)) await draw(tileOf(line.key), line);
    }
  } catch (error) {
    if (control !== mine) return; // a newer run has the tiles
    reason = error.name === "AbortError" ? texts("stopped") : error.message;
  } finally {
    clearTimeout(late);
    if (control === mine) stop().hidden = true;
  }
  if (control !== mine) return;
  if (whole) return announce(texts("ready"));
  say(reason);
  for (const tile of tiles()) if (tile.hasAttribute("aria-busy")) problem(tile, texts("notLoaded"));
  announce(reason);
}

function blank(tile, text) {
  const note = document.createElement("div");
  note.className = "tile-empty muted small";
  note.textContent = text;
  tile.querySelector("[data-body]").replaceChildren(note);
  tile.removeAttribute("aria-busy");
}

const stop = () => document.getElementById("board-stop");
const say = (text) => { document.getElementById("board-as-of").textContent = text; };

function head(line) {
  snapshot = line.snapshot;
  say(texts("dataAsOf", {time: line.takenAt}));
  document.getElementById("board-snapshot").textContent = line.snapshot;
  for (const tile of tiles()) {
    const note = tile.querySelector("[data-skipped]");
    note.textContent = (line.skipped[tile.dataset.tile] ?? []).join(" ");
    note.title = note.textContent;
    note.hidden = !note.textContent;
  }
}

async function draw(tile, line) {
  const chart = await put(tile, line);
  mark();
  chart?.on?.("plotly_click", (event) => clicked(tile, event.points[0]));
}

// The row of the table twin that a mark stands for: the first line of its hover text names it.
function clicked(tile, point) {
  const html = String(point.hovertext ?? point.label ?? "").split("<br>")[0];
  const name = html.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
  const rows = [...tile.querySelectorAll("tr[data-cross]")];
  const label = (row) => row.querySelector("[data-label]").textContent;
  const row = rows.find((one) => label(one) === name) ?? rows.find((one) => name.startsWith(`${label(one)} · `));
  if (row) cross(tile, row);
}

function cross(tile, row) {
  const fields = form().elements;
  const again = fields.x.value === tile.dataset.tile && fields.xc.value === row.dataset.cross;
  const title = tile.querySelector("h2").textContent;
  fields.x.value = again ? "" : tile.dataset.tile;
  fields.xc.value = again ? "" : row.dataset.cross;
  fields.xl.value = again ? "" : texts("filtered", {tile: title, value: row.querySelector("[data-label]").textContent});
  form().requestSubmit();
}

function mark() {
  const {x, xc} = Object.fromEntries(new URLSearchParams(location.search));
  for (const tile of tiles()) {
    tile.classList.toggle("crossing", tile.dataset.tile === x);
    for (const row of tile.querySelectorAll("tr[data-cross]")) row.classList.toggle("chosen", tile.dataset.tile === x && row.dataset.cross === xc);
  }
}

// The styles of categories in the charts that are there: one that comes later has the same.
function colors() {
  const charts = [...document.querySelectorAll("[data-tile] [data-chart]")];
  return Object.assign({}, ...charts.map((chart) => chart.layout?.meta?.styles ?? {}));
}

async function retry(tile) {
  tile.setAttribute("aria-busy", "true");
  const body = new URLSearchParams({snapshot, theme: themeNow(), colors: JSON.stringify(colors())});
  try {
    const response = await fetch(address(`/tiles/${tile.dataset.tile}`), {method: "POST", body, headers: {Accept: "application/json"}});
    if (!response.ok) throw new Error(await refusalOf(response));
    await draw(tile, await response.json());
  } catch (error) {
    problem(tile, error.message);
  }
}

// A field adds a value to those that its filter has; the chips take one away.
function choosers() {
  for (const input of form().querySelectorAll("[data-options]")) {
    const key = input.dataset.options;
    const chosen = [...form().querySelectorAll(`input[type=hidden][name="${key}"]`)].map((one) => one.value);
    const source = async (query, signal) => {
      const response = await fetch(`/run/board/options/${key}?q=${encodeURIComponent(query)}`, {signal, headers: {Accept: "application/json"}});
      const rows = response.ok ? (await response.json()).data : [];
      return rows.filter((row) => !chosen.includes(row.value));
    };
    const onSelect = ({value}) => {
      const added = document.createElement("input");
      Object.assign(added, {type: "hidden", name: key, value});
      input.before(added);
      input.value = "";
      form().requestSubmit();
    };
    combobox(input, {source, onSelect});
    // What is typed and not chosen changes nothing of a course, nor does a field that was emptied.
    input.addEventListener("change", (event) => { if (!input.name || !input.value) event.stopPropagation(); });
  }
}

function start() {
  if (!board() || !document.getElementById("board-grid")) return;
  choosers();
  run();
}

document.addEventListener("htmx:configRequest", ({detail}) => {
  for (const name of new Set(detail.formData.keys())) {
    const values = detail.formData.getAll(name).filter(Boolean);
    detail.formData.delete(name);
    for (const value of values) detail.formData.append(name, value);
  }
});
document.addEventListener("htmx:afterSettle", ({detail}) => { if (detail.target?.id === "board-filters" || detail.elt?.id === "board-filters") start(); });
document.addEventListener("htmx:historyRestore", start);
document.addEventListener("click", ({target}) => {
  const button = target.closest("button");
  const tile = target.closest("[data-tile]");
  if (!button) return;
  if (button.id === "board-refresh") run();
  else if (button.id === "board-stop") {
    control?.abort();
    if (runId) fetch(`/api/analytics/reports/runs/${runId}`, {method: "DELETE", headers: {Accept: "application/json"}});
  } else if (button.id === "board-full") board().requestFullscreen();
  else if (button.id === "board-print") print();
  else if (tile && "retry" in button.dataset) retry(tile);
  else if (tile && "label" in button.dataset) cross(tile, button.closest("tr"));
  else if (tile && "twin" in button.dataset) {
    const isTable = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isTable));
    showTable(tile, isTable);
  }
});
document.addEventListener("submit", ({target}) => {
  if ("withQuery" in target.dataset) target.action = target.action.split("?")[0] + location.search;
});
// On paper charts are drawn as large as their tiles are there.
addEventListener("beforeprint", () => {
  for (const chart of document.querySelectorAll("[data-chart].js-plotly-plot:not([hidden])")) window.Plotly.Plots.resize(chart);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (!document.documentElement.dataset.theme) run(); });
start();
