// The left column: what to count, and by what; what doesn't fit is greyed, with the reason.
import {texts} from "../lib/texts.js";
import {$, h, icon} from "./dom.js";
import {DATES, fieldOf, isListing, keyOf, metricOf, toggled} from "./definition.js";

const SIGNS = {integer: "#", decimal: "#", float: "#", text: "A", boolean: "✓", date: "◷", timestamp: "◷"};
const plainText = (text) => text.normalize("NFKD").toLowerCase();

export class Panel {
  constructor(root, app) {
    this.root = root;
    this.app = app;
    this.open = new Set();
    this.search = $("#catalog-search", root);
    this.search.addEventListener("input", () => this.draw());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        $(".catalog-list button.item", root)?.focus();
      }
    });
    $(".catalog-list", root).addEventListener("keydown", (event) => this.walk(event));
  }

  walk(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    const items = [...this.root.querySelectorAll(".catalog-list :is(button.item, summary)")].filter((one) => one.offsetParent);
    const to = items.indexOf(document.activeElement) + step;
    event.preventDefault();
    if (to < 0) this.search.focus();
    else items[Math.min(to, items.length - 1)]?.focus();
  }

  draw() {
    const {definition, catalog} = this.app;
    if (definition.entity !== this.entity) this.open.clear(); // what was open was another subject's
    this.entity = definition.entity;
    const list = $(".catalog-list", this.root);
    const focused = document.activeElement?.dataset?.name;
    const words = plainText(this.search.value).split(/\s+/).filter(Boolean);
    const fits = (one) => words.every((word) => plainText(`${one.label} ${one.group} ${one.description} ${one.path ?? one.name}`).includes(word));
    const parts = [];
    if (!isListing(definition) && catalog.measures.some(fits)) parts.push(this.section("measures", texts("measures"), catalog.measures.filter(fits), words.length));
    if (catalog.paths.some(fits)) parts.push(this.section("fields", texts(isListing(definition) ? "columns" : "groupBy"), catalog.paths.filter(fits), words.length));
    list.replaceChildren(...parts);
    if (!list.querySelector(".item")) list.append(h("p", {class: "muted pad"}, texts("nothingFound")));
    if (focused) $(`[data-name="${CSS.escape(focused)}"]`, list)?.focus();
  }

  section(kind, title, items, isSearch) {
    const groups = new Map();
    for (const one of items) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
    const section = h("section", {class: "catalog-section", data: {part: kind}}, h("h3", {}, title));
    let first = true;
    for (const [name, members] of groups) {
      const key = `${kind}/${name}`;
      const details = h("details", {open: Boolean(isSearch) || first || this.open.has(key), ontoggle: () => details.isConnected && (details.open ? this.open.add(key) : this.open.delete(key))},
        h("summary", {}, name, h("span", {class: "faint small"}, String(members.length))),
        h("ul", {}, members.map((one) => h("li", {}, kind === "measures" ? this.measure(one) : this.path(one)))));
      section.append(details);
      first = false;
    }
    return section;
  }

  measure(one) {
    const {definition, catalog} = this.app;
    const chosen = (definition.measures ?? []).some((m) => [keyOf(m), metricOf(m, definition.entity)].includes(one.name));
    const paths = [...(definition.dimensions ?? []).map(fieldOf), ...(definition.time ? [definition.time.field] : [])];
    const unseen = catalog.unseen(one, paths);
    const reason = unseen.length ? texts("measureUnfit", {measure: one.label, fields: unseen.map((path) => catalog.label(path)).join(", ")}) : "";
    return this.item({name: one.name, label: one.label, sign: "∑", description: one.description, chosen, reason}, () => this.app.change(toggled(definition, "measures", one.name)));
  }

  path(one) {
    const {definition, catalog} = this.app;
    const list = isListing(definition) ? "columns" : "dimensions";
    const isTime = definition.time?.field === one.path;
    const chosen = isTime || (definition[list] ?? []).some((d) => fieldOf(d) === one.path);
    const against = isListing(definition) ? [] : catalog.against(one.path, definition.measures ?? []);
    let reason = "";
    if (against.length) {
      const names = against.map((m) => catalog.measureText(m, definition.measures)).join(", ");
      const instead = catalog.instead(one.path, definition.measures).map((other) => other.label).join(", ");
      reason = texts("pathUnfit", {field: one.label, measures: names}) + (instead ? ` ${texts("wouldFit", {fields: instead})}` : "");
    }
    const row = this.item({name: one.path, label: one.name, sign: SIGNS[one.type] ?? "·", description: one.description, chosen, reason}, () => this.pick(one, list, isTime));
    const filter = h("button", {type: "button", class: "icon-button small", "aria-label": texts("filterBy", {field: one.label}), title: texts("filterBy", {field: one.label}), onclick: () => this.app.addFilter(one.path)}, icon("filter"));
    return h("div", {class: "item-row"}, row, filter);
  }

  pick(one, list, isTime) {
    const {definition} = this.app;
    if (list === "dimensions" && DATES.has(one.type)) {
      this.app.change({...definition, time: isTime ? null : {field: one.path, bucket: definition.time?.bucket ?? "month"}});
    } else this.app.change(toggled(definition, list, one.path));
  }

  item({name, label, sign, description, chosen, reason}, act) {
    const hint = [description, reason].filter(Boolean).join(" — ");
    const button = h("button", {type: "button", class: `item${reason ? " unfit" : ""}`, "aria-pressed": String(chosen), "aria-disabled": reason && !chosen ? "true" : null, title: hint || null, data: {name}},
      h("span", {class: "sign", "aria-hidden": "true"}, sign),
      h("span", {class: "item-text"}, h("span", {}, label), reason ? h("span", {class: "reason small"}, reason) : description ? h("span", {class: "about small"}, description) : null));
    button.addEventListener("click", () => (reason && !chosen ? this.app.say(reason) : act()));
    return button;
  }
}
