// The question in hand: changes that can be undone, the address that holds it, a copy in the browser.
import {isSound, same, tidy} from "./definition.js";

const DEPTH = 200;

export class State {
  // `fits` refuses definitions of what isn't there; `more` is stored beside the question in its draft;
  // `display` and `savedDisplay` are the looks of its table, now and when they were saved.
  constructor(definition, {draftKey = () => "", fits = () => true, more = () => ({}), display = () => ({}), savedDisplay = () => ({})} = {}) {
    this.definition = tidy(definition);
    this.saved = this.definition;
    this.past = [];
    this.future = [];
    this.watchers = [];
    Object.assign(this, {draftKey, more, display, savedDisplay});
    this.fits = (found) => isSound(found) && fits(found);
    const asked = this.fromAddress();
    if (asked) this.definition = tidy(asked);
    this.isAddressBroken = asked === null && new URL(location.href).searchParams.has("q");
    window.addEventListener("popstate", () => {
      const found = this.fromAddress();
      this.take(found ? tidy(found) : this.saved);
    });
  }

  watch(watcher) {
    this.watchers.push(watcher);
  }

  // A change: the address follows, and it can be undone.
  set(definition, {push = true} = {}) {
    const next = tidy(definition);
    if (same(next, this.definition)) return;
    this.past.push(this.definition);
    if (this.past.length > DEPTH) this.past.shift();
    this.future = [];
    this.definition = next;
    this.write(push);
    this.notify();
  }

  undo() {
    this.step(this.past, this.future);
  }

  redo() {
    this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return;
    to.push(this.definition);
    this.definition = from.pop();
    this.write(false);
    this.notify();
  }

  // What the browser's own Back brings.
  take(definition) {
    if (same(definition, this.definition)) return;
    this.past.push(this.definition);
    this.definition = definition;
    this.notify();
  }

  get isChanged() {
    return !same(this.definition, this.saved) || !same(this.display(), this.savedDisplay());
  }

  // The address of what was saved has no question of its own: that is what is loaded.
  markSaved(path) {
    this.forget();
    this.saved = this.definition;
    history.replaceState(null, "", path);
    this.notify();
  }

  write(push) {
    const url = new URL(location.href);
    for (const name of ["template", "entity"]) url.searchParams.delete(name);
    url.searchParams.set("q", JSON.stringify(this.definition));
    history[push ? "pushState" : "replaceState"](null, "", url);
    this.remember();
  }

  remember() {
    try {
      if (!this.isChanged) localStorage.removeItem(this.draftKey());
      else localStorage.setItem(this.draftKey(), JSON.stringify({at: new Date().toISOString(), definition: this.definition, display: this.display(), ...this.more()}));
    } catch { /* a full or forbidden store: the address has it still */ }
  }

  forget() {
    try {
      localStorage.removeItem(this.draftKey());
    } catch { /* as above */ }
  }

  // A draft of an earlier visit that isn't what is here; null if there is none.
  get draft() {
    const found = this.stored;
    if (!found) return null;
    return same(tidy(found.definition), this.definition) && same(found.display ?? {}, this.display()) ? null : found;
  }

  get stored() {
    try {
      const found = JSON.parse(localStorage.getItem(this.draftKey()) ?? "null");
      return found && this.fits(found.definition) ? found : null;
    } catch {
      return null;
    }
  }

  fromAddress() {
    try {
      const found = JSON.parse(new URL(location.href).searchParams.get("q") ?? "null");
      return this.fits(found) ? found : null;
    } catch {
      return null;
    }
  }

  notify() {
    for (const watcher of this.watchers) watcher(this.definition);
  }
}
