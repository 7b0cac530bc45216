// Elements with their texts (never HTML), and small windows beside what they are about.
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in element && name !== "list" && name !== "form" && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// An icon of the page's set, from the templates that the page brought along.
export function icon(name) {
  const found = document.getElementById(`icon-${name}`);
  return found ? found.content.firstElementChild.cloneNode(true) : document.createTextNode("");
}

let open = null;

// A window beside an element; it goes by Escape, by a click elsewhere, or by its own close().
export function popover(anchor, label, children, {onClose} = {}) {
  open?.hidePopover();
  const mark = anchor.dataset.chip;
  const box = h("div", {class: "popover stack-s", role: "dialog", "aria-label": label, popover: "auto"}, children);
  document.body.append(box);
  box.showPopover();
  place(box, anchor);
  open = box;
  box.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    box.remove();
    if (open === box) open = null;
    onClose?.();
    const back = mark ? document.querySelector(`[data-chip="${CSS.escape(mark)}"]`) : anchor;
    if (document.activeElement === document.body) (back?.isConnected ? back : document.querySelector("#question button"))?.focus();
  });
  $("input:not([type=hidden]), select, textarea, button, summary", box)?.focus();
  return {box, close: () => box.isConnected && box.hidePopover()};
}

// What is about the question before doesn't outlive it: the browser's Back closes all windows.
window.addEventListener("popstate", () => {
  open?.hidePopover();
  for (const dialog of $$("dialog[open]")) dialog.close();
});

function place(box, anchor) {
  const at = anchor.getBoundingClientRect();
  const {width, height} = box.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
  const below = at.bottom + 6;
  const top = below + height > innerHeight - 8 ? Math.max(8, Math.min(at.top - height - 6, innerHeight - height - 8)) : below;
  box.style.left = `${left}px`;
  box.style.top = `${top < 8 ? 8 : top}px`;
}

export function field(label, control, hint) {
  const id = control.id || `f${Math.random().toString(36).slice(2, 9)}`;
  control.id = id;
  return h("div", {class: "field"}, h("label", {for: id}, label), hint ? h("p", {class: "hint"}, hint) : null, control);
}

export function select(options, value, onchange, props = {}) {
  const control = h("select", {class: "input", onchange: (event) => onchange(event.target.value), ...props});
  for (const {value: key, label, disabled} of options) control.append(h("option", {value: key, disabled}, label));
  control.value = value ?? "";
  return control;
}

// A click while the first one is still at work does nothing.
export function once(run) {
  let isBusy = false;
  return async (...args) => {
    if (isBusy) return;
    isBusy = true;
    try {
      await run(...args);
    } finally {
      isBusy = false;
    }
  };
}

export function debounced(run, ms) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), ms);
  };
}
