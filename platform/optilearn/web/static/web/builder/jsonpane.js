// The definition as JSON: edited beside the chips, checked as it is typed.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {isDefinition, same, tidy} from "./definition.js";
import {$, debounced, h} from "./dom.js";

const WAIT = 400;

export class JsonPane {
  constructor(root, app) {
    this.root = root;
    this.app = app;
    this.text = $("textarea", root);
    this.problems = $("#json-problems", root);
    this.text.addEventListener("input", debounced(() => this.check(), WAIT));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Tab" && !event.shiftKey && event.altKey) {
        event.preventDefault();
        this.text.setRangeText("  ", this.text.selectionStart, this.text.selectionEnd, "end");
      }
    });
    root.addEventListener("toggle", () => this.draw());
  }

  draw() {
    if (!this.root.open || document.activeElement === this.text) return;
    this.text.value = JSON.stringify(this.app.definition, null, 2);
    this.showProblems([]);
  }

  async check() {
    let found;
    try {
      found = JSON.parse(this.text.value);
    } catch (error) {
      this.showProblems([{message: texts("noJson"), at: placeOf(error, this.text.value)}]);
      return;
    }
    if (!isDefinition(found)) {
      this.showProblems([{message: texts("noDefinition")}]);
      return;
    }
    this.abort?.abort();
    this.abort = new AbortController();
    try {
      await api("POST", "/api/analytics/reports/validate", {definition: found}, {signal: this.abort.signal});
      this.showProblems([]);
      if (!same(tidy(found), this.app.definition)) this.app.change(found);
    } catch (error) {
      if (error.name === "AbortError") return;
      const details = Array.isArray(error.details) ? error.details : [{message: error.message}];
      this.showProblems(details.map((one) => ({...one, at: find(this.text.value, one.path)})));
    }
  }

  showProblems(problems) {
    this.text.toggleAttribute("aria-invalid", problems.length > 0);
    this.problems.replaceChildren(...problems.map((one) => {
      const text = [one.path, one.message, one.hint].filter(Boolean).join(" · ");
      if (one.at === undefined || one.at < 0) return h("li", {}, text);
      const line = this.text.value.slice(0, one.at).split("\n").length;
      return h("li", {}, h("button", {type: "button", class: "link-button", onclick: () => {
        this.text.focus();
        this.text.setSelectionRange(one.at, one.at + 1);
        this.text.scrollTop = Math.max(0, (line - 4) * 18);
      }}, texts("line", {n: line})), ` ${text}`);
    }));
  }
}

function placeOf(error, text) {
  const at = /position (\d+)/.exec(error.message);
  if (at) return Number(at[1]);
  const line = /line (\d+) column (\d+)/.exec(error.message);
  if (!line) return text.length;
  return text.split("\n").slice(0, Number(line[1]) - 1).join("\n").length + Number(line[2]);
}

// Where a JSON pointer's value begins in a text: its keys and items, one after the other.
export function find(text, path) {
  let at = 0;
  for (const step of (path ?? "").split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const key = /^\d+$/.test(name) ? item(text, at, Number(name)) : text.indexOf(`${JSON.stringify(name)}:`, at);
    if (key < 0) return at;
    at = key;
  }
  return at;
}

function item(text, from, wanted) {
  let depth = 0;
  let seen = 0;
  let inText = false;
  for (let at = text.indexOf("[", from); at >= 0 && at < text.length; at += 1) {
    const sign = text[at];
    if (inText) {
      if (sign === "\\") at += 1;
      else if (sign === "\"") inText = false;
      continue;
    }
    if (sign === "\"") inText = true;
    else if ("[{".includes(sign)) depth += 1;
    else if ("]}".includes(sign)) depth -= 1;
    else if (sign === "," && depth === 1) seen += 1;
    if (depth === 0) return -1;
    if (depth === 1 && seen === wanted && !"[,".includes(sign) && sign.trim()) return at;
    if (depth === 2 && seen === wanted && "[{".includes(sign)) return at;
  }
  return -1;
}
