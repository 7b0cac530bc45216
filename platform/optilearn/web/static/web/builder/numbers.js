// What belongs to one number of a question alone: its name, and the rows that it counts.
import {texts} from "../lib/texts.js";
import {loadCatalog} from "./catalog.js";
import {keyOf, withFilters} from "./definition.js";
import {$, field, h, icon, popover} from "./dom.js";
import {conditionEditor} from "./filters.js";

const LONGEST_KEY = 100;
const NAMED = 40; // of a number with filters, the name of a column

// The part of a number's editor that lists its own filters; null where it can have none.
export function ownFilters(editors, n, close) {
  const {catalog, definition} = editors;
  const measure = definition.measures[n];
  if (!catalog.filteredBy(measure, definition.measures)) return null;
  const filters = measure.filters ?? [];
  const go = (at) => {
    close();
    edit(editors, n, at);
  };
  const chips = filters.map((one, at) => h("span", {class: "chip removable"},
    h("button", {type: "button", class: "chip-text", onclick: () => go(at)}, catalog.namesOf(measure, definition.measures).filterText(one)),
    h("button", {type: "button", class: "chip-remove", "aria-label": texts("removeThis", {name: texts("filter")}), onclick: () => {
      send(editors, n, filters.filter((_, place) => place !== at));
      close();
    }}, icon("close"))));
  const name = h("input", {class: "input", value: keyOf(measure), maxlength: String(LONGEST_KEY)});
  name.addEventListener("change", () => {
    const wanted = name.value.trim();
    const taken = editors.definition.measures.some((one, at) => at !== n && keyOf(one) === wanted);
    name.toggleAttribute("aria-invalid", !wanted || taken);
    if (wanted && !taken) editors.app.change(withFilters(editors.definition, n, filters, wanted));
  });
  return h("details", {open: filters.length > 0}, h("summary", {}, texts("onlyRows")), h("div", {class: "stack-s"},
    h("div", {class: "chip-group"}, chips, h("button", {type: "button", class: "chip add", onclick: () => go(filters.length)}, icon("plus"), texts("addFilter"))),
    filters.length ? field(texts("nameIt"), name) : null));
}

async function edit(editors, n, at) {
  const {definition} = editors;
  const entity = editors.catalog.filteredBy(definition.measures[n], definition.measures);
  const names = await loadCatalog(entity);
  const box = h("div", {class: "stack-s"});
  const pop = popover($(`[data-chip="measures/${n}"]`), texts("filter"), [box]);
  const write = (filter) => {
    const subject = {entity, path: filter.field, label: names.label(filter.field), type: names.type(filter.field), shown: (value) => names.value(filter.field, value)};
    box.replaceChildren(...conditionEditor(subject, filter, (changed) => {
      const filters = [...(editors.definition.measures[n].filters ?? [])];
      filters.splice(at, 1, ...(changed ? [changed] : []));
      send(editors, n, filters);
    }, () => pop.close()));
    ($("input", box) ?? $("select", box))?.focus();
  };
  const current = definition.measures[n].filters?.[at];
  if (current) return write(current);
  const items = names.paths.map((one) => ({value: one.path, label: one.label}));
  box.append(h("h3", {}, texts("addFilter")), editors.picker(texts("findField"), items, ({value}) => write({field: value})));
  $("input", box).focus();
  return undefined;
}

// A name that was made of the filters follows them; one that a person gave stays.
function send(editors, n, filters) {
  const {catalog, definition} = editors;
  const measure = definition.measures[n];
  const made = (list) => nameOf(catalog, measure, list, definition.measures);
  const isOwn = measure.key && measure.key !== made(measure.filters ?? []) && measure.key !== measure.metric;
  editors.app.change(withFilters(definition, n, filters, isOwn ? measure.key : made(filters)));
}

function nameOf(catalog, measure, filters, measures) {
  if (!filters.length) return "";
  const bare = typeof measure === "string" ? measure : {...measure, filters: null};
  const names = catalog.namesOf(measure, measures);
  const words = filters.map((one) => names.filterText(one)).join(", ");
  const text = `${catalog.measureText(bare, measures)} (${words.length > NAMED ? `${words.slice(0, NAMED)}…` : words})`;
  return text.slice(0, LONGEST_KEY);
}
