// The command palette: pages and verbs at once, people, reports and courses as one types.
const WAIT = 120;
let asked = 0;
let commands = null;

export function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog || dialog.open) return;
  const input = dialog.querySelector("input");
  if (!dialog.dataset.ready) prepare(dialog, input);
  dialog.showModal();
  input.select();
  find(dialog, input.value);
}

function prepare(dialog, input) {
  dialog.dataset.ready = "yes";
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => find(dialog, input.value), WAIT);
  });
  input.addEventListener("keydown", (event) => {
    const options = [...dialog.querySelectorAll("[role=option]")];
    const place = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const to = {ArrowDown: place + 1, ArrowUp: place - 1}[event.key];
    if (to !== undefined && options.length) {
      event.preventDefault();
      choose(input, options, (to + options.length) % options.length);
    } else if (event.key === "Enter" && options[place]) {
      event.preventDefault();
      location.assign(options[place].dataset.path);
    }
  });
  dialog.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.path);
  });
}

async function find(dialog, text) {
  const mine = ++asked;
  const query = text.trim();
  if (!commands?.length) commands = await load("/search.json");
  let rows = commands.filter((one) => matches(one.label, query));
  if (mine === asked) draw(dialog, rows);
  if (query.length < 2) return;
  const found = await load(`/search.json?q=${encodeURIComponent(query)}`);
  if (mine !== asked) return;
  rows = [...rows, ...found];
  draw(dialog, rows);
}

async function load(address) {
  try {
    const response = await fetch(address, {headers: {Accept: "application/json"}});
    return response.ok ? (await response.json()).data : [];
  } catch {
    return []; // the server is away: what is known already is listed
  }
}

function matches(label, query) {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => label.toLocaleLowerCase().includes(word));
}

function draw(dialog, rows) {
  const list = dialog.querySelector("ul");
  const input = dialog.querySelector("input");
  list.replaceChildren(...rows.slice(0, 40).map((row, place) => {
    const option = document.createElement("li");
    option.id = `palette-${place}`;
    option.setAttribute("role", "option");
    option.dataset.path = row.path;
    const note = document.createElement("span");
    note.className = "muted small";
    note.textContent = row.note ?? "";
    option.append(row.label, note);
    return option;
  }));
  if (!rows.length) {
    const none = document.createElement("li");
    none.className = "muted";
    none.textContent = input.dataset.none;
    list.append(none);
  }
  choose(input, [...list.querySelectorAll("[role=option]")], 0);
}

function choose(input, options, place) {
  options.forEach((one, number) => one.setAttribute("aria-selected", String(number === place)));
  input.setAttribute("aria-activedescendant", options[place]?.id ?? "");
  options[place]?.scrollIntoView({block: "nearest"});
}
