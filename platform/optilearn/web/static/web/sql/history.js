// What was run, on this device, for this person alone.
import {texts} from "../lib/texts.js";

const KEPT = 30;
const key = `optilearn-sql:${document.body.dataset.person ?? ""}`;

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function write(rows) {
  try {
    localStorage.setItem(key, JSON.stringify(rows));
  } catch { /* storage may be full or switched off: then there is no history */ }
}

// How long ago: a moment on this device has no zone to be told in.
function ago(moment) {
  const minutes = Math.round((moment - Date.now()) / 60000);
  const [count, unit] = Math.abs(minutes) < 60 ? [minutes, "minute"] : Math.abs(minutes) < 1440 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  return new Intl.RelativeTimeFormat(document.documentElement.lang, {numeric: "auto"}).format(count, unit);
}

export function remember(sql) {
  write([{sql, at: new Date().toISOString()}, ...read().filter((one) => one.sql !== sql)].slice(0, KEPT));
}

export function showHistory(open) {
  const section = document.querySelector("[data-history]");
  const list = section.querySelector("[data-history-list]");
  const rows = read();
  section.querySelector("[data-forgets]").hidden = rows.length === 0;
  list.replaceChildren(...rows.map((one) => {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), {type: "button", className: "history-item"});
    const when = Object.assign(document.createElement("span"), {className: "muted small"});
    when.textContent = ago(new Date(one.at));
    button.append(Object.assign(document.createElement("pre"), {textContent: one.sql}), when);
    button.addEventListener("click", () => open(one.sql));
    item.append(button);
    return item;
  }));
  if (!rows.length) list.append(Object.assign(document.createElement("li"), {className: "muted", textContent: texts("noHistory")}));
}

document.querySelector("[data-forgets]")?.addEventListener("click", () => {
  write([]);
  showHistory(() => {});
});
