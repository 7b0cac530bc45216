// One condition on a field: the operators that its type has, and values from the data itself.
import {api} from "../lib/api.js";
import {combobox} from "../lib/combobox.js";
import {texts} from "../lib/texts.js";
import {DATES, NUMBERS} from "./definition.js";
import {field, h, icon, select} from "./dom.js";

const UNITS = ["day", "week", "month", "term"];
const PERIODS = ["day", "week", "month", "quarter", "year", "term"];
const WITHOUT = new Set(["isNull", "isNotNull", "isEmpty", "isNotEmpty", "isTrue", "isFalse"]);
const COUNTED = new Set(["inLast", "inNext", "olderThan"]);
const WHOLE = new Set(["inCurrent", "inPrevious"]);
const ONE_OF = {is: ["eq", "in"], isNot: ["ne", "notIn"]};

export function operatorsOf(type) {
  if (type === "boolean") return ["isTrue", "isFalse", "isNull"];
  if (NUMBERS.has(type)) return ["eq", "ne", "gt", "gte", "lt", "lte", "between", "isNull", "isNotNull"];
  if (DATES.has(type)) return ["inLast", "inCurrent", "inPrevious", "inNext", "between", "gte", "lt", "olderThan", "eq", "isNull", "isNotNull"];
  return ["is", "isNot", "contains", "notContains", "startsWith", "endsWith", "isNull", "isNotNull"];
}

const shape = (filter, type) => {
  if (!NUMBERS.has(type) && !DATES.has(type)) for (const [name, ops] of Object.entries(ONE_OF)) if (ops.includes(filter.op)) return name;
  return filter.op;
};

// The parts of the editor of a subject (entity, path, label, type, and `shown` for its values); `send` is called with each whole condition, and with null when its last value is gone; `done` when it is finished.
export function conditionEditor(subject, filter, send, done) {
  const {type} = subject;
  const operators = operatorsOf(type);
  const base = filter.metric ? {metric: filter.metric, ...(filter.filters ? {filters: filter.filters} : {})} : {field: filter.field};
  let current = shape(filter, type) ?? operators[0];
  const known = operators.includes(current) ? operators : [current, ...operators];
  const values = h("div", {class: "stack-s"});
  const draw = (value) => values.replaceChildren(...[valueEditor(subject, current, value, (op, chosen) => send(chosen === undefined ? {...base, op} : {...base, op, value: chosen}), () => send(null))].filter(Boolean));
  const control = select(known.map((op) => ({value: op, label: texts(`op.${DATES.has(type) && ["gte", "lt"].includes(op) ? `date.${op}` : op}`)})), current, (op) => {
    current = op;
    if (WITHOUT.has(op)) send({...base, op});
    draw(undefined);
  });
  draw(filter.value);
  if (WITHOUT.has(current) && !filter.op) send({...base, op: current});
  const head = h("div", {class: "spread"}, h("h3", {}, subject.label), h("button", {type: "button", class: "button small", onclick: done}, texts("done")));
  return [head, field(texts("condition"), control), values];
}

function valueEditor(subject, op, value, send, drop) {
  if (WITHOUT.has(op)) return null;
  if (value !== null && typeof value === "object" && value.field) return h("p", {class: "small"}, texts("otherField", {field: value.field}));
  if (ONE_OF[op]) return oneOf(subject, op, value, send, drop);
  if (COUNTED.has(op)) return counted(value, (chosen) => send(op, chosen));
  if (WHOLE.has(op)) {
    const unit = value?.unit ?? "month";
    if (value === undefined) send(op, {unit});
    return field(texts("unit"), select(PERIODS.map((one) => ({value: one, label: texts(`unit.${one}`)})), unit, (chosen) => send(op, {unit: chosen})));
  }
  if (op === "between") return between(subject, Array.isArray(value) ? value : [], (chosen) => send(op, chosen));
  const control = plain(subject, typeof value === "object" ? "" : value, (chosen) => send(op, chosen));
  return field(texts("value"), control);
}

function plain({type}, value, send) {
  const kind = DATES.has(type) ? "date" : NUMBERS.has(type) ? "number" : "text";
  const control = h("input", {class: "input", type: kind, step: kind === "number" ? "any" : null, value: value === undefined ? "" : String(value).slice(0, kind === "date" ? 10 : undefined), maxlength: kind === "text" ? "1000" : null});
  control.addEventListener("change", () => {
    if (control.value === "") return;
    send(kind === "number" ? Number(control.value) : control.value);
  });
  return control;
}

function counted(value, send) {
  const current = {n: 4, unit: "week", ...(value ?? {})};
  if (value === undefined) send({...current});
  const number = h("input", {class: "input", type: "number", min: "1", max: "10000", value: String(current.n)});
  number.addEventListener("change", () => {
    const n = Math.trunc(Number(number.value));
    if (n >= 1) send(Object.assign(current, {n}) && {...current});
  });
  const unit = select(UNITS.map((one) => ({value: one, label: texts(`unit.${one}`)})), current.unit, (chosen) => send({...Object.assign(current, {unit: chosen})}));
  return h("div", {class: "input-group"}, field(texts("howMany"), number), field(texts("unit"), unit));
}

function between(subject, value, send) {
  const ends = [...value];
  const part = (n, label) => field(label, plain(subject, ends[n], (chosen) => {
    ends[n] = chosen;
    if (ends[0] !== undefined && ends[1] !== undefined) send([...ends]);
  }));
  const isDate = DATES.has(subject.type);
  return h("div", {class: "stack-s"}, h("div", {class: "input-group"}, part(0, texts("from")), part(1, texts(isDate ? "until" : "upTo"))), isDate ? h("p", {class: "hint"}, texts("untilHint")) : null);
}

// Values as tokens, from a type-ahead over the data with the number of rows that have each.
function oneOf(subject, op, value, send, drop) {
  const chosen = value === undefined ? [] : [value].flat();
  const tokens = h("div", {class: "chip-group"});
  const sendChosen = () => {
    draw();
    if (chosen.length) send(ONE_OF[op][chosen.length > 1 ? 1 : 0], chosen.length > 1 ? [...chosen] : chosen[0]);
    else drop();
  };
  const draw = () => tokens.replaceChildren(...chosen.map((one, n) => h("span", {class: "chip removable"}, subject.shown(one), h("button", {type: "button", "aria-label": texts("removeThis", {name: subject.shown(one)}), onclick: () => {
    chosen.splice(n, 1);
    sendChosen();
  }}, icon("close")))));
  const input = h("input", {class: "input", type: "text", "aria-label": texts("values"), placeholder: texts("findValue"), maxlength: "100"});
  const add = (one) => {
    if (one !== "" && !chosen.includes(one)) chosen.push(one);
    input.value = "";
    sendChosen();
  };
  const more = h("p", {class: "hint", role: "status"});
  const whole = h("div", {class: "stack-s"}, tokens, more, field(texts("values"), input));
  const list = combobox(input, {
    source: async (text, signal) => {
      const found = await api("POST", "/run/values", {entity: subject.entity, path: subject.path, text}, {signal});
      more.textContent = found.more ? texts("moreValues", {n: new Intl.NumberFormat("en-IN").format(found.more)}) : "";
      const rows = found.values.filter((one) => !chosen.includes(one.value)).map((one) => ({value: one.value, label: one.label, note: one.count}));
      if (text && !rows.some((one) => String(one.value) === text || one.label === text)) rows.push({value: text, label: texts("exactly", {text}), note: ""});
      return rows;
    },
    onSelect: (row) => {
      add(row.value);
      list.refresh(); // one more value is as likely as none
    },
  });
  input.addEventListener("click", () => list.refresh());
  input.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !input.value && chosen.length) {
      chosen.pop();
      sendChosen();
    }
  });
  draw();
  return whole;
}
