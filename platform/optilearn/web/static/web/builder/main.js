// The builder: the question, its answer, and everything around them.
import {api} from "../lib/api.js";
import {dateTime} from "../lib/dates.js";
import {announce} from "../lib/live.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {explain, wireExports} from "./actions.js";
import {loadCatalog} from "./catalog.js";
import {asks, blank, isListing, withMode} from "./definition.js";
import {Display} from "./display.js";
import {$, $$, h} from "./dom.js";
import {Drill} from "./drill.js";
import {Editors} from "./editors.js";
import {JsonPane} from "./jsonpane.js";
import {Panel} from "./panel.js";
import {addToDashboard} from "./placing.js";
import {Question} from "./question.js";
import {Result, themeNow} from "./result.js";
import {Saving} from "./saving.js";
import {page, refusalParts, resumes} from "./session.js";
import {State} from "./state.js";
import {Versions} from "./versions.js";

const data = JSON.parse(document.getElementById("builder-data").textContent);
const root = document.getElementById("builder");

class App {
  constructor() {
    const who = document.body.dataset.person ?? "";
    const known = new Set([...document.getElementById("entity").options].map((one) => one.value));
    this.state = new State(data.definition, {
      draftKey: () => `optilearn-draft:${who}:${this.saving?.item.id ?? data.item?.id ?? "new"}`,
      fits: (found) => known.has(found.entity),
      more: () => ({item: this.saving?.unsaved}),
      display: () => this.saving?.item.display ?? {},
      savedDisplay: () => this.saving?.display ?? {},
    });
    this.live = true;
    this.snapshots = data.snapshots ?? [];
  }

  get definition() {
    return this.state.definition;
  }

  get answer() {
    return this.result.answer;
  }

  async start() {
    await this.learn();
    this.editors = new Editors(this);
    this.panel = new Panel(document.getElementById("catalog"), this);
    this.question = new Question(document.getElementById("question"), this, this.editors);
    this.display = new Display(document.getElementById("display"), this);
    this.json = new JsonPane(document.getElementById("json"), this);
    this.drill = new Drill(document.getElementById("drill-dialog"), {question: () => ({definition: this.definition}), app: this});
    this.result = new Result(document.getElementById("result"), {
      question: () => (asks(this.definition) ? {definition: this.definition, display: {theme: themeNow(), pivot: Boolean(this.saving.item.display.pivot)}} : null),
      onAnswer: (answer) => this.display.draw(answer),
      onProblems: (problems) => this.question.mark(problems),
      onDrill: (cell) => this.drill.show(cell),
      onSort: (by, order) => this.sort(by, order),
    });
    this.saving = new Saving(this, data.item);
    this.versions = new Versions(this);
    this.state.watch(() => this.changed());
    this.wire();
    this.redraw();
    if (this.state.isAddressBroken) this.showBrokenAddress();
    this.offerDraft();
    this.result.run();
  }

  // The names of what is asked; of other entities too, where a number has filters of its own.
  async learn() {
    const {definition} = this;
    this.catalog = await loadCatalog(definition.entity);
    const others = (definition.measures ?? []).filter((one) => one.filters?.length).map((one) => this.catalog.filteredBy(one, definition.measures));
    await Promise.all(others.filter(Boolean).map(loadCatalog));
  }

  change(definition) {
    this.state.set(definition);
  }

  // The looks of the table, which are saved with the report.
  look(display) {
    const isAcross = Boolean(display.pivot) !== Boolean(this.saving.item.display.pivot);
    this.saving.item.display = JSON.parse(JSON.stringify(display)); // without what is undefined
    this.state.remember();
    this.redraw();
    if (isAcross) this.result.run();
  }

  say(text) {
    toast(text);
    announce(text);
  }

  async changed() {
    if (this.live) this.result.expect();
    try {
      await this.learn();
    } catch (error) {
      this.result.calm();
      this.result.showProblem(error, () => this.changed());
      return;
    }
    this.redraw();
    if (this.live) this.result.soon();
  }

  redraw() {
    const {definition} = this;
    this.question.draw();
    this.panel.draw();
    this.display.draw(this.answer);
    this.display.applyLooks();
    this.json.draw();
    this.saving.draw();
    document.getElementById("entity").value = definition.entity;
    for (const button of $$("[data-mode]")) button.setAttribute("aria-pressed", String((button.dataset.mode === "rows") === isListing(definition)));
    document.getElementById("undo").disabled = !this.state.past.length;
    document.getElementById("redo").disabled = !this.state.future.length;
    document.getElementById("start").hidden = asks(definition);
    document.getElementById("as-of").textContent = definition.asOf ? texts("asOfDay", {day: definition.asOf}) : texts("newestData");
  }

  addFilter(path) {
    const anchor = $('[data-chip="add-filters"]');
    this.step("only");
    this.editors.filter(anchor, null, path);
  }

  sort(by, order) {
    const {definition} = this;
    const next = order === "descending" ? [{by}] : order === "ascending" ? null : [{by, dir: "desc"}];
    this.change({...definition, sort: next});
  }

  step(name) {
    root.dataset.step = name;
    for (const tab of $$("#steps button")) tab.setAttribute("aria-selected", String(tab.dataset.to === name));
  }

  showBrokenAddress() {
    document.getElementById("draft").before(h("div", {class: "notice warn", role: "alert"}, h("div", {}, texts(data.item?.id ? "brokenOfSaved" : "brokenOfNew"))));
  }

  take(draft) {
    this.saving.take(draft.item);
    if (draft.display) this.look(draft.display);
    this.change(draft.definition);
  }

  offerDraft() {
    if (resumes() && this.state.stored) return this.take(this.state.stored);
    const {draft} = this.state;
    const place = document.getElementById("draft");
    if (!draft) return undefined;
    const close = () => place.replaceChildren();
    place.replaceChildren(h("div", {class: "notice info"}, h("div", {class: "spread grow"},
      h("span", {}, texts("draftFound", {time: dateTime(draft.at)})),
      h("span", {class: "row"},
        h("button", {type: "button", class: "button small", onclick: () => { close(); this.take(draft); }}, texts("takeDraft")),
        h("button", {type: "button", class: "button small quiet", onclick: () => { close(); this.state.forget(); }}, texts("dropDraft"))))));
    return undefined;
  }

  wire() {
    const on = (id, act) => document.getElementById(id)?.addEventListener("click", act);
    on("undo", () => this.state.undo());
    on("redo", () => this.state.redo());
    for (const button of $$("[data-explain]")) button.addEventListener("click", () => explain(() => api("POST", "/api/analytics/reports/explain", {definition: this.definition})));
    on("as-of", (event) => this.editors.asOf(event.currentTarget));
    on("run", () => this.result.run());
    on("to-dashboard", () => (this.saving.item.id === null ? this.say(texts("saveFirst")) : addToDashboard(this.saving.item)));
    wireExports(() => {
      if (!asks(this.definition)) return this.say(texts("nothingAsked"));
      return {definition: this.definition, name: this.saving.item.name};
    });
    for (const button of $$("[data-mode]")) button.addEventListener("click", () => this.change(withMode(this.definition, button.dataset.mode)));
    for (const button of $$("[data-definition]")) button.addEventListener("click", () => this.useTemplate(button.dataset.definition));
    for (const tab of $$("#steps button")) tab.addEventListener("click", () => this.step(tab.dataset.to));
    for (const button of $$("[data-folds]")) {
      button.addEventListener("click", () => {
        const folded = root.classList.toggle(`without-${button.dataset.folds}`);
        button.setAttribute("aria-expanded", String(!folded));
        window.dispatchEvent(new Event("resize"));
      });
    }
    for (const link of $$("[data-needs-id]")) {
      link.addEventListener("click", (event) => {
        if (this.saving.item.id !== null) return;
        event.preventDefault();
        this.say(texts("saveFirst"));
      });
    }
    document.getElementById("entity").addEventListener("change", (event) => this.change(blank(event.target.value)));
    document.getElementById("live").addEventListener("change", (event) => {
      this.live = event.target.checked;
      document.getElementById("run").hidden = this.live;
      if (this.live) this.result.run();
    });
    document.addEventListener("keydown", (event) => this.keys(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.state.isChanged && this.saving.item.id !== null && !page.isLeaving) event.preventDefault();
    });
  }

  useTemplate(key) {
    const found = data.templates.find((one) => one.key === key);
    this.change(found.definition);
    if (!this.saving.item.name) Object.assign(this.saving.item, {name: found.title, description: found.description, readerFilters: found.readerFilters});
    this.saving.draw();
  }

  keys(event) {
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    const isTyping = event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea");
    if (key === "s") {
      event.preventDefault();
      this.saving.save();
    } else if (key === "enter") {
      event.preventDefault();
      this.result.run();
    } else if (key === "z" && !isTyping) {
      event.preventDefault();
      if (event.shiftKey) this.state.redo();
      else this.state.undo();
    } else if (key === "y" && !isTyping) {
      event.preventDefault();
      this.state.redo();
    }
  }
}

const app = new App();
app.start().then(() => root.classList.add("is-ready"), (error) => {
  const place = document.getElementById("result-problems");
  place.hidden = false;
  place.replaceChildren(...refusalParts(error, {retry: () => location.reload()}));
});
