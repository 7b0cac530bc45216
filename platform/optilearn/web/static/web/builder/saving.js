// Saving: a name at first, versions afterwards, and both choices when somebody else was faster.
import {api} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {toast} from "../lib/toast.js";
import {$, $$, h, once} from "./dom.js";
import {detailsOf, isPassing, refusalParts, signInAgain} from "./session.js";

export class Saving {
  constructor(app, item) {
    this.app = app;
    this.item = item ?? {id: null, name: "", description: "", tags: [], readerFilters: [], display: {}, visibility: "PRIVATE", roles: [], version: 0, publishedVersion: null};
    this.display = this.item.display; // as it was saved
    this.dialog = document.getElementById("save-dialog");
    this.form = $("form", this.dialog);
    const sent = once(() => this.sent());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      sent();
    });
    for (const radio of $$("[name=visibility]", this.form)) radio.addEventListener("change", () => this.roles());
    this.button = document.getElementById("save");
    this.save = once((options) => this.saveNow(options));
    this.button.addEventListener("click", () => this.save());
    document.getElementById("save-draft")?.addEventListener("click", () => this.save({publish: false}));
    document.getElementById("details")?.addEventListener("click", () => this.ask("details"));
    document.getElementById("share")?.addEventListener("click", () => this.ask("share"));
    this.draw();
  }

  draw() {
    const {item} = this;
    $("#heading-name").textContent = item.name || texts("newReport");
    document.title = `${item.name || texts("newReport")} · OptiLearn`;
    const state = document.getElementById("save-state");
    const isNew = item.id === null;
    state.textContent = this.app.state.isChanged ? texts(isNew ? "notSaved" : "changed") : isNew ? "" : texts(item.publishedVersion === item.version ? "savedState" : "draftState", {n: item.version});
    state.classList.toggle("warn", this.app.state.isChanged);
    for (const link of $$("[data-needs-id]")) {
      if (isNew) link.setAttribute("aria-disabled", "true");
      else link.removeAttribute("aria-disabled");
      if (link.dataset.href) link.setAttribute("href", isNew ? "#" : link.dataset.href.replace("ID", item.id));
    }
  }

  get body() {
    const {name, description, tags, readerFilters, display} = this.item;
    return {name, description, tags, readerFilters, display, definition: this.app.definition};
  }

  // What was chosen for a report that has no id yet.
  get unsaved() {
    const {id, name, description, tags, readerFilters} = this.item;
    return id === null && name ? {name, description, tags, readerFilters} : undefined;
  }

  take(unsaved) {
    if (this.item.id === null && typeof unsaved?.name === "string") Object.assign(this.item, unsaved);
    this.draw();
  }

  // The first save asks for a name and readers; so do the details and sharing.
  ask(reason = "save") {
    const {item, form} = this;
    form.reset();
    form.elements.name.value = item.name;
    form.elements.description.value = item.description;
    form.elements.tags.value = item.tags.join(", ");
    form.elements.visibility.value = item.visibility;
    for (const box of $$("[name=roles]", form)) box.checked = item.roles.includes(box.value);
    this.readers();
    this.roles();
    this.reason = reason;
    this.showProblem(null);
    if (!this.dialog.open) this.dialog.showModal();
    (reason === "share" ? $("[name=visibility]:checked", form) : form.elements.name).focus();
  }

  roles() {
    $("#role-list").hidden = this.form.elements.visibility.value !== "ROLE";
  }

  // The fields by which readers may narrow the report: those of its groups, filters and columns.
  readers() {
    const {definition, catalog} = this.app;
    const own = [...(definition.dimensions ?? []), ...(definition.columns ?? []), ...(definition.filters ?? [])].map((one) => one.field ?? one);
    const paths = [...new Set([...this.item.readerFilters, ...own, definition.time?.field])].filter((path) => typeof path === "string" && path !== "time");
    $("#reader-list").replaceChildren(...paths.map((path) => h("label", {class: "check"}, h("input", {type: "checkbox", name: "readerFilters", value: path, checked: this.item.readerFilters.includes(path)}), h("span", {}, catalog.label(path)))));
  }

  async sent() {
    const {form, item} = this;
    const chosen = {
      name: form.elements.name.value.trim(),
      description: form.elements.description.value.trim(),
      tags: form.elements.tags.value.split(",").map((one) => one.trim()).filter(Boolean),
      readerFilters: $$("[name=readerFilters]:checked", form).map((one) => one.value),
    };
    if (!chosen.name) return this.showProblem({message: texts("nameMissing")});
    const sharing = {visibility: form.elements.visibility.value, roles: form.elements.visibility.value === "ROLE" ? $$("[name=roles]:checked", form).map((one) => one.value) : []};
    const isShared = sharing.visibility !== item.visibility || sharing.roles.join() !== item.roles.join();
    const before = {...item};
    Object.assign(item, chosen);
    try {
      if (item.id === null) await this.create(sharing);
      else {
        if (isShared) await api("PUT", `/api/analytics/saved-items/${item.id}/sharing`, sharing);
        Object.assign(item, sharing);
        await this.write({});
      }
      this.dialog.close();
    } catch (error) {
      if (item.id === null || error.code !== "CONFLICT") Object.assign(item, before);
      this.failed(error, true);
    }
    return undefined;
  }

  // What was typed stays in the dialog: signing in again happens in another tab.
  showProblem(error) {
    const place = $("#save-problems");
    place.hidden = error === null;
    place.replaceChildren(...(error ? refusalParts(error, {inNewTab: true}) : []));
  }

  async create(sharing) {
    const data = await api("POST", "/api/analytics/saved-reports", {...this.body, sharing, publish: true});
    this.saved(data);
  }

  // Saves a new version; readers see it at once unless it is to stay a draft.
  async saveNow({publish = true} = {}) {
    if (this.item.id === null) return this.dialog.open ? undefined : this.ask();
    try {
      await this.write({publish});
    } catch (error) {
      this.failed(error);
    }
    return undefined;
  }

  async write({publish = true, note = ""}) {
    this.button.disabled = true;
    try {
      const data = await api("PUT", `/api/analytics/saved-reports/${this.item.id}`, {...this.body, basedOn: this.item.version, publish, note});
      this.saved(data);
    } finally {
      this.button.disabled = false;
    }
  }

  saved(data, {quietly = false} = {}) {
    const {id, name, description, tags, readerFilters, visibility, roles, version, publishedVersion} = data;
    this.item.display = this.display = Object.fromEntries(Object.entries(data.display ?? {}).filter(([, isOn]) => isOn));
    this.app.state.forget(); // the draft of a report that had no id yet
    document.getElementById("draft").replaceChildren();
    Object.assign(this.item, {id, name, description, tags, readerFilters, visibility, roles, version, publishedVersion});
    this.app.state.markSaved(`/reports/${id}/edit`);
    this.draw();
    if (!quietly) toast(texts(publishedVersion === version ? "savedToast" : "draftToast", {n: version}), "good");
  }

  failed(error, inDialog = false) {
    const newest = error.code === "CONFLICT" && error.details?.[0]?.newest;
    if (newest) return this.conflict(error.details[0]);
    if (inDialog) return this.showProblem(error);
    if (error.status === 401) return toast(texts("sessionEnded"), "bad", {label: texts("signInAgain"), run: signInAgain});
    const details = detailsOf(error);
    if (error.code === "REPORT_INVALID") {
      this.app.question.mark(details.map((one) => ({...one, path: (one.path ?? "").replace("/definition", "")})));
      toast(texts("cantPublish", {message: details[0].message}), "bad", {label: texts("saveDraft"), run: () => this.save({publish: false})});
    } else toast(details[0].message, "bad", isPassing(error) ? {label: texts("tryAgain"), run: () => this.save()} : null);
    return undefined;
  }

  // Somebody else saved meanwhile: both versions stay, the person chooses which is the newest.
  conflict({message, newest, changes}) {
    this.dialog.close();
    const dialog = document.getElementById("conflict-dialog");
    $("#conflict-text").textContent = message;
    $("#conflict-changes").replaceChildren(...changes.map((one) => h("li", {}, one.text)));
    $("#conflict-mine").onclick = once(async () => {
      dialog.close();
      this.item.version = newest.number;
      await this.saveNow();
    });
    $("#conflict-theirs").onclick = () => {
      dialog.close();
      const {name, description, tags, readerFilters, display, publishedVersion} = this.item;
      Object.assign(this.item, {version: newest.number, publishedVersion: newest.isPublished ? newest.number : publishedVersion, name: newest.name, description: newest.description, tags: newest.tags, readerFilters: newest.body.readerFilters ?? []});
      this.app.look(this.display = newest.body.display ?? {});
      this.app.change(newest.body.definition);
      this.app.state.saved = this.app.definition;
      this.app.state.remember();
      this.draw();
      toast(texts("theirsToast"), "", {label: texts("undo"), run: () => {
        Object.assign(this.item, {name, description, tags, readerFilters});
        this.app.look(display);
        this.app.state.undo();
      }});
    };
    dialog.showModal();
  }
}
