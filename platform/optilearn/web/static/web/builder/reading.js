// Reading a saved report: it runs in the reader's own scope, and filters only narrow it.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {explain, wireExports} from "./actions.js";
import {loadCatalog} from "./catalog.js";
import {isCondition} from "./definition.js";
import {$, h, icon, popover} from "./dom.js";
import {Drill} from "./drill.js";
import {conditionEditor} from "./filters.js";
import {Result, themeNow} from "./result.js";

const data = JSON.parse(document.getElementById("builder-data").textContent);
const chips = document.getElementById("reader-filters");
const dayOf = document.getElementById("reader-as-of");
const asked = fromAddress();
let filters = asked ?? [];
let catalog = null;
document.getElementById("result").classList.toggle("look-bars", Boolean(data.item.display.bars));

const question = () => ({reportId: data.item.id, filters, ...(asOf() ? {asOf: asOf()} : {})});
const asOf = () => new URL(location.href).searchParams.get("asOf");
const drill = new Drill(document.getElementById("drill-dialog"), {question});
const result = new Result(document.getElementById("result"), {
  question: () => ({...question(), display: {theme: themeNow(), pivot: Boolean(data.item.display.pivot)}}),
  onDrill: (cell) => drill.show(cell),
});

// The filters of the address; null if it has some that can't be read.
function fromAddress() {
  try {
    const found = JSON.parse(new URL(location.href).searchParams.get("f") ?? "[]");
    return Array.isArray(found) && found.every(isCondition) ? found : null;
  } catch {
    return null;
  }
}

function change(next) {
  filters = next;
  const url = new URL(location.href);
  if (filters.length) url.searchParams.set("f", JSON.stringify(filters));
  else url.searchParams.delete("f");
  history.pushState(null, "", url);
  draw();
  result.soon();
}

function edit(anchor, path) {
  const place = filters.findIndex((one) => one.field === path);
  const box = h("div", {class: "stack-s"});
  const pop = popover(anchor, texts("filter"), [box]);
  const subject = {entity: data.definition.entity, path, label: catalog.label(path), type: catalog.type(path), shown: (value) => catalog.value(path, value)};
  box.append(...conditionEditor(subject, place < 0 ? {field: path} : filters[place], (changed) => {
    change([...filters.filter((one) => one.field !== path), ...(changed ? [changed] : [])]);
  }, () => pop.close()));
  ($("input", box) ?? $("select", box))?.focus();
}

function draw() {
  if (!chips || !catalog) return;
  chips.replaceChildren(...data.item.readerFilters.map((path) => {
    const found = filters.find((one) => one.field === path);
    const open = h("button", {type: "button", class: found ? "chip-text" : "chip add", data: {chip: `reader/${path}`}, "aria-haspopup": "dialog", onclick: (event) => edit(event.currentTarget, path)}, found ? "" : icon("filter"), found ? catalog.filterText(found) : catalog.label(path));
    if (!found) return open;
    return h("span", {class: "chip removable"}, open, h("button", {type: "button", class: "chip-remove", "aria-label": texts("removeThis", {name: catalog.label(path)}), onclick: () => change(filters.filter((one) => one !== found))}, icon("close")));
  }));
}

window.addEventListener("popstate", () => {
  filters = fromAddress() ?? [];
  if (dayOf) dayOf.value = asOf() ?? "";
  draw();
  result.soon();
});
$("[data-explain]").addEventListener("click", () => explain(() => api("POST", `/api/analytics/saved-reports/${data.item.id}/explain`, {filters, ...(asOf() ? {asOf: asOf()} : {})})));
dayOf?.addEventListener("change", (event) => {
  const url = new URL(location.href);
  if (event.target.value) url.searchParams.set("asOf", event.target.value);
  else url.searchParams.delete("asOf");
  history.pushState(null, "", url);
  result.run();
});
wireExports(() => {
  const {id, name} = data.item;
  if (!asOf()) return {reportId: id, ...(filters.length ? {filters} : {}), name};
  return result.answer ? {definition: {...result.answer.definition}, name} : null; // the day isn't there
});
if (asOf() && dayOf) dayOf.value = asOf();
if (asked === null) document.getElementById("result").before(h("div", {class: "notice warn", role: "alert"}, h("div", {}, texts("brokenFilters"))));
if (data.item.readerFilters.length) {
  loadCatalog(data.definition.entity).then((found) => {
    catalog = found;
    draw();
  }, (error) => result.showProblem(error, () => location.reload()));
}
result.run();
