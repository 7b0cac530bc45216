// Requests to our own addresses; a refusal is an ApiError with its code, message and details.
export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details;
    this.requestId = error.requestId;
  }
}

export async function api(method, path, body, {signal} = {}) {
  const response = await fetch(path, {
    method,
    signal,
    headers: {Accept: "application/json", ...(body === undefined ? {} : {"Content-Type": "application/json"})},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await read(response);
  if (response.ok && !answer.error) return answer.data;
  throw new ApiError(response.status, answer.error ?? {code: "INTERNAL_ERROR", message: response.statusText});
}

async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return {error: {code: "INTERNAL_ERROR", message: `${response.status} ${response.statusText}`}};
  }
}
