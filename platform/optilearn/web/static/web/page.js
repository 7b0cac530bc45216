// What every page has: menus, dialogs, toasts, the sidebar, the palette.
import {openPalette} from "./palette.js";
import {toast} from "./lib/toast.js";

const CLOSES_AFTER = 6000;

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const opener = target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  if (target.closest("[data-closes]")) target.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement && target.open && isBeside(target, event)) target.close();
  if (target.closest("[data-toggles-sidebar]")) toggleSidebar();
  if (target.closest("[data-opens-palette]")) openPalette();
});

// True for a click on the backdrop: not the end of a double click on what opened the dialog, nor of
// a selection that began inside.
let pressed = null;
document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
function isBeside(dialog, event) {
  const {left, right, top, bottom} = dialog.getBoundingClientRect();
  const isInside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
  return !isInside && event.detail === 1 && pressed === dialog;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  const menu = event.target instanceof Element ? event.target.closest("details.menu[open]") : null;
  if (menu) moveInMenu(menu, event);
});

document.addEventListener("toggle", (event) => {
  if (event.target instanceof HTMLElement && event.target.matches("details.menu[open]")) {
    event.target.querySelector(".menu-list :is(a, button, input:not([type=hidden]))")?.focus();
  }
}, true);

// A form is sent once, however often its button is clicked.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get" || form.matches("[hx-post], [data-downloads]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  window.addEventListener("pageshow", () => delete form.dataset.sent, {once: true});
});

document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) location.reload();
  else toast(readable(event.detail.xhr), "bad");
});
document.addEventListener("htmx:sendError", () => toast(document.getElementById("toasts").dataset.unreachable, "bad"));

for (const shown of document.querySelectorAll("#toasts .toast")) {
  setTimeout(() => shown.remove(), CLOSES_AFTER);
}
document.getElementById("problems")?.focus();

function readable(xhr) {
  try {
    return JSON.parse(xhr.responseText).error.message;
  } catch {
    return new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("p")?.textContent ?? String(xhr.status);
  }
}

function toggleSidebar() {
  const narrow = document.body.classList.toggle("narrow-sidebar");
  document.cookie = `optilearn_sidebar=${narrow ? "narrow" : "wide"}; path=/; max-age=31536000; samesite=lax`;
}

function moveInMenu(menu, event) {
  const items = [...menu.querySelectorAll(".menu-list :is(a, button, input:not([type=hidden]))")];
  const place = items.indexOf(document.activeElement);
  const to = {ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1}[event.key];
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (to !== undefined) {
    event.preventDefault();
    items[(to + items.length) % items.length]?.focus();
  }
}
