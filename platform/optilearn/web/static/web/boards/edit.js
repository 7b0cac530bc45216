// The edit mode: tiles by drag and by keyboard, undo, and saving where two editors may meet.
import {ApiError, api} from "../lib/api.js";
import {combobox} from "../lib/combobox.js";
import {announce} from "../lib/live.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {fitted, freePlace, narrowed, settled} from "./grid.js";
import {linesOf, problem, put, refusalOf, themeNow, tileOf} from "./tiles.js";

const board = JSON.parse(document.getElementById("board-data").textContent);
const grid = document.getElementById("board-grid");
const isNarrow = matchMedia("(width < 48rem)");
const byId = (id) => document.getElementById(id);
const history = [];
let dirty = false;
let chosen = null; // the tile whose settings are open
let picked = null; // the saved item to add

const find = (key) => board.tiles.find((tile) => tile.key === key);
const snapshotNow = () => JSON.stringify({tiles: board.tiles, filters: board.filters, name: board.name, description: board.description});

function change(act) {
  history.push(snapshotNow());
  if (history.length > 100) history.shift();
  act();
  dirty = true;
  draw();
}

function undo() {
  const before = history.pop();
  if (!before) return;
  const keys = new Set(board.tiles.map((tile) => tile.key));
  Object.assign(board, JSON.parse(before));
  dirty = true;
  draw();
  for (const tile of board.tiles) if (!keys.has(tile.key)) preview(tile);
  announce(texts("undone"));
}

function draw() {
  for (const element of grid.querySelectorAll("[data-tile]")) if (!find(element.dataset.tile)) element.remove();
  placeAll();
  byId("edit-undo").disabled = history.length === 0;
  byId("edit-state").textContent = dirty ? texts("unsaved") : "";
}

function element(tile) {
  let found = tileOf(tile.key);
  if (!found) {
    found = byId("tile-new").content.firstElementChild.cloneNode(true);
    found.id = `tile-${tile.key}`;
    found.dataset.tile = tile.key;
    grid.append(found);
  }
  if (!found.querySelector("[data-settings]")) {
    const [settings, grip] = byId("tile-tools").content.cloneNode(true).children;
    found.querySelector(".tile-head").append(settings);
    found.append(grip);
    found.tabIndex = 0;
    found.setAttribute("role", "group");
    found.setAttribute("aria-roledescription", texts("roledescription"));
  }
  return found;
}

const spoken = (tile) => ({title: tile.title, column: tile.place.column + 1, row: tile.place.row + 1, width: tile.place.width, height: tile.place.height});

function placeAll() {
  const narrow = isNarrow.matches ? narrowed(board.tiles, board.columns) : null;
  for (const tile of board.tiles) place(element(tile), tile, narrow?.get(tile) ?? tile.place);
}
isNarrow.addEventListener("change", placeAll);

function place(found, tile, {column, row, width, height}) {
  found.style.gridArea = `${row + 1} / ${column + 1} / span ${height} / span ${width}`;
  found.querySelector("h2").textContent = tile.title;
  found.setAttribute("aria-label", texts("tileLabel", spoken(tile)));
  found.querySelector("[data-settings]").setAttribute("aria-label", texts("edit", {title: tile.title}));
}

function put_(tile, wanted) {
  tile.place = fitted(wanted, board.columns);
  for (const [one, at] of settled(board.tiles, tile)) one.place = at;
}

// By keyboard.
const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
grid.addEventListener("keydown", (event) => {
  const tile = find(event.target.dataset?.tile);
  if (!tile) return;
  const step = STEPS[event.key];
  if (step && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    const old = tile.place;
    const size = event.shiftKey;
    const wanted = size
      ? {...old, width: old.width + step[0], height: old.height + step[1]}
      : {...old, column: old.column + step[0], row: step[1] > 0 ? below(tile) : old.row + step[1]};
    change(() => put_(tile, wanted));
    resized(tile);
    announce(texts(size ? "resized" : "moved", spoken(tile)));
  } else if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    remove(tile);
  } else if (event.key === "Enter") {
    event.preventDefault();
    openSettings(tile);
  }
});

// Downwards past what stands below: gaps close upwards, so one row alone would be none.
function below(tile) {
  const {column, row, width, height} = tile.place;
  const under = board.tiles.filter((one) => one !== tile && one.place.row >= row + height && one.place.column < column + width && column < one.place.column + one.place.width);
  if (!under.length) return row + 1;
  const next = under.reduce((a, b) => (b.place.row < a.place.row ? b : a));
  return next.place.row + next.place.height - height + (next.place.row - row - height);
}

function remove(tile) {
  change(() => {
    board.tiles = board.tiles.filter((one) => one !== tile);
    for (const [one, at] of settled(board.tiles, null)) one.place = at;
  });
  announce(texts("removed", {title: tile.title}));
  toast(texts("removed", {title: tile.title}), "", {label: texts("undo"), run: undo});
  grid.querySelector("[data-tile]")?.focus();
}

// By pointer.
grid.addEventListener("pointerdown", (event) => {
  const found = event.target.closest("[data-tile]");
  if (!found || event.button !== 0 || event.target.closest("button, a")) return;
  const tile = find(found.dataset.tile);
  const isSize = "grip" in event.target.dataset;
  const start = {...tile.place};
  const before = snapshotNow();
  const box = grid.getBoundingClientRect();
  const gap = parseFloat(getComputedStyle(grid).rowGap) || 0;
  const cell = {x: (box.width + gap) / board.columns, y: board.rowHeight + gap};
  let moved = false;
  found.setPointerCapture(event.pointerId);
  const move = (now) => {
    const dx = Math.round((now.clientX - event.clientX) / cell.x);
    const dy = Math.round((now.clientY - event.clientY + scrollY - startScroll) / cell.y);
    if (!moved && !dx && !dy) return;
    moved = true;
    found.classList.add("moving");
    Object.assign(board, {tiles: JSON.parse(before).tiles});
    const mine = find(tile.key);
    put_(mine, isSize ? {...start, width: start.width + dx, height: start.height + dy} : {...start, column: start.column + dx, row: start.row + dy});
    placeAll();
  };
  const startScroll = scrollY;
  const end = () => {
    found.removeEventListener("pointermove", move);
    found.classList.remove("moving");
    if (!moved) return;
    history.push(before);
    dirty = true;
    draw();
    resized(find(tile.key));
    announce(texts(isSize ? "resized" : "moved", spoken(find(tile.key))));
  };
  found.addEventListener("pointermove", move);
  found.addEventListener("pointerup", end, {once: true});
  found.addEventListener("pointercancel", end, {once: true});
});

function resized(tile) {
  const chart = tileOf(tile.key).querySelector("[data-chart]");
  if (chart && window.Plotly) requestAnimationFrame(() => window.Plotly.Plots.resize(chart));
}

// What tiles show.
async function fill() {
  try {
    const body = new URLSearchParams({theme: themeNow()});
    const response = await fetch(`/run/board/${board.id}?draft=1`, {method: "POST", body, headers: {Accept: "application/x-ndjson"}});
    if (!response.ok) throw new Error(await refusalOf(response));
    for await (const line of linesOf(response)) if (line.key && tileOf(line.key)) await put(tileOf(line.key), line);
  } catch (error) {
    for (const found of grid.querySelectorAll("[aria-busy]")) problem(found, error.message);
  }
}

async function preview(tile) {
  const found = tileOf(tile.key);
  found.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(`/run/board/preview?theme=${themeNow()}`, {method: "POST", body: JSON.stringify(tile), headers: {Accept: "application/json", "Content-Type": "application/json"}});
    if (!response.ok) throw new Error(await refusalOf(response));
    await put(found, await response.json());
  } catch (error) {
    problem(found, error.message);
  }
}

// The settings of one tile.
function openSettings(tile) {
  chosen = tile;
  byId("tile-title").value = tile.title;
  byId("tile-description").value = tile.description ?? "";
  byId("tile-chart").value = tile.chart?.type ?? "";
  byId("tile-width").value = tile.place.width;
  byId("tile-height").value = tile.place.height;
  byId("tile-settings").showModal();
}

function applySettings() {
  if (!byId("tile-form").reportValidity()) return;
  const tile = chosen;
  const kind = byId("tile-chart").value;
  const isNew = (tile.chart?.type ?? "") !== kind;
  change(() => {
    tile.title = byId("tile-title").value.trim() || tile.title;
    tile.description = byId("tile-description").value.trim();
    if (kind) tile.chart = {...(isNew ? {} : tile.chart), type: kind};
    else delete tile.chart;
    put_(tile, {...tile.place, width: Number(byId("tile-width").value), height: Number(byId("tile-height").value)});
  });
  byId("tile-settings").close();
  if (isNew) preview(tile);
  resized(tile);
  tileOf(tile.key).focus();
}

// New tiles.
const sourceNow = () => document.querySelector("[name=source]:checked").value;
combobox(byId("add-item"), {
  source: async (query, signal) => {
    const kind = sourceNow() === "query" ? "saved-queries" : "saved-reports";
    const rows = await api("GET", `/api/analytics/${kind}?perPage=50&q=${encodeURIComponent(query)}`, undefined, {signal});
    return rows.map((row) => ({value: row.id, label: row.name, note: row.owner?.name ?? ""}));
  },
  onSelect: (row) => {
    picked = row;
    byId("add-item").value = row.label;
    byId("add-title").value ||= row.label;
  },
});

function added() {
  const tile = {key: `t${Date.now().toString(36)}`, title: byId("add-title").value.trim()};
  const say = (text) => { byId("add-problem").textContent = text; };
  say("");
  if (board.tiles.length >= board.maxTiles) return say(texts("full", {n: board.maxTiles}));
  if (sourceNow() === "own") {
    try {
      tile.definition = JSON.parse(byId("add-json").value);
    } catch (error) {
      return say(texts("badJson", {reason: error.message}));
    }
    tile.title ||= tile.definition.entity ?? "";
  } else {
    if (!picked) return say(texts("noSource"));
    tile.savedItemId = picked.value;
    tile.title ||= picked.label;
  }
  const isKpi = tile.definition?.chart?.type === "kpi";
  tile.place = freePlace(board.tiles, isKpi ? 3 : 6, isKpi ? 2 : 5, board.columns);
  change(() => board.tiles.push(tile));
  byId("add-tile").close();
  byId("add-form").reset();
  picked = null;
  preview(tile);
  announce(texts("added", {title: tile.title}));
  tileOf(tile.key).scrollIntoView({block: "nearest"});
  tileOf(tile.key).focus();
}

// Saving.
async function save(publish) {
  byId("edit-problems").replaceChildren();
  if (!board.tiles.length) return toast(texts("needsTile"), "bad");
  byId("edit-state").textContent = texts("saving");
  const {name, description, tags, tiles, filters} = board;
  try {
    if (publish && !dirty) await api("POST", `/api/analytics/saved-items/${board.id}/publish`, {version: board.version});
    else {
      const sent = {name, description, tags, tiles, filters, basedOn: board.version, publish};
      board.version = (await api("PUT", `/api/analytics/dashboards/${board.id}`, sent)).saved.version;
    }
    dirty = false;
    draw();
    byId("edit-state").textContent = texts("saved");
    toast(texts(publish ? "published" : "savedAs", {n: board.version}));
  } catch (error) {
    byId("edit-state").textContent = texts("unsaved");
    refused(error, publish);
  }
}

function refused(error, publish) {
  const details = error instanceof ApiError && Array.isArray(error.details) ? error.details : [];
  if (error.status === 409 && details[0]?.newest) {
    byId("conflict-text").textContent = texts("conflict", {message: error.message});
    byId("conflict-changes").replaceChildren(...details[0].changes.map(item));
    byId("conflict-mine").onclick = () => {
      board.version = details[0].newest.number;
      byId("conflict").close();
      save(publish);
    };
    byId("conflict").showModal();
    return;
  }
  const box = document.createElement("div");
  const list = document.createElement("ul");
  box.className = "notice bad";
  list.append(...(details.length ? details : [error]).map(item));
  box.append(list);
  byId("edit-problems").replaceChildren(box);
}

function item(one) {
  const found = document.createElement("li");
  const number = /^\/tiles\/(\d+)/.exec(one.path ?? "");
  const title = number ? `${board.tiles[number[1]]?.title}: ` : "";
  found.textContent = `${title}${one.text ?? one.message}${one.hint ? ` ${one.hint}` : ""}`;
  return found;
}

document.addEventListener("click", ({target}) => {
  const button = target.closest("button");
  if (!button) return;
  if ("settings" in button.dataset) openSettings(find(button.closest("[data-tile]").dataset.tile));
  const acts = {
    "edit-undo": undo,
    "edit-save": () => save(false),
    "edit-publish": () => save(true),
    "tile-apply": applySettings,
    "tile-remove": () => { byId("tile-settings").close(); remove(chosen); },
    "add-confirm": added,
    "conflict-theirs": () => { dirty = false; location.reload(); },
    "board-apply": () => {
      if (!byId("board-form").reportValidity()) return;
      const wanted = [...byId("board-form").querySelectorAll("[name=filters]:checked")].map((box) => box.value);
      change(() => {
        board.name = byId("board-name").value.trim() || board.name;
        board.description = byId("board-description").value.trim();
        board.filters = wanted.map((key) => board.filters.find((one) => one.key === key) ?? {key});
      });
      byId("board-settings").close();
    },
  };
  acts[button.id]?.();
});
document.addEventListener("change", ({target}) => {
  if (target.name !== "source") return;
  const isOwn = target.value === "own";
  document.querySelector("[data-source=own]").hidden = !isOwn;
  document.querySelector("[data-source=item]").hidden = isOwn;
  picked = null;
  byId("add-item").value = "";
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  if (event.key === "s") {
    event.preventDefault();
    save(false);
  } else if (event.key === "z" && !event.target.closest("input, textarea")) {
    event.preventDefault();
    undo();
  }
});
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

draw();
fill();
