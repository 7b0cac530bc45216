// Completes names of tables and columns, and keywords, at the caret of the editor.
import {texts} from "../lib/texts.js";

const KEYWORDS = "SELECT FROM WHERE GROUP BY ALL ORDER BY HAVING LIMIT JOIN LEFT JOIN ON USING AS AND OR NOT IN IS NULL BETWEEN LIKE ILIKE CASE WHEN THEN ELSE END DISTINCT UNION EXCEPT INTERSECT WITH OVER PARTITION BY FILTER DESC ASC count sum avg min max median round coalesce date_trunc date_diff quantile_cont list string_agg".split(/ (?!BY\b|JOIN\b|ALL\b)/);
const SHOWN = 40;

export function completion(field, words) {
  const list = document.createElement("ul");
  list.className = "completions";
  list.id = "sql-completions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", texts("completions"));
  list.hidden = true;
  field.parentElement.append(list);
  for (const [name, value] of Object.entries({"aria-autocomplete": "list", "aria-controls": list.id, "aria-haspopup": "listbox"})) field.setAttribute(name, value);

  let rows = [];
  let place = 0;
  let start = 0;

  const close = () => {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const open = (forced) => {
    const found = candidates(field.value, field.selectionStart, words, forced);
    rows = found.rows;
    start = found.start;
    if (!rows.length) return close();
    place = 0;
    list.hidden = false;
    draw();
    position();
  };
  const draw = () => {
    list.replaceChildren(...rows.map((row, at) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${at}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(at === place));
      const kind = Object.assign(document.createElement("span"), {className: "kind", textContent: row.kind});
      item.append(row.text, kind);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); accept(at); });
      return item;
    }));
    field.setAttribute("aria-activedescendant", `${list.id}-${place}`);
    list.children[place]?.scrollIntoView({block: "nearest"});
  };
  const position = () => {
    const before = field.value.slice(0, start);
    const line = before.split("\n").length - 1;
    const column = before.length - before.lastIndexOf("\n") - 1;
    const left = 12 + column * widthOf(field) - field.scrollLeft;
    list.style.left = `${Math.max(0, Math.min(left, field.clientWidth - 230))}px`;
    list.style.top = `${8 + (line + 1) * 21 - field.scrollTop}px`;
  };
  const accept = (at) => {
    const row = rows[at];
    close();
    if (row) insert(field, start, field.selectionStart, row.text);
  };

  field.addEventListener("input", (event) => {
    if (event.inputType?.startsWith("delete") && list.hidden) return;
    open(false);
  });
  field.addEventListener("blur", close);
  field.addEventListener("scroll", () => { if (!list.hidden) position(); });
  field.addEventListener("click", close);
  return {
    // True if the key was for the list.
    key(event) {
      if (event.key === " " && event.ctrlKey) { open(true); return true; }
      if (list.hidden) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        place = (place + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
        draw();
        return true;
      }
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey || event.key === "Tab" && !event.shiftKey) { accept(place); return true; }
      if (event.key === "Escape") { close(); return true; }
      if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") close();
      return false;
    },
  };
}

export function insert(field, from, to, text) {
  field.focus();
  field.setSelectionRange(from, to);
  // The one way that leaves Ctrl Z working; browsers keep it for text fields.
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text, from, to, "end");
}

function candidates(sql, caret, words, forced) {
  const before = sql.slice(0, caret);
  if (isInText(before)) return {rows: [], start: caret};
  const [, owner, typed] = before.match(/(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)?$/);
  const part = (typed ?? "").toLowerCase();
  const start = caret - (typed ?? "").length;
  if (!forced && !owner && !part) return {rows: [], start};
  const known = tables(sql, words);
  let rows = [];
  if (owner) {
    const view = known.get(owner.toLowerCase());
    rows = view ? words[view].map((text) => ({text, kind: view})) : [];
  } else {
    const views = new Set(known.values());
    for (const view of views) rows.push(...words[view].map((text) => ({text, kind: view})));
    rows.push(...Object.keys(words).map((text) => ({text, kind: "table"})), ...KEYWORDS.map((text) => ({text, kind: ""})));
  }
  const seen = new Set();
  rows = rows.filter((row) => {
    const low = row.text.toLowerCase();
    if (seen.has(low) || !low.startsWith(part) || (low === part && !forced)) return false;
    return seen.add(low);
  });
  return {rows: rows.slice(0, SHOWN), start};
}

// The tables of the statement by their names and aliases, in lower case.
function tables(sql, words) {
  const names = new Map(Object.keys(words).map((name) => [name.toLowerCase(), name]));
  const found = new Map();
  for (const [, name, alias] of sql.matchAll(/\b(?:FROM|JOIN|,)\s+([A-Za-z_]\w*)(?:\s+(?:AS\s+)?([A-Za-z_]\w*))?/gi)) {
    const view = names.get(name.toLowerCase());
    if (!view) continue;
    found.set(name.toLowerCase(), view);
    if (alias) found.set(alias.toLowerCase(), view);
  }
  return found;
}

function isInText(before) {
  const plain = before.replace(/'(?:[^']|'')*'/g, "").replace(/--[^\n]*\n/g, "\n");
  return plain.includes("'") || /--[^\n]*$/.test(plain);
}

let width = 0;
function widthOf(field) {
  if (!width) {
    const context = document.createElement("canvas").getContext("2d");
    context.font = getComputedStyle(field).font;
    width = context.measureText("m".repeat(100)).width / 100;
  }
  return width;
}
