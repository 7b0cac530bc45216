// The alert's form: it shows the fields that belong to the condition that is chosen.
import "./backtest.js";

const form = document.querySelector("[data-alert-form]");

function arrange() {
  const condition = form.elements.condition;
  if (!condition) return;
  form.dataset.kind = condition.value; // alerts.css shows what belongs to it
  const measure = form.elements.measure.selectedOptions[0];
  form.querySelector("[data-percent-sign]").hidden = measure?.dataset.percent !== "yes";
}

form.addEventListener("change", (event) => {
  arrange();
  if (!event.target.matches("[data-reloads]")) return;
  const wanted = Object.assign(document.createElement("input"), {type: "hidden", name: "do", value: "report"});
  form.append(wanted);
  form.submit(); // its measures are others
});

arrange();
