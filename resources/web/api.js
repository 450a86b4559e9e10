// How the pages talk to the server: the key, errors as sentences, streams of events.

import { text, number } from "./texts.js";

const kKeyName = "hearth-key";

export const key = {
  get: () => sessionStorage.getItem(kKeyName) ?? "",
  set: (value) =>
    value ? sessionStorage.setItem(kKeyName, value) : sessionStorage.removeItem(kKeyName),
};

// What went wrong, as a sentence for people. `status`: 0 where there was no answer.
export class ServerError extends Error {
  constructor(sentence, status = 0) {
    super(sentence);
    this.status = status;
  }
}

// Header values hold no other characters; a key with some could only be a mistake.
function authorisation() {
  const value = key.get();
  return /^[\x21-\x7e]+$/.test(value) ? { Authorization: "Bearer " + value } : {};
}

// The server's codes that have words of the page's own; its sentences are English.
const kCodes = {
  context_length_exceeded: "tooLong",
  model_not_found: "noSuchModel",
  out_of_memory: "noMemory",
  model_unloaded: "unloading",
  loading: "loading",
  device_lost: "deviceLost",
  overloaded: "busy",
  queue_full: "busy",
  too_many_connections: "busy",
  timeout: "tookTooLong",
};

// What an error object says: of an answer, or within a stream. Empty if it says nothing.
export function sentenceOf(error) {
  if (error?.code === "context_length_exceeded" && error.n_prompt_tokens && error.n_ctx)
    return text("overflow", number(error.n_prompt_tokens), number(error.n_ctx));
  return kCodes[error?.code] ? text(kCodes[error.code]) : (error?.message ?? "");
}

function sentenceOfAnswer(response, body) {
  const seconds = response.headers.get("retry-after");
  if (response.status === 429) return seconds ? text("busyFor", seconds) : text("busy");
  return sentenceOf(body?.error) || text("failed", response.status);
}

// Asks the server. Throws ServerError for what is no success, and AbortError where `signal` ends it.
export async function ask(path, { method = "GET", body, signal } = {}) {
  let response;
  try {
    const headers = authorisation();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    response = await fetch(path, {
      method,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError(text("unreachable"));
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new ServerError(sentenceOfAnswer(response, answer), response.status);
}

export const askJson = async (path, options) => (await ask(path, options)).json();

// The events of a stream: { data } for each, { comment } for each comment line.
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServerError(text("broken"));
    }
    if (piece.done) return;
    const lines = (rest + piece.value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "" && data.length > 0) {
        yield { data: data.join("\n") };
        data = [];
      } else if (line.startsWith("data:")) {
        data.push(line.slice(5).replace(/^ /, ""));
      } else if (line.startsWith(":")) {
        yield { comment: line.slice(1).trim() };
      }
    }
  }
}
