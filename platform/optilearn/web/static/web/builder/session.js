// What a refusal looks like anywhere on the page; after signing in again one is back here, with everything.
import {UNREACHABLE} from "../lib/api.js";
import {texts} from "../lib/texts.js";
import {h} from "./dom.js";

const RESUMES = "optilearn-resumes";
const LONGEST_ADDRESS = 1900; // longer ones don't come back from the sign-in: the draft has them

export const page = {isLeaving: false};

// Where one has to sign in first, and is led back from.
export function addressBack() {
  const whole = location.pathname + location.search;
  return whole.length > LONGEST_ADDRESS ? location.pathname : whole;
}

export function signInAgain() {
  page.isLeaving = true;
  try {
    sessionStorage.setItem(RESUMES, location.pathname);
  } catch { /* the draft is offered then */ }
  location.assign(addressBack());
}

// True once after signing in again: the draft is taken up without a question.
export function resumes() {
  try {
    const found = sessionStorage.getItem(RESUMES) === location.pathname;
    sessionStorage.removeItem(RESUMES);
    return found;
  } catch {
    return false;
  }
}

export const detailsOf = (error) => (Array.isArray(error.details) && error.details.length ? error.details : [{message: error.message}]);
export const isPassing = (error) => error.code === UNREACHABLE || error.status >= 500 || error.status === 429;

// The paragraphs of a refusal: why, what would help, and a way on.
export function refusalParts(error, {retry = null, inNewTab = false} = {}) {
  if (error.status === 401) {
    const link = h("a", inNewTab ? {href: addressBack(), target: "_blank"} : {href: addressBack(), onclick: (event) => { event.preventDefault(); signInAgain(); }}, texts("signInAgain"));
    return [h("p", {}, h("strong", {}, texts("sessionEnded")), " ", link)];
  }
  const parts = detailsOf(error).map((one) => h("p", {}, h("strong", {}, one.message ?? ""), one.hint ? h("span", {class: "muted"}, ` ${one.hint}`) : null));
  if (error.requestId && error.status >= 500) parts.push(h("p", {class: "small"}, texts("requestId", {id: error.requestId})));
  if (retry && isPassing(error)) parts.push(h("p", {}, h("button", {type: "button", class: "button small", onclick: retry}, texts("tryAgain"))));
  return parts;
}
