// A saved report put onto one of one's own dashboards.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {$, h, once, select} from "./dom.js";
import {refusalParts} from "./session.js";

export async function addToDashboard(item) {
  const dialog = document.getElementById("dashboard-dialog");
  const body = $("#dashboard-body", dialog);
  body.replaceChildren(h("div", {class: "skeleton"}, h("div", {class: "line"})));
  if (!dialog.open) dialog.showModal();
  const refuse = (error) => body.replaceChildren(h("div", {class: "notice warn"}, h("div", {}, refusalParts(error, {retry: () => addToDashboard(item), inNewTab: true}))));
  try {
    const boards = (await api("GET", "/api/analytics/dashboards?perPage=100")).filter((one) => one.mayEdit);
    if (!boards.length) {
      body.replaceChildren(h("p", {}, texts("noDashboard")), h("a", {class: "button", href: "/dashboards/new"}, texts("newDashboard")));
      return;
    }
    let chosen = boards[0];
    const control = select(boards.map((one) => ({value: String(one.id), label: one.name})), String(chosen.id), (id) => { chosen = boards.find((one) => String(one.id) === id); }, {"aria-label": texts("dashboard")});
    body.replaceChildren(control, h("div", {class: "row actions"}, h("button", {type: "button", class: "button primary", onclick: once(() => place(dialog, chosen, item).catch(refuse))}, texts("addTile"))));
  } catch (error) {
    refuse(error);
  }
}

async function place(dialog, board, item) {
  await api("POST", `/dashboards/${board.id}/tiles`, new URLSearchParams({item: item.id}));
  dialog.close();
  toast(texts("tileAdded", {name: board.name}), "good", {label: texts("openIt"), run: () => location.assign(`/dashboards/${board.id}/edit`)});
}
