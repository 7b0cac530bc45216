// The versions of a report: who saved what, what changed in words, and back to an earlier one.
import {api} from "../lib/api.js";
import {dateTime} from "../lib/dates.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {$, h, once} from "./dom.js";
import {refusalParts} from "./session.js";

export class Versions {
  constructor(app) {
    this.app = app;
    this.dialog = document.getElementById("versions-dialog");
    this.body = $("#versions-body", this.dialog);
    document.getElementById("versions")?.addEventListener("click", () => this.show());
  }

  get root() {
    return `/api/analytics/saved-items/${this.app.saving.item.id}`;
  }

  async show() {
    if (this.app.saving.item.id === null) return this.app.say(texts("saveFirst"));
    if (!this.dialog.open) this.dialog.showModal();
    this.body.replaceChildren(h("div", {class: "skeleton"}, h("div", {class: "line"}), h("div", {class: "line"})));
    try {
      const list = await api("GET", `${this.root}/versions`);
      this.body.replaceChildren(h("ol", {class: "timeline"}, list.map((one, n) => this.row(one, list[n + 1], n === 0))));
    } catch (error) {
      this.body.replaceChildren(h("div", {class: "notice warn"}, h("div", {}, refusalParts(error, {retry: () => this.show()}))));
    }
    return undefined;
  }

  row(one, before, isNewest) {
    const at = dateTime(one.at);
    const changes = h("ul", {class: "small changes"});
    const compare = before ? h("button", {type: "button", class: "button small quiet", onclick: once(() => this.diff(before.number, one.number, changes))}, texts("whatChanged")) : null;
    const restore = isNewest ? null : h("button", {type: "button", class: "button small", onclick: once(() => this.restore(one.number))}, texts("restore"));
    return h("li", {class: one.isPublished ? "good" : ""},
      h("div", {class: "spread"},
        h("div", {}, h("strong", {}, texts("version", {n: one.number})), " ", one.isPublished ? h("span", {class: "badge good"}, texts("readersSee")) : null, h("p", {class: "small muted"}, `${one.author?.name ?? texts("somebody")} · ${at}`), one.note ? h("p", {class: "small"}, one.note) : null),
        h("div", {class: "row"}, compare, restore)),
      changes);
  }

  async diff(before, after, place) {
    try {
      const {changes} = await api("GET", `${this.root}/diff?before=${before}&after=${after}`);
      const items = changes.map((one) => h("li", {}, one.text));
      place.replaceChildren(...(items.length ? items : [h("li", {}, texts("nothingChanged"))]));
    } catch (error) {
      place.replaceChildren(h("li", {class: "error"}, error.message));
    }
  }

  async restore(version) {
    const {saving} = this.app;
    try {
      await api("POST", `${this.root}/restore`, {version, basedOn: saving.item.version});
      const data = await api("GET", `/api/analytics/saved-reports/${saving.item.id}`);
      this.dialog.close();
      this.app.change(data.definition);
      saving.saved(data, {quietly: true});
      toast(texts("restored", {n: version}), "good");
    } catch (error) {
      this.dialog.close();
      saving.failed(error);
    }
  }
}
