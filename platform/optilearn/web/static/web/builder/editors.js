// The small windows in which a chip is edited.
import {combobox} from "../lib/combobox.js";
import {texts} from "../lib/texts.js";
import {BUCKETS, DATES, INSTANT_BUCKETS, NUMBERS, drop, fieldOf, freeKey, isListing, keyOf, metricOf, move, put} from "./definition.js";
import {field, h, icon, popover, select} from "./dom.js";
import {conditionEditor} from "./filters.js";
import {ownFilters} from "./numbers.js";

const AGGREGATES = ["count", "countDistinct", "sum", "avg", "min", "max", "median", "p25", "p75", "p90", "stddev", "first", "last", "listDistinct"];
const OF_NUMBERS = new Set(["sum", "avg", "median", "p25", "p75", "p90", "stddev"]);
const CALCULATIONS = ["percentOfTotal", "percentOfParent", "runningTotal", "movingAverage", "rank", "difference", "percentChange"];
const COMPARISONS = ["previousPeriod", "previousYear", "previousTerm"];
const COMPARED = ["gt", "gte", "lt", "lte", "eq", "between"];
const LIST_SIZE = 200;

export class Editors {
  constructor(app) {
    this.app = app;
  }

  get definition() {
    return this.app.definition;
  }

  get catalog() {
    return this.app.catalog;
  }

  // A choice from a list that is searched as one types.
  picker(label, items, onSelect) {
    const input = h("input", {class: "input", type: "text", "aria-label": label, placeholder: label});
    const box = h("div", {}, input);
    combobox(input, {
      wait: 0,
      source: async (query) => {
        const words = query.toLowerCase().split(/\s+/).filter(Boolean);
        return items.filter((one) => words.every((word) => `${one.label} ${one.note ?? ""}`.toLowerCase().includes(word))).slice(0, LIST_SIZE);
      },
      onSelect,
    });
    return box;
  }

  apply(list, place, value) {
    this.app.change(put(this.definition, list, place, value));
  }

  movers(list, n, close) {
    if (n === null || (this.definition[list] ?? []).length < 2) return null;
    const button = (name, by, label) => h("button", {type: "button", class: "icon-button", "aria-label": label, title: label, onclick: () => {
      this.app.change(move(this.definition, list, n, by));
      close();
    }}, icon(name));
    return h("div", {class: "row"}, button("left", -1, texts("moveLeft")), button("right", 1, texts("moveRight")));
  }

  measure(anchor, n) {
    const {catalog, definition} = this;
    const current = n === null ? null : definition.measures[n];
    const metrics = catalog.measures.map((one) => ({value: one.name, label: one.label, note: one.group}));
    const picker = this.picker(current ? texts("another") : texts("findMeasure"), metrics, ({value}) => {
      this.apply("measures", n, value);
      pop.close();
    });
    const pop = popover(anchor, texts("measure"), [
      h("h3", {}, current ? catalog.measureText(current, definition.measures) : texts("addMeasure")),
      current && catalog.metric(metricOf(current, definition.entity)) ? h("p", {class: "small muted"}, catalog.metric(metricOf(current, definition.entity)).description) : null,
      current ? null : picker,
      current ? ownFilters(this, n, () => pop.close()) : null,
      current ? this.calculations(n, () => pop.close()) : null,
      this.aggregate(n, () => pop.close()),
      this.formula(n, () => pop.close()),
      current ? picker : null,
      this.movers("measures", n, () => pop.close()),
    ]);
  }

  aggregate(n, close) {
    const {catalog, definition} = this;
    const current = n === null ? {} : definition.measures[n];
    let agg = typeof current.agg === "string" ? current.agg : "avg";
    let path = current.field ?? "";
    const paths = () => catalog.paths.filter((one) => !OF_NUMBERS.has(agg) || NUMBERS.has(one.type)).map((one) => ({value: one.path, label: one.label}));
    const fields = select([{value: "", label: texts("chooseField")}, ...paths()], path, (value) => { path = value; });
    const kinds = select(AGGREGATES.map((one) => ({value: one, label: texts(`aggName.${one}`)})), agg, (value) => {
      agg = value;
      fields.replaceChildren(...[{value: "", label: texts("chooseField")}, ...paths()].map((one) => h("option", {value: one.value}, one.label)));
      fields.value = paths().some((one) => one.value === path) ? path : "";
      path = fields.value;
    });
    const button = h("button", {type: "button", class: "button small", onclick: () => {
      if (!path) return fields.focus();
      const key = current.agg ? current.key : freeKey(definition, `${agg} ${path}`);
      this.apply("measures", n, {key, agg, field: path, ...(current.filters ? {filters: current.filters} : {})});
      close();
    }}, texts("use"));
    return h("details", {open: Boolean(current.agg)}, h("summary", {}, texts("ownAggregate")), h("div", {class: "stack-s"}, field(texts("aggregate"), kinds), field(texts("ofField"), fields), button));
  }

  calculations(n, close) {
    const {definition} = this;
    const of = keyOf(definition.measures[n]);
    if (definition.measures[n].calc) return null;
    const add = (calc) => {
      const more = calc === "movingAverage" ? {n: 3} : {};
      this.app.change(put(definition, "measures", null, {key: freeKey(definition, `${of} ${calc}`), calc, of, ...more}));
      close();
    };
    return h("details", {}, h("summary", {}, texts("alsoShow")), h("div", {class: "stack-s"}, CALCULATIONS.map((calc) => h("button", {type: "button", class: "button small quiet", onclick: () => add(calc)}, texts(`calcName.${calc}`)))));
  }

  formula(n, close) {
    const {definition} = this;
    const current = n === null ? {} : definition.measures[n];
    const name = h("input", {class: "input", value: current.formula ? current.key : "", maxlength: "60"});
    const text = h("input", {class: "input", value: current.formula ?? "", spellcheck: "false", maxlength: "1000", placeholder: definition.measures.slice(0, 2).map(keyOf).join(" / ")});
    const button = h("button", {type: "button", class: "button small", onclick: () => {
      if (!text.value.trim()) return text.focus();
      this.apply("measures", n, {key: current.formula ? name.value || current.key : freeKey(definition, name.value || "formula"), formula: text.value.trim()});
      close();
    }}, texts("use"));
    return h("details", {open: Boolean(current.formula)}, h("summary", {}, texts("formula")), h("div", {class: "stack-s"}, field(texts("nameIt"), name), field(texts("formula"), text, texts("formulaHint")), button));
  }

  dimension(anchor, n) {
    const {catalog, definition} = this;
    const current = n === null ? null : definition.dimensions[n];
    const items = catalog.paths.filter((one) => !catalog.against(one.path, definition.measures).length).map((one) => ({value: one.path, label: one.label, note: one.type === "date" ? texts("date") : ""}));
    const bins = h("input", {class: "input", value: current?.bins?.join(", ") ?? "", placeholder: "0, 40, 60, 80, 100", inputmode: "numeric"});
    bins.addEventListener("change", () => {
      const edges = bins.value.split(/[,;\s]+/).filter(Boolean).map(Number);
      const fine = edges.length > 1 && edges.every((edge, at) => Number.isFinite(edge) && (!at || edge > edges[at - 1]));
      if (bins.value.trim() && !fine) return bins.setAttribute("aria-invalid", "true");
      bins.removeAttribute("aria-invalid");
      this.apply("dimensions", n, bins.value.trim() ? {field: fieldOf(current), bins: edges} : fieldOf(current));
    });
    const pop = popover(anchor, texts("group"), [
      h("h3", {}, current ? catalog.dimensionText(current) : texts("addGroup")),
      current && NUMBERS.has(catalog.type(fieldOf(current))) ? field(texts("bins"), bins, texts("binsHint")) : null,
      this.picker(current ? texts("another") : texts("findField"), items, ({value}) => {
        if (DATES.has(catalog.type(value)) && !definition.time) this.app.change({...definition, dimensions: definition.dimensions.filter((_, at) => at !== n), time: {field: value, bucket: "month"}});
        else this.apply("dimensions", n, value);
        pop.close();
      }),
      this.movers("dimensions", n, () => pop.close()),
    ]);
  }

  time(anchor) {
    const {catalog, definition} = this;
    const {time} = definition;
    const buckets = catalog.type(time.field) === "timestamp" ? INSTANT_BUCKETS : BUCKETS;
    const fields = catalog.paths.filter((one) => DATES.has(one.type) && !catalog.against(one.path, definition.measures).length);
    const change = (more) => this.app.change({...this.definition, time: {...this.definition.time, ...more}});
    const fill = h("input", {type: "checkbox", checked: Boolean(time.fill), onchange: (event) => change({fill: event.target.checked})});
    popover(anchor, texts("time"), [
      field(texts("bucket"), select(buckets.map((one) => ({value: one, label: texts(`bucketName.${one}`)})), time.bucket, (bucket) => change({bucket}), {id: "time-bucket"})),
      field(texts("date"), select([{value: "time", label: texts("mainDate")}, ...fields.map((one) => ({value: one.path, label: one.label}))], time.field, (path) => change({field: path}))),
      h("label", {class: "check"}, fill, h("span", {}, texts("fill"))),
    ]);
  }

  column(anchor, n) {
    const items = this.catalog.paths.map((one) => ({value: one.path, label: one.label}));
    const pop = popover(anchor, texts("column"), [
      h("h3", {}, n === null ? texts("addColumn") : this.catalog.label(this.definition.columns[n])),
      this.picker(texts("findField"), items, ({value}) => {
        this.apply("columns", n, value);
        pop.close();
      }),
      this.movers("columns", n, () => pop.close()),
    ]);
  }

  filter(anchor, n, path = null) {
    const current = n === null ? (path ? {field: path} : null) : this.definition.filters[n];
    const box = h("div", {class: "stack-s"});
    let place = n;
    const pop = popover(anchor, texts("filter"), [box]);
    const edit = (filter) => {
      const type = filter.metric ? "decimal" : this.catalog.type(filter.field);
      const subject = {entity: this.definition.entity, path: filter.field, label: this.catalog.label(filter.field ?? filter.metric), type, shown: (value) => this.catalog.value(filter.field, value)};
      box.replaceChildren(...conditionEditor(subject, filter, (changed) => {
        if (!changed) {
          if (place !== null) this.app.change(drop(this.definition, "filters", place));
          place = null;
          return;
        }
        this.apply("filters", place, changed);
        place ??= this.definition.filters.length - 1;
      }, () => pop.close()));
      (box.querySelector("input") ?? box.querySelector("select"))?.focus();
    };
    if (current) return edit(current);
    const items = this.catalog.paths.map((one) => ({value: one.path, label: one.label}));
    box.append(h("h3", {}, texts("addFilter")), this.picker(texts("findField"), items, ({value}) => edit({field: value})));
    box.querySelector("input").focus();
    return undefined;
  }

  having(anchor, n) {
    const {catalog, definition} = this;
    const current = {measure: keyOf(definition.measures[0] ?? ""), op: "gt", value: "", ...(n === null ? {} : definition.having[n])};
    let place = n;
    const value = h("input", {class: "input", type: "text", inputmode: "decimal", value: [current.value].flat().join(", ")});
    const send = () => {
      const numbers = value.value.split(/[,;\s]+/).filter(Boolean).map(Number);
      if (!numbers.length || numbers.some((one) => !Number.isFinite(one))) return;
      this.apply("having", place, {measure: current.measure, op: current.op, value: current.op === "between" ? numbers.slice(0, 2) : numbers[0]});
      place ??= this.definition.having.length - 1;
    };
    const changed = (name) => (chosen) => {
      current[name] = chosen;
      send();
    };
    value.addEventListener("change", send);
    popover(anchor, texts("onlyGroups"), [
      field(texts("measure"), select(definition.measures.map((one) => ({value: keyOf(one), label: catalog.measureText(one, definition.measures)})), current.measure, changed("measure"))),
      field(texts("condition"), select(COMPARED.map((op) => ({value: op, label: texts(`op.${op}`)})), current.op, changed("op"))),
      field(texts("value"), value, texts("fractionHint")),
    ]);
  }

  compare(anchor) {
    const isOfSnapshot = this.definition.compare?.to === "snapshot";
    const options = [{value: "", label: texts("compareNone")}, ...COMPARISONS.map((to) => ({value: to, label: texts(`compareName.${to}`)}))];
    const current = this.definition.compare?.to ?? "";
    const isDated = Boolean(this.definition.time) || (this.definition.filters ?? []).some((one) => DATES.has(this.catalog.type(one.field)));
    const pop = popover(anchor, texts("addCompare"), [
      h("h3", {}, texts("addCompare")),
      isDated ? null : h("p", {class: "hint"}, texts("compareNeedsDate")),
      h("div", {class: "stack-s", role: "group"}, options.map(({value, label}) => h("button", {type: "button", class: "button small", "aria-pressed": String(value === current), disabled: Boolean(value) && !isDated, onclick: () => {
        this.app.change({...this.definition, compare: value ? {to: value} : null});
        pop.close();
      }}, label))),
      this.earlierState(isOfSnapshot ? this.definition.compare.snapshot ?? "" : ""),
    ]);
  }

  // The same question over the data of an earlier day, or of a snapshot by its name.
  earlierState(current) {
    const isDay = /^\d{4}-\d\d-\d\d/.test(current);
    const send = (snapshot) => this.app.change({...this.definition, compare: snapshot ? {to: "snapshot", snapshot} : null});
    const day = h("input", {class: "input", type: "date", value: isDay ? current.slice(0, 10) : "", max: new Date().toISOString().slice(0, 10), onchange: (event) => send(event.target.value)});
    const {snapshots} = this.app;
    const list = snapshots.length ? select([{value: "", label: texts("chooseSnapshot")}, ...(!current || isDay || snapshots.some((one) => one.value === current) ? [] : [{value: current, label: current}]), ...snapshots], isDay ? "" : current, send) : null;
    return h("details", {open: Boolean(current)}, h("summary", {}, texts("earlierState")), h("div", {class: "stack-s"}, field(texts("compareDay"), day, texts("asOfHint")), list ? field(texts("snapshot"), list) : null));
  }

  sort(anchor, n) {
    const {catalog, definition} = this;
    const keys = isListing(definition)
      ? (definition.columns ?? []).map((path) => ({value: path, label: catalog.label(path)}))
      : [...definition.measures.map((one) => ({value: keyOf(one), label: catalog.measureText(one, definition.measures)})), ...definition.dimensions.map((one) => ({value: fieldOf(one), label: catalog.dimensionText(one)}))];
    if (!keys.length) return this.app.say(texts("nothingToSort"));
    const current = {by: keys[0].value, dir: "desc", ...(n === null ? {} : {dir: "asc", ...definition.sort[n]})};
    let place = n;
    const send = (more) => {
      Object.assign(current, more);
      this.apply("sort", place, {...current});
      place ??= this.definition.sort.length - 1;
    };
    popover(anchor, texts("addSort"), [
      field(texts("sortBy"), select(keys, current.by, (by) => send({by}))),
      field(texts("direction"), select([{value: "desc", label: texts("largestFirst")}, {value: "asc", label: texts("smallestFirst")}], current.dir, (dir) => send({dir}))),
    ]);
    if (n === null) send({});
    return undefined;
  }

  limit(anchor) {
    const input = h("input", {class: "input", type: "number", min: "1", max: "1000000", value: String(this.definition.limit ?? 10)});
    const send = () => {
      const limit = Math.trunc(Number(input.value));
      if (limit >= 1 && limit <= 1e6) this.app.change({...this.definition, limit});
    };
    input.addEventListener("change", send);
    popover(anchor, texts("addLimit"), [field(texts("addLimit"), input)]);
    if (!this.definition.limit) send();
  }

  asOf(anchor) {
    const input = h("input", {class: "input", type: "date", value: (this.definition.asOf ?? "").slice(0, 10), max: new Date().toISOString().slice(0, 10)});
    input.addEventListener("change", () => this.app.change({...this.definition, asOf: input.value || null}));
    const pop = popover(anchor, texts("asOf"), [
      field(texts("asOf"), input, texts("asOfHint")),
      h("button", {type: "button", class: "button small", onclick: () => {
        this.app.change({...this.definition, asOf: null});
        pop.close();
      }}, texts("newest")),
    ]);
  }
}
