// The answer: asked as the question changes, the predecessor stopped, the old one shown until then.
import {UNREACHABLE, api, whenBack} from "../lib/api.js";
import {clearChart, drawChart} from "../lib/charts.js";
import {announce} from "../lib/live.js";
import {texts} from "../lib/texts.js";
import {$, debounced} from "./dom.js";
import {detailsOf, refusalParts} from "./session.js";

const WAIT = 10; // joins the changes of one gesture; the next change cancels this question
const STOPPABLE_AFTER = 400;

export const themeNow = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
};

export class Result {
  // `question()` gives the body of the request, or null where there is nothing to ask yet.
  constructor(root, {question, onAnswer = () => {}, onProblems = () => {}, onDrill, onSort}) {
    this.root = root;
    this.question = question;
    this.onAnswer = onAnswer;
    this.onProblems = onProblems;
    this.body = $("#result-body", root);
    this.chart = $("#chart", root);
    this.facts = $("#facts", root);
    this.stopButton = $("#stop", root);
    this.problems = $("#result-problems", root);
    this.abort = null;
    this.soon = debounced(() => this.run(), WAIT);
    this.stopButton.addEventListener("click", () => this.stop());
    this.body.addEventListener("click", (event) => {
      const cell = event.target.closest("button[data-measure]");
      if (cell) onDrill?.({measure: cell.dataset.measure, row: JSON.parse(cell.dataset.row ?? cell.closest("tr").dataset.groups)}, cell);
      const head = event.target.closest("button[data-sort]");
      if (head) onSort?.(head.dataset.sort, head.closest("th").getAttribute("aria-sort"));
    });
    this.body.addEventListener("keydown", (event) => walk(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.run());
  }

  stop() {
    this.abort?.abort();
    this.abort = null;
    this.calm();
    announce(texts("stopped"));
  }

  calm() {
    clearTimeout(this.timer);
    this.stopButton.hidden = true;
    this.root.classList.remove("is-asking");
    this.root.removeAttribute("aria-busy");
  }

  // What is shown answers a question that has changed: it is dimmed until the new answer is there.
  expect() {
    if (!this.question()) return;
    this.root.classList.add("is-asking");
    this.root.setAttribute("aria-busy", "true");
  }

  async run() {
    const body = this.question();
    this.abort?.abort();
    this.abort = null;
    this.waiting?.abort();
    if (!body) {
      this.calm();
      this.clear();
      return;
    }
    const mine = new AbortController();
    this.abort = mine;
    this.expect();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.stopButton.hidden = false; }, STOPPABLE_AFTER);
    try {
      const answer = await api("POST", "/run/report", body, {signal: mine.signal});
      if (this.abort !== mine) return;
      await this.show(answer);
      this.calm();
    } catch (error) {
      if (error.name === "AbortError" || this.abort !== mine) return;
      this.calm();
      this.refuse(error);
    }
  }

  async show(answer) {
    this.answer = answer;
    this.showProblem(null);
    this.facts.innerHTML = answer.facts; // our own templates, in which every value is escaped
    this.body.innerHTML = answer.html;
    for (const bar of this.body.querySelectorAll("[data-share]")) bar.style.setProperty("--share", `${bar.dataset.share}%`);
    this.onAnswer(answer);
    announce(texts("answered", {rows: this.facts.textContent.trim()}));
    await this.draw(answer);
  }

  async draw(answer) {
    const {figure} = answer;
    this.chart.closest("figure").hidden = !figure;
    $("figcaption", this.root).textContent = answer.summary;
    if (!figure) return clearChart(this.chart);
    const {height: least = 0, chart} = figure.layout.meta ?? {};
    const height = Math.max(chart === "kpi" ? 0 : 320, least);
    this.chart.style.height = this.chart.style.minHeight = `${height}px`;
    this.chart.setAttribute("aria-label", texts("chart"));
    try {
      const {title: _notes, ...layout} = figure.layout; // the caption has them, in lines that fit
      await drawChart(this.chart, {...figure, layout: {...layout, height}});
    } catch {
      this.chart.closest("figure").hidden = true; // the table beside it has every number
    }
    return undefined;
  }

  refuse(error) {
    this.showProblem(error);
    if (error.code !== UNREACHABLE) return;
    const waiting = this.waiting = new AbortController();
    whenBack(waiting.signal).then(() => !waiting.signal.aborted && this.run());
  }

  // The old result stays, dimmed, as it no longer answers the question.
  showProblem(error, retry = () => this.run()) {
    this.root.classList.toggle("is-refused", error !== null);
    this.problems.replaceChildren(...(error ? refusalParts(error, {retry}) : []));
    this.problems.hidden = error === null;
    this.onProblems(error ? detailsOf(error) : []);
  }

  clear() {
    this.answer = null;
    this.showProblem(null);
    this.body.replaceChildren();
    this.facts.replaceChildren();
    clearChart(this.chart);
    this.chart.closest("figure").hidden = true;
  }
}

// Arrow keys go from number to number.
function walk(event) {
  const cell = event.target.closest("td, th");
  const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
  if (!cell || !step) return;
  let [row, place] = [cell.parentElement, cell.cellIndex];
  const rows = [...cell.closest("table").rows];
  for (;;) {
    place += step[1];
    row = step[0] ? rows[rows.indexOf(row) + step[0]] : row;
    const next = row?.cells[place];
    if (!next) return;
    const button = next.querySelector("button");
    if (button) {
      event.preventDefault();
      button.focus();
      return;
    }
  }
}
