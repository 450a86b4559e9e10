// The documents: every operation of /openapi.json, with its fields, to be tried here.

import { ask, key } from "./api.js";
import { exampleBody, fieldsOf, rangeText, resolve, typeText } from "./schema.js";
import { copyText, make, number, text, translatePage } from "./texts.js";

const kMethods = ["get", "post", "put", "delete", "patch"];
const kMostShown = 1 << 20; // Characters of an answer.
const kMostRows = 14; // Of a body, so that what sends it stays near.
const byId = (id) => document.getElementById(id);
let root = {};
let defaultModel = "";

// --- What an operation takes ---------------------------------------------------------------------

function tableOf(rows) {
  const table = make("table", "fields");
  const head = make("tr");
  for (const name of ["field", "type", "meaning"]) head.append(make("th", "", text(name)));
  const body = make("tbody");
  for (const row of rows) {
    const line = make("tr");
    const type = make("td", "", row.type);
    if (row.range) type.append(make("br"), make("span", "muted", row.range));
    const meaning = make("td");
    if (row.isRequired) meaning.append(make("strong", "", text("required")), " ");
    meaning.append(row.meaning);
    line.append(make("td", "", row.name), type, meaning);
    body.append(line);
  }
  const thead = make("thead");
  thead.append(head);
  table.append(thead, body);
  return table;
}

const bodySchema = (operation) =>
  Object.values(resolve(operation.requestBody ?? {}, root).content ?? {})[0]?.schema;

function parameterRows(parameters) {
  return parameters.map((parameter) => ({
    name: `${parameter.name} (${parameter.in})`,
    type: typeText(parameter.schema ?? {}, root),
    range: rangeText(parameter.schema ?? {}, root),
    meaning: parameter.description ?? "",
    isRequired: parameter.required ?? false,
  }));
}

// --- Trying it -----------------------------------------------------------------------------------

const quoted = (content) => "'" + content.replaceAll("'", "'\\''") + "'";

function curlOf(method, url, body) {
  const parts = ["curl"];
  if (method !== (body === undefined ? "GET" : "POST")) parts.push("-X", method);
  parts.push(quoted(url));
  if (key.get()) parts.push("\\\n  -H \"Authorization: Bearer $HEARTH_API_KEY\"");
  if (body !== undefined)
    parts.push("\\\n  -H 'Content-Type: application/json' \\\n  -d", quoted(body));
  return parts.join(" ");
}

function withModel(example) {
  if (example && typeof example === "object" && defaultModel && "model" in example)
    return { ...example, model: defaultModel };
  return example;
}

class Trial {
  constructor(method, path, parameters, schema) {
    this.method = method.toUpperCase();
    this.path = path;
    this.box = make("div", "try");
    this.inputs = parameters
      .filter((parameter) => parameter.in === "path" || parameter.in === "query")
      .map((parameter) => ({ parameter, input: this.addField(parameter.name, make("input")) }));
    if (schema) {
      this.body = this.addField(text("body"), make("textarea"));
      this.body.spellcheck = false;
      this.body.value = JSON.stringify(withModel(exampleBody(schema, root)), null, 2);
      this.body.rows = Math.min(kMostRows, this.body.value.split("\n").length + 1);
    }
    this.addButtons();
    this.problem = make("p", "wrong");
    this.problem.setAttribute("role", "alert");
    this.answer = make("pre");
    this.answer.tabIndex = 0;
    this.answer.setAttribute("aria-label", text("answer"));
    this.problem.hidden = this.answer.hidden = true;
    this.box.append(this.problem, this.answer);
    this.curl = this.addCode();
    this.box.addEventListener("input", () => this.refresh());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || this.send.disabled) return;
      event.preventDefault();
      this.run();
    });
    this.refresh();
  }

  addField(name, field) {
    const label = make("label", "", name);
    label.append(field);
    this.box.append(label);
    return field;
  }

  addButtons() {
    const row = make("div", "buttons");
    this.send = make("button", "primary", text("send"));
    this.stop = make("button", "", text("stop"));
    this.stop.hidden = true;
    this.send.addEventListener("click", () => this.run());
    this.stop.addEventListener("click", () => this.controller?.abort());
    this.status = make("span", "muted");
    this.status.setAttribute("role", "status");
    row.append(this.send, this.stop, this.status);
    this.box.append(row);
  }

  addCode() {
    const block = make("div", "code");
    const head = make("div", "code-head");
    const copy = make("button", "quiet", text("copy"));
    const pre = make("pre");
    copy.addEventListener("click", () => copyText(pre.textContent, copy));
    head.append(make("span", "muted", "curl"), copy);
    block.append(head, pre);
    this.box.append(block);
    return pre;
  }

  url() {
    let path = this.path;
    const query = new URLSearchParams();
    for (const { parameter, input } of this.inputs) {
      if (parameter.in === "path")
        path = path.replace(new RegExp(`\\{${parameter.name}(\\.\\.\\.)?\\}`),
                            () => encodeURIComponent(input.value).replaceAll("%2F", "/"));
      else if (input.value) query.set(parameter.name, input.value);
    }
    return path + (query.size ? "?" + query : "");
  }

  refresh() {
    this.curl.textContent = curlOf(this.method, location.origin + this.url(), this.body?.value);
  }

  async run() {
    let body;
    this.problem.hidden = true;
    if (this.body) {
      try {
        body = JSON.parse(this.body.value);
      } catch (error) {
        this.complain(text("notJson", error.message));
        this.body.focus();
        return;
      }
    }
    this.controller = new AbortController();
    this.send.disabled = true;
    this.stop.hidden = false;
    await this.show(body);
    this.send.disabled = false;
    this.stop.hidden = true;
  }

  complain(sentence) {
    this.problem.hidden = false;
    this.problem.textContent = sentence;
  }

  async show(body) {
    const begun = performance.now();
    this.answer.textContent = "";
    this.answer.hidden = false;
    this.status.textContent = "…";
    this.answer.scrollIntoView({ block: "nearest" });
    let bytes = 0;
    let status = "";
    try {
      const headers = body === undefined ? {} : { "Content-Type": "application/json" };
      if (/^[\x21-\x7e]+$/.test(key.get())) headers.Authorization = "Bearer " + key.get();
      const response = await fetch(this.url(), {
        method: this.method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: this.controller.signal,
      });
      status = `${response.status} ${response.statusText}`.trim();
      if (response.status === 401) this.complain(text("needsKey"));
      const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        if (bytes < kMostShown) this.answer.append(piece.value);
        bytes += piece.value.length;
      }
      if (isJson && bytes < kMostShown)
        this.answer.textContent = JSON.stringify(JSON.parse(this.answer.textContent), null, 2);
    } catch (error) {
      if (error.name !== "AbortError") {
        this.complain(text("unreachable"));
      }
      status ||= text("stopped");
    }
    this.answer.hidden = bytes === 0;
    this.answer.scrollIntoView({ block: "nearest" });
    const milliseconds = performance.now() - begun;
    this.status.textContent = text("answered", status, number(milliseconds), number(bytes));
  }
}

// --- The list ------------------------------------------------------------------------------------

function operationBox(method, path, operation, shared) {
  const box = make("details", "operation");
  const summary = make("summary");
  summary.append(make("span", "method", method.toUpperCase()), make("span", "path", path),
                 make("span", "muted", operation.summary ?? ""));
  box.append(summary);
  box.dataset.words = `${method} ${path} ${operation.summary ?? ""}`.toLowerCase();
  // Hundreds of tables are made only where somebody looks.
  box.addEventListener("toggle", () => box.open && fill(box, method, path, operation, shared),
                       { once: true });
  return box;
}

function fill(box, method, path, operation, shared) {
  if (box.querySelector(".inside")) return;
  const inside = make("div", "inside");
  const parameters = [...shared, ...(operation.parameters ?? [])].map((p) => resolve(p, root));
  const schema = bodySchema(operation);
  if (operation.description) inside.append(make("p", "", operation.description));
  // To try comes first: tables may be many screens long.
  inside.append(make("h3", "", text("tryIt")));
  inside.append(new Trial(method, path, parameters, schema).box);
  if (parameters.length > 0)
    inside.append(make("h3", "", text("parameters")), tableOf(parameterRows(parameters)));
  const rows = schema ? fieldsOf(schema, root) : [];
  if (rows.length > 0) inside.append(make("h3", "", text("fields")), tableOf(rows));
  box.append(inside);
}

function showOperations() {
  const groups = new Map();
  for (const [path, item] of Object.entries(root.paths ?? {}))
    for (const method of kMethods) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? text("other");
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationBox(method, path, operation, item.parameters ?? []));
    }
  const list = byId("operations");
  list.replaceChildren();
  for (const [tag, boxes] of groups) {
    const group = make("section", "group");
    group.append(make("h2", "", tag), ...boxes);
    list.append(group);
  }
}

function filter() {
  const wanted = byId("find").value.trim().toLowerCase();
  let shown = 0;
  for (const group of document.querySelectorAll(".group")) {
    let inGroup = 0;
    for (const box of group.querySelectorAll(".operation")) {
      box.hidden = !box.dataset.words.includes(wanted);
      inGroup += box.hidden ? 0 : 1;
    }
    group.hidden = inGroup === 0;
    shown += inGroup;
  }
  byId("none").hidden = shown > 0;
}

async function load() {
  try {
    root = await (await ask("openapi.json")).json();
  } catch (error) {
    byId("none").hidden = false;
    byId("none").textContent = `${text("docsFailed")} ${error.message}`;
    return;
  }
  // Examples then name a model that is there; without a key they keep the document's.
  const models = await ask("v1/models").then((r) => r.json()).catch(() => ({}));
  defaultModel = models.data?.[0]?.id ?? "";
  showOperations();
  filter();
}

translatePage();
byId("key").value = key.get();
byId("key").addEventListener("change", () => {
  key.set(byId("key").value.trim());
  load();
});
byId("find").addEventListener("input", filter);
load();
