// The question: a sentence of chips, each edited in place.
import {texts} from "../lib/texts.js";
import {$, h, icon} from "./dom.js";
import {drop, fieldOf, isListing, keyOf, move} from "./definition.js";
import {LogicError, isPlain, parse, write} from "./logic.js";

const CIRCLED = (n) => (n <= 20 ? String.fromCodePoint(0x2460 + n - 1) : `(${n})`);

export class Question {
  constructor(root, app, editors) {
    this.root = root;
    this.app = app;
    this.editors = editors;
    root.addEventListener("keydown", (event) => this.keys(event));
  }

  draw() {
    const {definition} = this.app;
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.chip : null;
    const rows = isListing(definition) ? [this.columns()] : [this.measures(), this.groups()];
    rows.push(this.filters());
    if (!isListing(definition)) rows.push(this.having());
    rows.push(this.rest());
    this.root.replaceChildren(...rows.filter(Boolean));
    if (focused) $(`[data-chip="${CSS.escape(focused)}"]`, this.root)?.focus();
    this.mark();
  }

  row(step, lead, chips, ...more) {
    return h("div", {class: "question-row", data: {step}}, h("span", {class: "lead"}, lead), h("div", {class: "chip-group", role: "group", "aria-label": lead}, chips, ...more));
  }

  chip(list, place, text, edit, {number} = {}) {
    const path = place === "" ? list : `${list}/${place}`;
    const open = h("button", {type: "button", class: "chip-text", data: {chip: path, list, place: String(place)}, "aria-haspopup": "dialog", onclick: (event) => edit(event.currentTarget)}, number ? h("b", {class: "number", "aria-label": String(number)}, CIRCLED(number)) : null, h("span", {}, text));
    const remove = h("button", {type: "button", class: "chip-remove", "aria-label": texts("removeThis", {name: text}), onclick: () => this.remove(list, place)}, icon("close"));
    return h("span", {class: "chip removable", data: {path: `/${path}`}}, open, remove);
  }

  add(name, label, act) {
    return h("button", {type: "button", class: "chip add", data: {chip: `add-${name}`}, "aria-haspopup": "dialog", onclick: (event) => act(event.currentTarget)}, icon("plus"), label);
  }

  remove(list, place) {
    const {definition} = this.app;
    const changed = place === "" ? {...definition, [list]: null} : drop(definition, list, place);
    this.app.change(changed);
    const near = place === "" ? null : $(`[data-chip="${list}/${Math.max(0, place - 1)}"]`, this.root);
    (near ?? $(`[data-chip="add-${list}"]`, this.root) ?? $("button", this.root))?.focus();
  }

  measures() {
    const {definition, catalog} = this.app;
    const chips = definition.measures.map((one, n) => this.chip("measures", n, catalog.measureText(one, definition.measures), (anchor) => this.editors.measure(anchor, n)));
    return this.row("what", texts("show"), chips, this.add("measures", texts("addMeasure"), (anchor) => this.editors.measure(anchor, null)));
  }

  groups() {
    const {definition, catalog} = this.app;
    const chips = definition.dimensions.map((one, n) => this.chip("dimensions", n, catalog.dimensionText(one), (anchor) => this.editors.dimension(anchor, n)));
    if (definition.time) {
      const text = texts("byTime", {field: catalog.label(definition.time.field), bucket: texts(`bucket.${definition.time.bucket}`)});
      chips.unshift(this.chip("time", "", text, (anchor) => this.editors.time(anchor)));
    }
    return this.row("by", texts("by"), chips, this.add("dimensions", texts("addGroup"), (anchor) => this.editors.dimension(anchor, null)));
  }

  columns() {
    const {definition, catalog} = this.app;
    const chips = (definition.columns ?? []).map((one, n) => this.chip("columns", n, catalog.label(one), (anchor) => this.editors.column(anchor, n)));
    return this.row("what", texts("listOf"), chips, this.add("columns", texts("addColumn"), (anchor) => this.editors.column(anchor, null)));
  }

  filters() {
    const {definition, catalog} = this.app;
    const filters = definition.filters ?? [];
    const chips = filters.map((one, n) => this.chip("filters", n, catalog.filterText(one), (anchor) => this.editors.filter(anchor, n), {number: filters.length > 1 ? n + 1 : 0}));
    const row = this.row("only", texts("where"), chips, this.add("filters", texts("addFilter"), (anchor) => this.editors.filter(anchor, null)));
    if (filters.length > 1) row.append(this.logic(filters));
    return row;
  }

  logic(filters) {
    const {definition} = this.app;
    const text = definition.filterLogic ?? filters.map((_, n) => n + 1).join(" AND ");
    const input = h("input", {class: "input", id: "logic", value: text, spellcheck: "false", autocomplete: "off", "aria-describedby": "logic-words", maxlength: "2000"});
    const words = h("p", {class: "small muted", id: "logic-words", "aria-live": "polite"});
    const checked = () => {
      try {
        const tree = parse(input.value, filters.length);
        words.textContent = write(tree, (n) => `${CIRCLED(n)} ${this.app.catalog.filterText(filters[n - 1])}`, {AND: texts("and"), OR: texts("or")});
        words.className = "small muted";
        input.removeAttribute("aria-invalid");
        return tree;
      } catch (error) {
        if (!(error instanceof LogicError)) throw error;
        words.textContent = texts(`logic.${error.code}`, {...error.values, at: error.at + 1});
        words.className = "small error";
        input.setAttribute("aria-invalid", "true");
        return null;
      }
    };
    input.addEventListener("input", checked);
    input.addEventListener("change", () => {
      const tree = checked();
      if (tree) this.app.change({...this.app.definition, filterLogic: isPlain(tree, filters.length) ? null : write(tree)});
    });
    checked();
    return h("div", {class: "logic", data: {path: "/filterLogic"}}, h("label", {for: "logic", class: "small"}, texts("logic")), input, words);
  }

  having() {
    const {definition, catalog} = this.app;
    const list = definition.having ?? [];
    if (!list.length) return null;
    const name = (key) => {
      const found = definition.measures.find((one) => keyOf(one) === key);
      return found ? catalog.measureText(found, definition.measures) : key;
    };
    const chips = list.map((one, n) => this.chip("having", n, catalog.filterText({...one, field: name(one.measure)}), (anchor) => this.editors.having(anchor, n)));
    return this.row("only", texts("onlyGroups"), chips, this.add("having", texts("addCondition"), (anchor) => this.editors.having(anchor, null)));
  }

  rest() {
    const {definition, catalog} = this.app;
    const chips = [];
    if (!isListing(definition) && definition.compare) chips.push(this.chip("compare", "", texts(`compare.${definition.compare.to}`, {name: this.app.snapshots.find((one) => one.value === definition.compare.snapshot)?.label ?? definition.compare.snapshot ?? ""}), (anchor) => this.editors.compare(anchor)));
    for (const [n, one] of (definition.sort ?? []).entries()) {
      const measure = (definition.measures ?? []).find((m) => keyOf(m) === one.by);
      const label = measure ? catalog.measureText(measure, definition.measures) : catalog.label(one.by);
      chips.push(this.chip("sort", n, texts(one.dir === "desc" ? "sortDown" : "sortUp", {name: label}), (anchor) => this.editors.sort(anchor, n)));
    }
    if (definition.limit) chips.push(this.chip("limit", "", texts("firstRows", {n: definition.limit}), (anchor) => this.editors.limit(anchor)));
    if (definition.asOf) chips.push(this.chip("asOf", "", texts("asOfDay", {day: definition.asOf}), (anchor) => this.editors.asOf(anchor)));
    const more = [];
    if (!isListing(definition) && !definition.compare) more.push(this.add("compare", texts("addCompare"), (anchor) => this.editors.compare(anchor)));
    if (!isListing(definition) && definition.measures.length && !definition.having) more.push(this.add("having", texts("addCondition"), (anchor) => this.editors.having(anchor, null)));
    more.push(this.add("sort", texts("addSort"), (anchor) => this.editors.sort(anchor, null)));
    if (!definition.limit) more.push(this.add("limit", texts("addLimit"), (anchor) => this.editors.limit(anchor)));
    if (!definition.asOf) more.push(this.add("asOf", texts("asOf"), (anchor) => this.editors.asOf(anchor)));
    return this.row("how", texts("how"), chips, ...more);
  }

  // Problems of the last answer, at the chips that they are about.
  mark(problems = this.problems ?? []) {
    this.problems = problems;
    for (const chip of this.root.querySelectorAll("[data-path]")) {
      const found = problems.find((one) => one.path && `${one.path}/`.startsWith(`${chip.dataset.path}/`));
      chip.classList.toggle("wrong", Boolean(found));
      chip.title = found ? found.message : "";
    }
  }

  // Delete removes a chip; with Alt, the arrows move it.
  keys(event) {
    const chip = event.target.closest?.(".chip-text");
    if (!chip) return;
    const {list, place} = chip.dataset;
    const n = place === "" ? "" : Number(place);
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.remove(list, n);
    } else if (event.altKey && n !== "" && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      event.preventDefault();
      const by = event.key === "ArrowLeft" ? -1 : 1;
      if (list === "filters") return;
      this.app.change(move(this.app.definition, list, n, by));
      $(`[data-chip="${list}/${n + by}"]`, this.root)?.focus();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const chips = [...this.root.querySelectorAll(":is(.chip-text, .chip.add)")];
      chips[chips.indexOf(chip) + (event.key === "ArrowLeft" ? -1 : 1)]?.focus();
    }
  }
}

export const groupsOf = (definition) => [...(definition.time ? [definition.time.field] : []), ...(definition.dimensions ?? []).map(fieldOf)];
