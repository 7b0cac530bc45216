// Lists of saved items: choosing some, tidy addresses.
import {texts} from "../lib/texts.js";

const boxes = () => [...document.querySelectorAll("input[name=ids]")];
const all = () => document.querySelector("[data-select-all]");

function count() {
  const bar = document.querySelector("[data-selection]");
  if (!bar) return;
  const chosen = boxes().filter((box) => box.checked).length;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-count]").textContent = texts("selected", {n: chosen});
  const head = all();
  if (!head) return;
  head.hidden = false;
  head.checked = chosen > 0 && chosen === boxes().length;
  head.indeterminate = chosen > 0 && !head.checked;
}

document.addEventListener("change", ({target}) => {
  if (target === all()) for (const box of boxes()) box.checked = target.checked;
  if (target.name === "ids" || target === all()) count();
});
document.addEventListener("htmx:configRequest", ({detail}) => {
  if (!("tidy" in (detail.elt.closest?.("form")?.dataset ?? {}))) return;
  for (const name of [...detail.formData.keys()]) if (!detail.formData.get(name)) detail.formData.delete(name);
});
document.addEventListener("htmx:afterSettle", count);
count();
