// The logic of numbered filters: "1 AND (2 OR 3)" as a tree, and back. No page is needed for it.
// A tree is a number, or {op: "AND" | "OR", parts: [trees]}; AND binds tighter.
export class LogicError extends Error {
  constructor(code, at, values = {}) {
    super(code);
    this.code = code;
    this.at = at;
    this.values = values;
  }
}

const TOKEN = /\s*(?:(\d+)|(and|or|और|या)|([()])|(\S))/giuy;

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim()) {
    const [whole, number, word, bracket, other] = TOKEN.exec(text);
    const at = TOKEN.lastIndex - whole.trimStart().length;
    if (other) throw new LogicError("odd", at, {text: other});
    if (number) found.push({kind: "number", value: Number(number), at});
    else if (word) found.push({kind: /^(and|और)$/i.test(word) ? "AND" : "OR", at});
    else found.push({kind: bracket, at});
  }
  return found;
}

// Raises LogicError: odd, end, word, open, unknown {n}, skipped {n}, empty.
export function parse(text, count) {
  const list = tokens(text);
  let place = 0;
  const used = new Set();
  const peek = () => list[place]?.kind;
  const chain = (op, next) => {
    const parts = [next()];
    while (peek() === op) {
      place += 1;
      parts.push(next());
    }
    return joined(op, parts);
  };
  const either = () => chain("OR", both);
  const both = () => chain("AND", unit);
  const unit = () => {
    const token = list[place];
    if (!token) throw new LogicError("end", text.length);
    place += 1;
    if (token.kind === "number") {
      if (token.value < 1 || token.value > count) throw new LogicError("unknown", token.at, {n: token.value});
      used.add(token.value);
      return token.value;
    }
    if (token.kind !== "(") throw new LogicError("word", token.at);
    const inner = either();
    if (peek() !== ")") throw new LogicError("open", token.at);
    place += 1;
    return inner;
  };
  if (!list.length) throw new LogicError("empty", 0);
  const tree = either();
  if (place < list.length) throw new LogicError(list[place].kind === ")" ? "close" : "word", list[place].at);
  for (let n = 1; n <= count; n += 1) if (!used.has(n)) throw new LogicError("skipped", text.length, {n});
  return tree;
}

export function joined(op, parts) {
  const flat = parts.flatMap((part) => (part.op === op ? part.parts : [part]));
  return flat.length === 1 ? flat[0] : {op, parts: flat};
}

export function allOf(count) {
  return joined("AND", Array.from({length: count}, (_, n) => n + 1));
}

export function write(tree, leaf = String, words = {AND: "AND", OR: "OR"}, inside = "") {
  if (typeof tree === "number") return leaf(tree);
  const text = tree.parts.map((part) => write(part, leaf, words, tree.op)).join(` ${words[tree.op]} `);
  return inside ? `(${text})` : text;
}

// The tree without a filter, those after it one down; null if nothing is left.
export function without(tree, n) {
  if (typeof tree === "number") return tree === n ? null : tree > n ? tree - 1 : tree;
  const parts = tree.parts.map((part) => without(part, n)).filter((part) => part !== null);
  return parts.length ? joined(tree.op, parts) : null;
}

export function isPlain(tree, count) {
  return tree === null || write(tree) === write(allOf(Math.max(count, 1)));
}

// The logic of a definition after its filters were changed: null where it is a plain AND.
export function after(logic, before, change) {
  let tree;
  try {
    tree = logic ? parse(logic, before) : before ? allOf(before) : null;
  } catch {
    tree = before ? allOf(before) : null;
  }
  let count = before;
  if (change.removed) {
    tree = tree === null ? null : without(tree, change.removed);
    count -= 1;
  } else if (change.added) {
    count += 1;
    tree = tree === null ? count : joined("AND", [tree, count]);
  }
  return count < 2 || isPlain(tree, count) ? null : write(tree);
}
