// The SQL page: keys of the editor, running and stopping, the schema, the chart of the result.
import {clearChart, drawChart} from "../lib/charts.js";
import {announce} from "../lib/live.js";
import {texts} from "../lib/texts.js";
import {completion, insert} from "./completion.js";
import {remember, showHistory} from "./history.js";

const STOPPABLE_AFTER = 400;
const form = document.querySelector("[data-sql-form]");
const field = form.elements.sql;
const gutter = form.querySelector(".gutter");
const result = document.getElementById("result");
const stop = form.querySelector("[data-stops]");
const words = JSON.parse(document.getElementById("sql-words").textContent);
const completing = completion(field, words);
let leaves = false;
let timer = 0;

function number(wrong = 0) {
  const count = field.value.split("\n").length;
  gutter.replaceChildren(...Array.from({length: count}, (_, at) => {
    const line = Object.assign(document.createElement("span"), {textContent: `${at + 1}\n`});
    if (at + 1 === wrong) line.className = "wrong";
    return line;
  }));
  gutter.style.height = `${field.offsetHeight}px`;
  gutter.scrollTop = field.scrollTop;
}

field.addEventListener("input", () => number());
field.addEventListener("scroll", () => { gutter.scrollTop = field.scrollTop; });
new ResizeObserver(() => { gutter.style.height = `${field.offsetHeight}px`; }).observe(field);

field.addEventListener("keydown", (event) => {
  if (completing.key(event)) {
    event.preventDefault();
    event.stopPropagation();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-runs]"));
  } else if (event.key === "Escape") {
    leaves = true; // the next Tab moves on: nobody is kept here
    announce(texts("tabHint"));
    return;
  } else if (event.key === "Tab" && !leaves) {
    event.preventDefault();
    indent(event.shiftKey);
  }
  if (event.key !== "Shift") leaves = false;
});

function indent(back) {
  const {selectionStart: from, selectionEnd: to, value} = field;
  if (from === to && !back) return insert(field, from, to, "  ");
  const first = value.lastIndexOf("\n", from - 1) + 1;
  const text = value.slice(first, to);
  const changed = back ? text.replace(/^ {1,2}/gm, "") : text.replace(/^/gm, "  ");
  insert(field, first, to, changed);
  field.setSelectionRange(from === to ? first + changed.length : first, first + changed.length);
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) {
    setTimeout(() => { delete form.dataset.sent; }); // a file leaves the page as it is
    return;
  }
  event.preventDefault();
  run();
});

async function run() {
  const sql = field.value;
  form.elements.run_id.value = crypto.randomUUID?.() ?? "";
  if (window.Plotly) for (const old of result.querySelectorAll("[data-figure]")) clearChart(old);
  result.classList.add("waiting");
  timer = setTimeout(() => { stop.hidden = false; }, STOPPABLE_AFTER);
  announce(texts("running"));
  try {
    await window.htmx.ajax("POST", "/run/sql", {source: form, target: "#result", swap: "innerHTML"});
  } finally {
    clearTimeout(timer);
    stop.hidden = true;
    result.classList.remove("waiting");
  }
  if (result.querySelector("[data-result-meta]")) {
    remember(sql);
    showHistory(open);
    announce(`${texts("done")} ${result.querySelector("[data-result-meta]").textContent}`);
  }
  arrange();
}

stop.addEventListener("click", () => {
  window.htmx.trigger(form, "htmx:abort");
  announce(texts("stopped"));
});

function arrange() {
  const line = result.querySelector("[data-line]");
  number(line ? Number(line.dataset.line) : 0);
  drawResult();
}

result.addEventListener("click", (event) => {
  const line = event.target.closest("[data-line]");
  if (!line) return;
  const lines = field.value.split("\n");
  const from = lines.slice(0, Number(line.dataset.line) - 1).join("\n").length + (line.dataset.line > 1 ? 1 : 0);
  field.focus();
  field.setSelectionRange(from, from + (lines[line.dataset.line - 1] ?? "").length);
});

async function drawResult() {
  const place = result.querySelector("[data-figure]");
  if (!place) return;
  const figure = JSON.parse(place.dataset.figure);
  const dark = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const style = getComputedStyle(document.documentElement);
  const line = style.getPropertyValue("--line");
  for (const trace of figure.data) trace.marker.color = figure.layout.meta.colors[dark];
  figure.layout.font = {color: style.getPropertyValue("--text"), family: style.getPropertyValue("--font"), size: 12};
  for (const axis of ["xaxis", "yaxis"]) Object.assign(figure.layout[axis], {gridcolor: line, linecolor: line, automargin: true});
  try {
    await drawChart(place, figure);
  } catch {
    place.hidden = true; // the table says the same
  }
}

function open(sql) {
  insert(field, 0, field.value.length, sql);
  number();
  field.scrollIntoView({block: "nearest"});
}

document.querySelector(".sql-schema")?.addEventListener("click", (event) => {
  const column = event.target.closest("[data-inserts]");
  if (column) insert(field, field.selectionStart, field.selectionEnd, column.dataset.inserts);
});

document.querySelector("[data-schema-search]")?.addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const view of document.querySelectorAll("[data-view]")) {
    let any = view.textContent.toLowerCase().includes(wanted) && !wanted;
    const named = view.querySelector("summary").textContent.toLowerCase().includes(wanted);
    for (const column of view.querySelectorAll("[data-column]")) {
      const fits = named || column.textContent.toLowerCase().includes(wanted);
      column.hidden = !fits;
      any ||= fits;
    }
    view.hidden = !(any || named);
    view.querySelector("details").open = Boolean(wanted) && !view.hidden;
  }
});

showHistory(open);
arrange();
