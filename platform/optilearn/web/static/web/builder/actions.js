// What is done with a report besides asking it: files, an explanation, a place on a dashboard.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {$, $$, h, select} from "./dom.js";

const WIDTH = 6;
const HEIGHT = 5;

export async function exportAs(format, body) {
  try {
    await api("POST", "/api/analytics/exports", {clientId: crypto.randomUUID(), format, ...body});
    toast(texts("exportStarted"), "good", {label: texts("toExports"), run: () => location.assign("/exports")});
  } catch (error) {
    toast(error.details?.[0]?.message ?? error.message, "bad");
  }
}

export function wireExports(body) {
  for (const button of $$("[data-export]")) {
    button.addEventListener("click", () => {
      button.closest("details").open = false;
      const sent = body();
      if (sent) exportAs(button.dataset.export, sent);
    });
  }
}

export async function explain(ask) {
  const dialog = document.getElementById("explain-dialog");
  const body = $("#explain-body", dialog);
  body.replaceChildren(h("div", {class: "skeleton"}, h("div", {class: "line"}), h("div", {class: "line"})));
  dialog.showModal();
  try {
    const found = await ask();
    const parts = [h("ul", {class: "words"}, found.words.map((one) => h("li", {}, one)))];
    const facts = [texts("readsTables", {tables: found.tables.join(", ")})];
    if (found.estimatedRows !== null) facts.push(texts("readsRows", {n: new Intl.NumberFormat("en-IN").format(found.estimatedRows)}));
    parts.push(h("p", {class: "muted small"}, facts.join(" · ")));
    if (found.sql) parts.push(h("details", {}, h("summary", {}, "SQL"), h("pre", {class: "code", tabindex: "0"}, found.sql), h("pre", {class: "code", tabindex: "0"}, JSON.stringify(found.parameters, null, 2))));
    body.replaceChildren(...parts);
  } catch (error) {
    body.replaceChildren(h("p", {class: "error"}, error.details?.[0]?.message ?? error.message));
  }
}

export async function addToDashboard(item) {
  const dialog = document.getElementById("dashboard-dialog");
  const body = $("#dashboard-body", dialog);
  dialog.showModal();
  try {
    const boards = (await api("GET", "/api/analytics/dashboards?perPage=100")).filter((one) => one.mayEdit);
    if (!boards.length) {
      body.replaceChildren(h("p", {}, texts("noDashboard")), h("a", {class: "button", href: "/dashboards/new"}, texts("newDashboard")));
      return;
    }
    let chosen = String(boards[0].id);
    const control = select(boards.map((one) => ({value: String(one.id), label: one.name})), chosen, (id) => { chosen = id; }, {"aria-label": texts("dashboard")});
    body.replaceChildren(control, h("div", {class: "row actions"}, h("button", {type: "button", class: "button primary", onclick: () => place(dialog, chosen, item)}, texts("addTile"))));
  } catch (error) {
    body.replaceChildren(h("p", {class: "error"}, error.message));
  }
}

async function place(dialog, id, item) {
  try {
    const board = await api("GET", `/api/analytics/dashboards/${id}`);
    const row = Math.max(0, ...board.tiles.map((one) => one.place.row + one.place.height));
    const tile = {key: `report${item.id}x${Date.now() % 1e6}`, title: item.name, savedItemId: item.id, place: {column: 0, row, width: WIDTH, height: HEIGHT}};
    const filters = board.filters.map(({key, isRequired}) => (isRequired === undefined ? {key} : {key, isRequired}));
    await api("PUT", `/api/analytics/dashboards/${id}`, {name: board.name, description: board.description, tags: board.tags, tiles: [...board.tiles.map(bare), tile], filters, basedOn: board.version, publish: board.publishedVersion !== null});
    dialog.close();
    toast(texts("tileAdded", {name: board.name}), "good", {label: texts("openIt"), run: () => location.assign(`/dashboards/${id}`)});
  } catch (error) {
    dialog.close();
    toast(error.details?.[0]?.message ?? error.message, "bad");
  }
}

const bare = (tile) => Object.fromEntries(Object.entries(tile).filter(([, value]) => value !== null));
