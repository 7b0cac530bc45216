// The alert's form: it shows the fields that belong to the condition that is chosen.
import "./backtest.js";

const form = document.querySelector("[data-alert-form]");

function arrange() {
  const condition = form.elements.condition;
  if (!condition) return;
  const kind = condition.value.split("-")[0];
  for (const part of form.querySelectorAll("[data-kinds]")) {
    part.hidden = !part.dataset.kinds.split(",").includes(kind);
  }
  const sign = form.querySelector("[data-percent-sign]");
  const measure = form.elements.measure.selectedOptions[0];
  if (measure?.dataset.percent !== "yes") sign.hidden = true;
}

form.addEventListener("change", (event) => {
  arrange();
  if (!event.target.matches("[data-reloads]")) return;
  const wanted = Object.assign(document.createElement("input"), {type: "hidden", name: "do", value: "report"});
  form.append(wanted);
  form.submit(); // its measures are others
});

arrange();
