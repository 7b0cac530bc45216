// The schedule's form: it shows the fields that belong to what is chosen, and finds people by name.
import {api} from "../lib/api.js";
import {combobox} from "../lib/combobox.js";

const form = document.querySelector("[data-schedule-form]");

function arrange() {
  for (const part of form.querySelectorAll("[data-for]")) {
    const [name, values] = part.dataset.for.split("=");
    part.hidden = !values.split(",").includes(form.elements[name].value);
  }
  for (const count of form.querySelectorAll("[data-counts]")) {
    const chosen = form.querySelectorAll(`input[name="${count.dataset.counts}"]:checked`).length;
    count.textContent = chosen || "";
  }
  form.elements.at.required = form.elements.trigger.value === "TIME";
}

form.addEventListener("change", (event) => {
  arrange();
  if (event.target.matches("[data-reloads]")) send("item"); // its formats and filters are others
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-removes-chip]");
  if (!button) return;
  event.preventDefault();
  button.closest("[data-person-chip]").remove();
  changed();
});

function send(action) {
  const wanted = document.createElement("input");
  wanted.type = "hidden";
  wanted.name = "do";
  wanted.value = action;
  form.append(wanted);
  form.submit();
}

function changed() {
  form.dispatchEvent(new Event("change", {bubbles: true}));
}

function chipOf(row, input) {
  const chip = document.createElement("span");
  chip.className = "chip removable";
  chip.dataset.personChip = "";
  const id = Object.assign(document.createElement("input"), {type: "hidden", name: "person", value: row.value});
  const label = Object.assign(document.createElement("label"), {className: "split-class"});
  label.append(Object.assign(document.createElement("input"), {className: "input tiny", name: `part-${row.value}`, placeholder: input.dataset.class}));
  label.firstChild.setAttribute("aria-label", `${row.label}: ${input.dataset.class}`);
  const remove = Object.assign(document.createElement("button"), {type: "button", className: "icon-button", textContent: "×"});
  remove.dataset.removesChip = "";
  remove.setAttribute("aria-label", `${input.dataset.remove} ${row.label}`);
  chip.append(id, row.label, label, remove);
  return chip;
}

const people = form.querySelector("[data-people]");
if (people) {
  combobox(people, {
    source: async (query, signal) => {
      if (query.length < 2) return [];
      const rows = await api("GET", `/api/people?status=ACTIVE&perPage=20&q=${encodeURIComponent(query)}`, undefined, {signal});
      return rows.map((one) => ({value: String(one.id), label: one.name, note: one.className || one.role}));
    },
    onSelect: (row) => {
      if (!form.querySelector(`input[name="person"][value="${row.value}"]`)) {
        people.closest(".input-group").before(chipOf(row, people));
      }
      people.value = "";
      changed();
    },
  });
  people.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && people.value.trim()) { event.preventDefault(); send("add"); }
  });
}

arrange();
