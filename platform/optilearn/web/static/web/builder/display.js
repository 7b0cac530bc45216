// The right column: the chart, its goal, totals, and how the table looks: as the report has it (bars,
// pivot), which is saved with it, or as its reader likes tables (pinned, dense), in this browser.
import {texts} from "../lib/texts.js";
import {$, field, h, select} from "./dom.js";
import {isListing} from "./definition.js";

const LOOKS = "optilearn-table-look";
const OF_REPORT = ["bars", "pivot"];

export class Display {
  constructor(root, app) {
    this.root = root;
    this.app = app;
    this.box = $("#display-body", root);
    this.looks = readLooks();
  }

  draw(answer) {
    const {definition} = this.app;
    if (!answer) {
      this.box.replaceChildren(h("p", {class: "muted"}, texts("displayLater")));
      return;
    }
    const focused = document.activeElement?.dataset?.chart;
    const shown = definition.chart?.type ?? answer.suggested;
    const buttons = answer.charts.map(({key, label}) => h("button", {
      type: "button", class: "chart-choice", data: {chart: key}, "aria-pressed": String(key === shown),
      onclick: () => this.choose(key === answer.suggested && definition.chart?.goal === undefined ? null : {...definition.chart, type: key}),
    }, h("span", {class: `glyph glyph-${key}`, "aria-hidden": "true"}), h("span", {}, label), key === answer.suggested ? h("span", {class: "small best"}, `★ ${texts("best")}`) : null));
    const parts = [
      h("h3", {}, texts("chart")),
      h("div", {class: "chart-choices", role: "group", "aria-label": texts("chart")}, buttons),
      answer.reason ? h("p", {class: "small muted"}, texts("because", {chart: answer.charts.find((one) => one.key === answer.suggested)?.label ?? "", reason: answer.reason})) : null,
      answer.charts.some((one) => one.key === shown) ? null : h("p", {class: "small error"}, texts("chartUnfit")),
    ];
    if (!isListing(definition) && definition.measures.length) parts.push(this.goal(definition, shown));
    if (!isListing(definition)) parts.push(this.totals(definition));
    parts.push(h("h3", {}, texts("table")), this.look("bars", texts("bars")), this.look("pinned", texts("pinned")), this.look("dense", texts("dense")));
    if (!isListing(definition) && !definition.time && definition.dimensions.length > 1) parts.push(this.look("pivot", texts("pivot")));
    this.box.replaceChildren(...parts.filter(Boolean));
    if (focused) $(`[data-chart="${CSS.escape(focused)}"]`, this.box)?.focus();
  }

  choose(chart) {
    this.app.change({...this.app.definition, chart});
  }

  goal(definition, shown) {
    const isPercent = this.app.catalog.measureText && this.isPercent(definition);
    const value = definition.chart?.goal;
    const input = h("input", {class: "input", type: "number", step: "any", value: value === undefined ? "" : String(isPercent ? Number((value * 100).toPrecision(12)) : value)});
    input.addEventListener("change", () => {
      const goal = input.value === "" ? undefined : Number(input.value) / (isPercent ? 100 : 1);
      const chart = {type: definition.chart?.type ?? shown, ...(goal === undefined ? {} : {goal})};
      this.choose(goal === undefined && chart.type === this.app.answer?.suggested ? null : chart);
    });
    return field(texts(isPercent ? "goalPercent" : "goal"), input, texts("goalHint"));
  }

  isPercent(definition) {
    const first = definition.measures[0];
    return this.app.catalog.metric(typeof first === "string" ? first : first.metric ?? "")?.format === "percent";
  }

  totals(definition) {
    const groups = definition.dimensions.length + (definition.time ? 1 : 0);
    const options = ["none", "grand", ...(groups > 1 ? ["subtotals"] : [])].map((one) => ({value: one, label: texts(`totals.${one}`)}));
    return field(texts("totals"), select(options, definition.totals ?? "none", (totals) => this.app.change({...this.app.definition, totals}), {id: "totals"}));
  }

  look(name, label) {
    const isOfReport = OF_REPORT.includes(name);
    const box = h("input", {type: "checkbox", checked: isOfReport ? Boolean(this.app.saving.item.display[name]) : this.looks.has(name)});
    box.addEventListener("change", () => {
      if (isOfReport) return this.app.look({...this.app.saving.item.display, [name]: box.checked || undefined});
      this.looks[box.checked ? "add" : "delete"](name);
      try {
        localStorage.setItem(LOOKS, [...this.looks].join(" "));
      } catch { /* a look is no loss */ }
      this.applyLooks();
      return undefined;
    });
    return h("label", {class: "check"}, box, h("span", {}, label));
  }

  applyLooks() {
    const place = document.getElementById("result");
    for (const name of ["pinned", "dense"]) place.classList.toggle(`look-${name}`, this.looks.has(name));
    place.classList.toggle("look-bars", Boolean(this.app.saving.item.display.bars));
  }
}

function readLooks() {
  try {
    return new Set((localStorage.getItem(LOOKS) ?? "pinned").split(" "));
  } catch {
    return new Set(["pinned"]);
  }
}
