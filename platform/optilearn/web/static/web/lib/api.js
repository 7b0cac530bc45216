// Requests to our own addresses; a refusal is an ApiError with its code, message and details.
// Without an answer (no network, no server, a proxy's page) its code is UNREACHABLE.
export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details;
    this.requestId = error.requestId;
  }
}

export const UNREACHABLE = "UNREACHABLE";
const PROBE = "/favicon.ico";
const LONGEST_WAIT = 30000;

// A body is sent as JSON, or as a form where it is URLSearchParams.
export async function api(method, path, body, {signal} = {}) {
  const isForm = body instanceof URLSearchParams;
  const headers = {Accept: "application/json", ...(body === undefined || isForm ? {} : {"Content-Type": "application/json"})};
  let response;
  try {
    response = await fetch(path, {method, signal, headers, body: body === undefined || isForm ? body : JSON.stringify(body)});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable(0);
  }
  const answer = await read(response);
  if (response.ok && !answer.error) return answer.data;
  throw new ApiError(response.status, answer.error);
}

async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable(response.status);
  }
}

function unreachable(status) {
  const message = document.getElementById("toasts").dataset.unreachable;
  return new ApiError(status, {code: UNREACHABLE, message: status ? `${message} (${status})` : message});
}

// Resolves once the server answers again; never, if the signal is aborted before.
export async function whenBack(signal) {
  for (let wait = 1500; !signal.aborted; wait = Math.min(wait * 1.5, LONGEST_WAIT)) {
    await pause(wait, signal);
    if (signal.aborted) break;
    try {
      const response = await fetch(PROBE, {method: "HEAD", cache: "no-store", signal});
      if (response.status < 500) return;
    } catch { /* not yet */ }
  }
  await new Promise(() => {});
}

// A while, or until the network is there again.
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    for (const [target, name] of [[window, "online"], [signal, "abort"]]) target.addEventListener(name, () => { clearTimeout(timer); resolve(); }, {once: true});
  });
}
