// A combobox (ARIA 1.2) over a list of any length: only the rows in sight are in the page.
//   combobox(input, {source: async (query, signal) => [{value, label, note}], onSelect, wait})
const ROW = 32;
const SHOWN = 10;
let made = 0;

export function combobox(input, {source, onSelect, wait = 150}) {
  const box = document.createElement("div");
  box.className = "combobox";
  input.before(box);
  const list = document.createElement("ul");
  list.id = `combobox-${++made}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.getAttribute("aria-label") ?? input.labels?.[0]?.textContent ?? "");
  list.hidden = true;
  const hadFocus = document.activeElement === input; // moving it takes the focus away
  box.append(input, list);
  if (hadFocus) input.focus();
  const attributes = {role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off"};
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);

  let rows = [];
  let place = -1;
  let abort = null;
  let timer = 0;
  let isStale = false; // the rows are of what was typed before

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    place = -1;
  };
  const pick = (row) => {
    if (!row) return;
    close();
    onSelect(row);
  };
  const draw = () => {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const last = Math.min(rows.length, first + SHOWN + 10);
    const items = [spacer(first), ...rows.slice(first, last).map((row, at) => option(row, first + at)), spacer(rows.length - last)];
    list.replaceChildren(...items);
  };
  const option = (row, at) => {
    const item = document.createElement("li");
    item.id = `${list.id}-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(at === place));
    item.setAttribute("aria-posinset", at + 1);
    item.setAttribute("aria-setsize", rows.length);
    item.append(row.label);
    if (row.note) {
      const note = document.createElement("span");
      note.className = "muted small";
      note.textContent = row.note;
      item.append(note);
    }
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      pick(row);
    });
    return item;
  };
  const spacer = (count) => {
    const item = document.createElement("li");
    item.setAttribute("role", "presentation");
    item.style.height = `${count * ROW}px`;
    return item;
  };
  const find = async () => {
    abort?.abort();
    abort = new AbortController();
    try {
      rows = await source(input.value.trim(), abort.signal);
    } catch (error) {
      if (error.name !== "AbortError") close();
      return;
    }
    isStale = false;
    if (document.activeElement !== input) return;
    place = rows.length ? 0 : -1;
    list.hidden = rows.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    list.scrollTop = 0;
    move(0);
  };
  const move = (to) => {
    if (!rows.length) return;
    place = (to + rows.length) % rows.length;
    if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
    if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
    draw();
    input.setAttribute("aria-activedescendant", `${list.id}-${place}`);
  };

  list.addEventListener("scroll", draw);
  input.addEventListener("input", () => {
    isStale = true;
    clearTimeout(timer);
    timer = setTimeout(find, wait);
  });
  input.addEventListener("focus", find);
  input.addEventListener("mousedown", () => { if (document.activeElement === input && list.hidden) find(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (event) => {
    const to = {ArrowDown: place + 1, ArrowUp: place - 1, PageDown: Math.min(place + SHOWN, rows.length - 1), PageUp: Math.max(place - SHOWN, 0)}[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (list.hidden) find();
      else move(to);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      if (isStale) { // typed faster than the list came: its first row would be another one
        clearTimeout(timer);
        await find();
        if (isStale || list.hidden) return; // no list came, or more was typed meanwhile
      }
      pick(rows[place]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
  });
  return {close, refresh: find};
}
