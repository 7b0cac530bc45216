// Definitions of the report language as values: read, changed, tidied. No page is needed for it.
import {after} from "./logic.js";

export const BUCKETS = ["day", "week", "month", "quarter", "year", "term", "weekOfTerm", "academicYear", "dayOfWeek", "monthOfYear", "dayOfMonth"];
export const INSTANT_BUCKETS = ["hour", ...BUCKETS, "hourOfDay"];
export const NUMBERS = new Set(["integer", "decimal", "float"]);
export const DATES = new Set(["date", "timestamp"]);
const LISTS = ["columns", "dimensions", "measures", "filters", "having", "sort"];

export function blank(entity) {
  return {version: 1, entity, mode: "categorical", dimensions: [], measures: []};
}

export const isListing = (definition) => definition.mode === "rows";
export const fieldOf = (dimension) => (typeof dimension === "string" ? dimension : dimension.field);
export const keyOf = (measure) => (typeof measure === "string" ? measure : measure.key ?? measure.metric);

// The metric's full name ("submissions.count"); "" for a measure that isn't a metric alone.
export function metricOf(measure, entity) {
  const name = typeof measure === "string" ? measure : measure.metric ?? "";
  return name && !name.includes(".") ? `${entity}.${name}` : name;
}

// The shortest form: no defaults, no nulls; a mode that fits; nothing sorted by what is gone.
export function tidy(raw) {
  const found = {version: 1, entity: raw.entity, mode: "categorical"};
  for (const [name, value] of Object.entries(raw)) {
    if (value === null || value === undefined || name === "version" || name === "mode" || name === "entity") continue;
    if (Array.isArray(value) && !value.length && !["dimensions", "measures"].includes(name)) continue;
    found[name] = bare(value);
  }
  if (raw.mode === "rows") return listing(found, raw);
  delete found.columns;
  found.dimensions = (found.dimensions ?? []).map((one) => (typeof one === "object" && Object.keys(one).length === 1 ? one.field : one));
  found.measures = (found.measures ?? []).map((one) => plainMeasure(one, found.entity));
  if (found.time) {
    found.mode = "temporal";
    if (!found.time.fill) delete found.time.fill;
  } else delete found.time;
  const keys = new Set([...found.dimensions.map(fieldOf), ...found.measures.map(keyOf), found.time?.field]);
  keepOnly(found, "sort", (one) => keys.has(one.by));
  keepOnly(found, "having", (one) => keys.has(one.measure));
  return common(found);
}

function listing(found, raw) {
  found.mode = "rows";
  for (const name of ["dimensions", "measures", "time", "having", "totals"]) delete found[name];
  found.columns = (raw.columns ?? []).map(fieldOf);
  keepOnly(found, "sort", (one) => found.columns.includes(one.by));
  return common(found);
}

function common(found) {
  if (found.totals === "none") delete found.totals;
  if ((found.filters ?? []).length < 2) delete found.filterLogic;
  if (found.sort) found.sort = found.sort.map(({by, dir}) => (dir === "desc" ? {by, dir} : {by}));
  return found;
}

function keepOnly(found, name, fits) {
  if (!found[name]) return;
  found[name] = found[name].filter(fits);
  if (!found[name].length) delete found[name];
}

function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== "object") return value;
  const parts = Object.entries(value).filter(([, part]) => part !== null && !(Array.isArray(part) && !part.length));
  return Object.fromEntries(parts.map(([name, part]) => [name, bare(part)]));
}

function plainMeasure(one, entity) {
  if (typeof one === "string") return one;
  if (Object.keys(one).some((name) => name !== "key" && name !== "metric") || !one.metric) return one;
  if (!one.key || one.key === one.metric) return one.metric;
  return `${entity}.${one.key}` === one.metric ? one.key : one;
}

export const asks = (definition) => (isListing(definition) ? definition.columns?.length > 0 : definition.measures?.length > 0 || definition.dimensions?.length > 0 || Boolean(definition.time));

// Lists are changed by making a new definition, so that the old one can be gone back to.
export function put(definition, list, place, value) {
  const items = [...(definition[list] ?? [])];
  const isNew = place === null || place >= items.length;
  if (isNew) items.push(value);
  else items[place] = value;
  const changed = {...definition, [list]: items};
  if (list === "filters" && isNew) changed.filterLogic = after(definition.filterLogic, items.length - 1, {added: true});
  return changed;
}

export function drop(definition, list, place) {
  const items = (definition[list] ?? []).filter((_, n) => n !== place);
  const changed = {...definition, [list]: items};
  if (list === "filters") changed.filterLogic = after(definition.filterLogic, items.length + 1, {removed: place + 1});
  if (list === "measures") {
    const gone = keyOf(definition.measures[place]);
    changed.measures = items.filter((one) => typeof one === "string" || one.of !== gone);
  }
  return changed;
}

export function move(definition, list, place, by) {
  const items = [...definition[list]];
  const to = place + by;
  if (to < 0 || to >= items.length) return definition;
  [items[place], items[to]] = [items[to], items[place]];
  return {...definition, [list]: items};
}

// A key for a measure that has none yet.
export function freeKey(definition, wanted) {
  const known = new Set((definition.measures ?? []).map(keyOf));
  const base = wanted.replace(/[^A-Za-z0-9]+(.)?/g, (_, next) => (next ?? "").toUpperCase()) || "measure";
  let key = base;
  for (let n = 2; known.has(key); n += 1) key = `${base}${n}`;
  return key;
}

export function toggled(definition, what, name) {
  const list = definition[what] ?? [];
  const place = list.findIndex((one) => (what === "measures" ? [keyOf(one), metricOf(one, definition.entity)].includes(name) : fieldOf(one) === name));
  return place >= 0 ? drop(definition, what, place) : put(definition, what, null, name);
}

export function withMode(definition, mode) {
  if (mode === "rows") {
    const columns = [definition.time?.field, ...(definition.dimensions ?? []).map(fieldOf)].filter(Boolean);
    return {...definition, mode, columns: definition.columns?.length ? definition.columns : columns};
  }
  return {...definition, mode: "categorical", dimensions: definition.dimensions ?? (definition.columns ?? []).slice(0, 1), measures: definition.measures ?? []};
}

// The conditions that single out a row's groups; null if one of them has none.
export function conditionsOf(definition, groups) {
  const axes = definition.time ? [null, ...definition.dimensions] : definition.dimensions ?? [];
  const found = [];
  for (const [n, value] of groups.entries()) {
    const axis = axes[n];
    if (axis === null) {
      const range = rangeOf(definition.time.bucket, value);
      if (!range) return null;
      found.push({field: definition.time.field, op: "between", value: range});
    } else if (typeof axis === "object" && axis.bins) return null;
    else if (value === null) found.push({field: fieldOf(axis), op: "isNull"});
    else if (typeof value === "boolean") found.push({field: fieldOf(axis), op: value ? "isTrue" : "isFalse"});
    else found.push({field: fieldOf(axis), op: "eq", value});
  }
  return found;
}

function rangeOf(bucket, value) {
  const end = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(end.getTime())) return null;
  const months = {month: 1, quarter: 3, year: 12}[bucket];
  const days = {day: 1, week: 7}[bucket];
  if (months) end.setUTCMonth(end.getUTCMonth() + months);
  else if (days) end.setUTCDate(end.getUTCDate() + days);
  else return null;
  return [value, end.toISOString().slice(0, 10)];
}

export function narrowed(definition, conditions) {
  const own = definition.filters ?? [];
  const found = {...definition, filters: [...own, ...conditions]};
  if (definition.filterLogic) found.filterLogic = [`(${definition.filterLogic})`, ...conditions.map((_, n) => own.length + n + 1)].join(" AND ");
  return found;
}

// A measure with filters of its own under a key of its own; everything that names it follows.
export function withFilters(definition, n, filters, wanted) {
  const current = definition.measures[n];
  const others = new Set(definition.measures.filter((_, at) => at !== n).map(keyOf));
  const measure = typeof current === "string" ? {metric: current} : {...current};
  measure.filters = filters;
  let key = filters.length || !measure.metric ? wanted || keyOf(current) : measure.metric;
  for (let at = 2; others.has(key); at += 1) key = `${wanted || measure.metric} ${at}`;
  measure.key = key;
  return renamed({...definition, measures: definition.measures.map((one, at) => (at === n ? measure : one))}, keyOf(current), key);
}

function renamed(definition, before, after) {
  const at = (name) => (one) => (one[name] === before ? {...one, [name]: after} : one);
  const found = {...definition, measures: definition.measures.map((one) => (typeof one === "string" ? one : at("of")(one)))};
  if (definition.sort) found.sort = definition.sort.map(at("by"));
  if (definition.having) found.having = definition.having.map(at("measure"));
  return found;
}

export const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isText = (value) => typeof value === "string";
const isMissing = (value) => value === undefined || value === null;
const isList = (list, fits) => isMissing(list) || (Array.isArray(list) && list.every(fits));
const isField = (one) => isText(one) || (isObject(one) && isText(one.field) && isList(one.bins, Number.isFinite));
export const isCondition = (one) => isObject(one) && isText(one.field ?? one.metric) && isText(one.op) && isList(one.filters, isCondition);
const isMeasure = (one) => isText(one) || (isObject(one) && isText(keyOf(one)) && isList(one.filters, isCondition) && isList(one.ratio, isText));

// True if the page can show it: the server says the rest. An address may hold anything.
export function isSound(value) {
  if (!isDefinition(value) || !isList(value.columns, isField) || !isList(value.dimensions, isField)) return false;
  if (!isList(value.measures, isMeasure) || !isList(value.filters, isCondition)) return false;
  if (!isList(value.having, (one) => isObject(one) && isText(one.measure) && isText(one.op))) return false;
  if (!isList(value.sort, (one) => isObject(one) && isText(one.by))) return false;
  if (!isMissing(value.time) && !(isObject(value.time) && isText(value.time.field) && isText(value.time.bucket))) return false;
  return ["chart", "compare"].every((name) => isMissing(value[name]) || isObject(value[name])) && ["filterLogic", "asOf"].every((name) => isMissing(value[name]) || isText(value[name]));
}

export const isDefinition = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && typeof value.entity === "string" && LISTS.every((name) => value[name] === undefined || value[name] === null || Array.isArray(value[name]));
