// The page's translated texts: texts("rows", {n: 3}).
const element = document.getElementById("texts");
const known = element ? JSON.parse(element.textContent) : {};

export function texts(key, values = {}) {
  const text = known[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
