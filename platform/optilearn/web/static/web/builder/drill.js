// The rows behind a number, and the same number by something else.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {conditionsOf, keyOf, narrowed} from "./definition.js";
import {$, field, h, select} from "./dom.js";
import {refusalParts} from "./session.js";

export class Drill {
  constructor(dialog, {question, app = null}) {
    this.dialog = dialog;
    this.question = question;
    this.app = app;
    this.body = $("#drill-body", dialog);
    dialog.addEventListener("close", () => this.abort?.abort());
  }

  async show(cell) {
    this.abort?.abort();
    this.abort = new AbortController();
    this.body.replaceChildren(h("div", {class: "skeleton", "aria-busy": "true"}, h("div", {class: "line"}), h("div", {class: "block"})));
    if (!this.dialog.open) this.dialog.showModal();
    try {
      const found = await api("POST", "/run/drill", {...this.question(), cell}, {signal: this.abort.signal});
      this.body.innerHTML = found.html; // our own template, in which every value is escaped
      if (this.app) this.regroup(cell);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.body.replaceChildren(h("div", {class: "notice warn"}, h("div", {}, refusalParts(error, {retry: () => this.show(cell)}))));
    }
  }

  // The question of this one number, by another group.
  regroup({measure, row}) {
    const {definition, catalog} = this.app;
    const conditions = conditionsOf(definition, row);
    const asked = definition.measures.find((one) => keyOf(one) === measure);
    if (!conditions || !asked || asked.calc) return;
    const options = catalog.paths.filter((one) => one.type !== "date" && one.type !== "timestamp" && !catalog.against(one.path, [asked]).length);
    const control = select([{value: "", label: texts("chooseField")}, ...options.map((one) => ({value: one.path, label: one.label}))], "", (path) => {
      if (!path) return;
      this.dialog.close();
      const inner = narrowed(definition, conditions);
      this.app.change({version: 1, entity: definition.entity, dimensions: [path], measures: [asked], filters: inner.filters, filterLogic: inner.filterLogic, asOf: definition.asOf, sort: [{by: keyOf(asked), dir: "desc"}]});
    }, {id: "regroup"});
    this.body.prepend(field(texts("regroup"), control));
  }
}
