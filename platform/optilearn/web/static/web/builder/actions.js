// What is done with a report besides asking it: files, an explanation, a place on a dashboard.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {$, $$, h, once, select} from "./dom.js";
import {detailsOf, refusalParts} from "./session.js";

export async function exportAs(format, body) {
  try {
    await api("POST", "/api/analytics/exports", {clientId: newId(), format, ...body});
    toast(texts("exportStarted"), "good", {label: texts("toExports"), run: () => location.assign("/exports")});
  } catch (error) {
    toast(error.status === 401 ? texts("sessionEnded") : detailsOf(error)[0].message, "bad");
  }
}

// A random UUID; addresses without TLS don't have the browser's own.
function newId() {
  const [a, b, c] = crypto.getRandomValues(new Uint32Array(3));
  const hex = [a, b, c, Date.now() >>> 0].map((one) => one.toString(16).padStart(8, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export function wireExports(body) {
  for (const button of $$("[data-export]")) {
    button.addEventListener("click", once(async () => {
      button.closest("details").open = false;
      const sent = body();
      if (sent) await exportAs(button.dataset.export, sent);
    }));
  }
}

export async function explain(ask) {
  const dialog = document.getElementById("explain-dialog");
  const body = $("#explain-body", dialog);
  body.replaceChildren(h("div", {class: "skeleton"}, h("div", {class: "line"}), h("div", {class: "line"})));
  if (!dialog.open) dialog.showModal();
  try {
    const found = await ask();
    const parts = [h("ul", {class: "words"}, found.words.map((one) => h("li", {}, one)))];
    const facts = [texts("readsTables", {tables: found.entities.join(", ")})];
    if (found.estimatedRows !== null) facts.push(texts("readsRows", {n: new Intl.NumberFormat("en-IN").format(found.estimatedRows)}));
    parts.push(h("p", {class: "muted small"}, facts.join(" · ")));
    if (found.sql) parts.push(h("details", {}, h("summary", {}, "SQL"), h("pre", {class: "code", tabindex: "0"}, found.sql), h("pre", {class: "code", tabindex: "0"}, JSON.stringify(found.parameters, null, 2))));
    body.replaceChildren(...parts);
  } catch (error) {
    body.replaceChildren(h("div", {class: "notice warn"}, h("div", {}, refusalParts(error, {retry: () => explain(ask)}))));
  }
}
