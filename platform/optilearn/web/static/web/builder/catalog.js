// What can be asked, by name: labels, types, and what goes together.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {fieldOf, keyOf, metricOf} from "./definition.js";

const known = new Map();
const loaded = new Map();

export async function loadCatalog(entity) {
  if (!known.has(entity)) known.set(entity, api("GET", `/reports/choices/${encodeURIComponent(entity)}`).then((data) => {
    loaded.set(entity, new Catalog(data));
    return loaded.get(entity);
  }));
  try {
    return await known.get(entity);
  } catch (error) {
    known.delete(entity);
    throw error;
  }
}

export class Catalog {
  constructor(data) {
    const {entity, rowLabel, paths, measures} = data;
    Object.assign(this, {entity, rowLabel, paths, measures});
    this.byPath = new Map(data.paths.map((one, n) => [one.path, {...one, n}]));
    this.byMetric = new Map(data.measures.map((one) => [one.name, one]));
    this.seen = Object.fromEntries(Object.entries(data.sees).map(([key, list]) => [key, new Set(list)]));
  }

  label(path) {
    return this.byPath.get(path)?.label ?? this.metric(path)?.label ?? path;
  }

  type(path) {
    return this.byPath.get(path)?.type ?? "text";
  }

  metric(name) {
    return this.byMetric.get(name) ?? this.byMetric.get(`${this.entity}.${name}`);
  }

  // The entity whose rows a measure adds up; null where only the engine can tell.
  entityOf(measure, measures) {
    const metric = this.metric(metricOf(measure, this.entity));
    if (metric) return metric.entity;
    if (measure?.calc) {
      const base = measures.find((one) => keyOf(one) === measure.of);
      return base ? this.entityOf(base, measures) : null;
    }
    return measure?.field && this.byPath.has(measure.field) ? this.entity : null;
  }

  // The entity whose fields a measure's own filters name; null where it can have none.
  filteredBy(measure, measures) {
    if (measure?.calc || measure?.formula) return null;
    if (measure?.ratio) return this.metric(measure.ratio[0])?.entity ?? null;
    if (measure?.agg && !measure.field) return this.entity;
    return this.entityOf(measure, measures);
  }

  // The names by which a measure's own filters go.
  namesOf(measure, measures) {
    return loaded.get(this.filteredBy(measure, measures)) ?? this;
  }

  // The measures of the question that can't be told apart by a path.
  against(path, measures) {
    const n = this.byPath.get(path)?.n;
    return measures.filter((one) => {
      const seen = this.seen[this.entityOf(one, measures)];
      return seen && n !== undefined && !seen.has(n);
    });
  }

  // The groups of the question by which a metric can't be told apart.
  unseen(metric, paths) {
    const seen = this.seen[metric.entity];
    return paths.filter((path) => this.byPath.has(path) && !seen.has(this.byPath.get(path).n));
  }

  // Fields of other places that a chosen measure can be told apart by, named alike.
  instead(path, measures) {
    const asked = this.byPath.get(path);
    return this.paths.filter((one) => one.path !== path && one.name === asked.name && !this.against(one.path, measures).length).slice(0, 2);
  }

  measureText(measure, measures = []) {
    const name = typeof measure === "string" ? measure : measure.metric;
    if (typeof measure !== "string" && measure.calc) {
      const base = measures.find((one) => keyOf(one) === measure.of);
      return texts(`calc.${measure.calc}`, {measure: base ? this.measureText(base, measures) : this.label(measure.of), n: measure.n ?? 3});
    }
    let text = name ? this.metric(name)?.label ?? name : "";
    if (measure.formula) text = `${measure.key} = ${measure.formula}`;
    else if (measure.ratio) text = measure.ratio.map((one) => this.label(one)).join(" ÷ ");
    else if (measure.agg) text = texts(`agg.${aggName(measure.agg)}`, {field: measure.field ? this.label(measure.field) : this.rowLabel, q: measure.agg.quantile});
    const names = this.namesOf(measure, measures);
    const extra = (measure.filters ?? []).map((one) => names.filterText(one)).join(` ${texts("and")} `);
    if (extra) text = texts("onlyWhere", {measure: text, filters: extra});
    for (const part of ["offset", "trailing", "toDate"]) if (measure[part]) text += ` (${texts(part, {n: measure[part].n ?? "", unit: texts(`unit.${measure[part].unit}`)})})`;
    return text || keyOf(measure);
  }

  dimensionText(dimension) {
    const text = this.label(fieldOf(dimension));
    return dimension.bins ? `${text} (${dimension.bins.join(", ")})` : text;
  }

  filterText(filter) {
    const subject = this.label(filter.field ?? filter.metric);
    return texts(`says.${filter.op}`, {field: subject, value: this.valueText(filter)});
  }

  // A value as a person reads it: a code by its label.
  value(path, value) {
    return this.byPath.get(path)?.choices[value] ?? String(value);
  }

  valueText({value, op, field}) {
    if (value === undefined || value === null) return "";
    if (Array.isArray(value)) {
      const listed = value.slice(0, 4).map((one) => this.value(field, one));
      if (value.length > 4) listed.push(texts("more", {n: value.length - 4}));
      return listed.join(` ${texts(op === "between" ? "to" : "or")} `);
    }
    if (typeof value === "object") return value.field ?? `${value.n ?? ""} ${texts(`unit.${value.unit}`)}`.trim();
    return this.value(field, value);
  }
}

const aggName = (agg) => (typeof agg === "string" ? agg : "quantile");
