// The chat page: one conversation with a model of this server, kept in this browser.

import { ServerError, ask, askJson, events, key, sentenceOf } from "./api.js";
import { Graphs } from "./graphs.js";
import { showMarkdown } from "./markdown.js";
import { copyText, make, number, text, translatePage } from "./texts.js";

const kStore = "hearth-chat";
const kNear = 80; // Pixels from the end at which the view follows what is written.
const byId = (id) => document.getElementById(id);

const state = {
  model: "",
  system: "",
  temperature: 0.7,
  maxTokens: null,
  messages: [], // { role, content, thought, foot, failed }
};
let running = null; // AbortController of the reply on its way.

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(kStore) ?? "{}");
    for (const name of Object.keys(state))
      if (typeof kept[name] === typeof state[name] || name === "maxTokens")
        state[name] = kept[name] ?? state[name];
    state.messages = Array.isArray(state.messages) ? state.messages : [];
  } catch {
    localStorage.removeItem(kStore);
  }
}

function save() {
  try {
    localStorage.setItem(kStore, JSON.stringify(state));
  } catch {
    tell(text("storage"));
  }
}

// --- Notices and the key -------------------------------------------------------------------------

function tell(sentence, action, run) {
  const notice = byId("notice");
  const [words, button] = notice.children;
  notice.hidden = !sentence;
  words.textContent = sentence;
  button.hidden = !action;
  button.textContent = action ?? "";
  button.onclick = () => {
    notice.hidden = true;
    run?.();
  };
}

let keyWaits = null;
// Resolves once a key was given; one prompt for all who wait.
function askForKey() {
  keyWaits ??= new Promise((resolve) => {
    byId("key-wrong").hidden = key.get() === "";
    byId("key-dialog").showModal();
    byId("key-dialog").onclose = () => {
      key.set(byId("key").value.trim());
      byId("key").value = "";
      keyWaits = null;
      resolve();
    };
  });
  return keyWaits;
}

// Runs what asks the server, again after each wrong key.
async function withKey(run) {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (error.status !== 401) throw error;
      await askForKey();
    }
  }
}

// --- The conversation ----------------------------------------------------------------------------

let follows = true; // What is written, until the person scrolls away from it.

function bindScrolling() {
  const log = byId("log");
  log.addEventListener("scroll", () => {
    follows = log.scrollHeight - log.scrollTop - log.clientHeight < kNear;
  });
  // Panels and the keyboard of a phone take room from the end.
  let height = 0;
  new ResizeObserver(() => {
    if (log.clientHeight !== height && follows) toEnd();
    height = log.clientHeight;
  }).observe(log);
}

function toEnd() {
  follows = true;
  byId("log").scrollTop = byId("log").scrollHeight;
}

function thoughtBox(message, isRunning) {
  const box = make("details", "thought");
  box.append(make("summary", "muted", text(isRunning && !message.content ? "thinking" : "thought")));
  box.append(make("div", "thought-text", message.thought));
  return box;
}

function footOf(message, isLast) {
  const foot = make("div", "foot muted");
  const copy = make("button", "quiet", text("copy"));
  copy.addEventListener("click", () => copyText(message.content, copy));
  if (message.content) foot.append(copy);
  if (isLast) {
    const again = make("button", "quiet", text("regenerate"));
    again.id = "regenerate";
    again.addEventListener("click", regenerate);
    foot.append(again);
  }
  if (message.foot) foot.append(make("span", "figures", message.foot));
  return foot;
}

// Fills the element of a message; keeps its Markdown blocks where they stay the same.
function showMessage(element, message, { isRunning = false, isLast = false } = {}) {
  const [before, body, after] = element.children;
  if (message.role === "user") {
    body.textContent = message.content;
    return;
  }
  const wasOpen = before.firstChild?.open ?? false;
  before.replaceChildren();
  if (message.thought) {
    before.append(thoughtBox(message, isRunning));
    before.firstChild.open = wasOpen;
  }
  showMarkdown(body, message.content);
  after.replaceChildren();
  if (isRunning && !message.content && !message.thought)
    after.append(make("p", "muted waiting", message.status || "…"));
  if (message.failed) after.append(make("p", "wrong", message.failed));
  if (!isRunning) after.append(footOf(message, isLast));
}

function addElement(message) {
  const element = make("article", message.role);
  element.append(make("div"), make("div", "text"), make("div"));
  element.setAttribute("aria-label", message.role === "user" ? text("you") : state.model);
  byId("log").append(element);
  return element;
}

function showAll() {
  byId("log").replaceChildren();
  state.messages.forEach((message, i) =>
    showMessage(addElement(message), message, { isLast: i === state.messages.length - 1 }));
  if (state.messages.length === 0) {
    const empty = make("div", "empty");
    empty.append(make("h2", "", text("emptyTitle")), make("p", "muted", text("emptyText")));
    byId("log").append(empty);
  }
  toEnd();
}

function requestBody() {
  const messages = state.messages
    .filter((message) => message.content)
    .map(({ role, content }) => ({ role, content }));
  if (state.system.trim()) messages.unshift({ role: "system", content: state.system });
  const body = {
    model: state.model,
    messages,
    temperature: state.temperature,
    stream: true,
    stream_options: { include_usage: true },
  };
  if (state.maxTokens) body.max_tokens = state.maxTokens;
  return body;
}

// Reads a reply that was asked for at `begun` into `message`; `changed` is called as it grows.
async function readReply(response, begun, message, changed) {
  let first = 0;
  let usage = null;
  let isDone = false;
  for await (const event of events(response)) {
    if (event.comment !== undefined) {
      message.status = text(event.comment.startsWith("loading") ? "loading" : "waiting");
      changed();
      continue;
    }
    if (event.data === "[DONE]") {
      isDone = true;
      break;
    }
    const chunk = JSON.parse(event.data);
    if (chunk.error) throw new ServerError(sentenceOf(chunk.error) || text("broken"));
    usage = chunk.usage ?? usage;
    const choice = chunk.choices?.[0];
    const content = choice?.delta?.content ?? "";
    const thought = choice?.delta?.reasoning_content ?? "";
    if ((content || thought) && !first) first = performance.now();
    message.content += content;
    message.thought += thought;
    message.finish = choice?.finish_reason ?? message.finish;
    changed();
  }
  if (!isDone && !message.finish) throw new ServerError(text("broken"));
  const tokens = usage?.completion_tokens ?? 0;
  const seconds = (performance.now() - first) / 1000;
  const parts = [];
  if (tokens > 1 && first && seconds > 0) parts.push(text("perSecond", number((tokens - 1) / seconds)));
  if (first) parts.push(`TTFT ${text("milliseconds", number(first - begun))}`);
  if (tokens) parts.push(text("tokens", number(tokens)));
  if (message.finish === "length") parts.push(text("cutOff"));
  message.foot = parts.join(" · ");
}

// What is there of a reply outlives a reload.
addEventListener("pagehide", () => {
  if (!running) return;
  const message = state.messages.at(-1);
  delete message.status;
  message.foot = text("stopped");
  save();
});

function setRunning(controller) {
  running = controller;
  byId("send").hidden = controller !== null;
  byId("stop").hidden = controller === null;
  document.body.classList.toggle("running", controller !== null);
}

async function answer() {
  tell("");
  const controller = new AbortController();
  setRunning(controller);
  const message = { role: "assistant", content: "", thought: "", foot: "", failed: "" };
  state.messages.push(message);
  showAll();
  const element = byId("log").lastElementChild;
  let isPending = false;
  const show = () => {
    isPending = false;
    showMessage(element, message, { isRunning: running === controller, isLast: true });
    if (follows) toEnd();
  };
  const changed = () => {
    if (!isPending) requestAnimationFrame(show);
    isPending = true;
  };
  show();
  try {
    state.messages.pop();
    const body = requestBody();
    state.messages.push(message);
    let begun = 0;
    const response = await withKey(() => {
      begun = performance.now();
      return ask("v1/chat/completions", { method: "POST", body, signal: controller.signal });
    });
    await readReply(response, begun, message, changed);
  } catch (error) {
    if (error.name === "AbortError") message.foot = text("stopped");
    else if (error instanceof ServerError) message.failed = error.message;
    else message.failed = text("broken");
    if (error.status === 404) loadModels(); // Others than were there.
  }
  delete message.status;
  setRunning(null);
  show();
  byId("spoken").textContent = message.failed || message.content;
  save();
}

function send() {
  const prompt = byId("prompt").value.trim();
  if (!prompt || running) return;
  if (!state.model) {
    tell(text("noModels"), text("retry"), loadModels);
    return;
  }
  byId("prompt").value = "";
  fitPrompt();
  state.messages.push({ role: "user", content: prompt });
  save();
  answer();
}

function regenerate() {
  if (running || state.messages.at(-1)?.role !== "assistant") return;
  state.messages.pop();
  answer();
}

function newChat() {
  running?.abort();
  state.messages = [];
  tell("");
  save();
  showAll();
  byId("prompt").focus();
}

// --- Models and settings -------------------------------------------------------------------------

async function loadModels() {
  try {
    const list = await withKey(() => askJson("v1/models"));
    const names = (list.data ?? []).map((model) => model.id);
    byId("model").replaceChildren(...names.map((name) => new Option(name, name)));
    if (!names.includes(state.model)) state.model = names[0] ?? "";
    byId("model").value = state.model;
    tell(names.length > 0 ? "" : text("noModels"), text("retry"), loadModels);
  } catch (error) {
    tell(error.message, text("retry"), loadModels);
  }
}

function fitPrompt() {
  const prompt = byId("prompt");
  prompt.style.height = "auto";
  prompt.style.height = Math.min(prompt.scrollHeight, 200) + "px";
}

function bindSettings() {
  const keep = (id, name, read) =>
    byId(id).addEventListener("input", () => {
      state[name] = read(byId(id));
      byId("temperature-shown").textContent = state.temperature.toFixed(2);
      save();
    });
  byId("system").value = state.system;
  byId("temperature").value = state.temperature;
  byId("temperature-shown").textContent = state.temperature.toFixed(2);
  byId("max-tokens").value = state.maxTokens ?? "";
  keep("system", "system", (field) => field.value);
  keep("temperature", "temperature", (field) => Number(field.value));
  keep("max-tokens", "maxTokens", (field) => {
    const tokens = parseInt(field.value, 10);
    return tokens > 0 ? tokens : null;
  });
  byId("model").addEventListener("change", () => {
    state.model = byId("model").value;
    save();
  });
}

function bindButtons(graphs) {
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("prompt").addEventListener("input", fitPrompt);
  byId("prompt").addEventListener("keydown", (event) => {
    // Enter within an input method's window is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      send();
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("key-dialog").open) running?.abort();
  });
  byId("stop").addEventListener("click", () => running?.abort());
  byId("new-chat").addEventListener("click", newChat);
  const toggle = (button, show) =>
    byId(button).addEventListener("click", () => {
      const isShown = byId(button).getAttribute("aria-expanded") !== "true";
      byId(button).setAttribute("aria-expanded", isShown);
      show(isShown);
    });
  toggle("show-graphs", (isShown) => graphs.show(isShown));
  toggle("show-settings", (isShown) => (byId("settings").hidden = !isShown));
  byId("key-dialog").addEventListener("cancel", (event) => event.preventDefault());
}

translatePage();
load();
bindSettings();
bindScrolling();
bindButtons(new Graphs(byId("graphs")));
showAll();
loadModels();
byId("prompt").focus();
