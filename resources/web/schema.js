// What a JSON schema says, for people: types, ranges, fields, and an example to begin with.

import { number, text } from "./texts.js";

const kDeepest = 6;
// What a body begins with where its document gives no example.
const kBeginnings = {
  model: "",
  messages: [{ role: "user", content: "Hello" }],
  prompt: "Hello",
  input: "Hello",
  inputs: "Hello",
  query: "Warm",
  documents: ["A quiet hearth", "A loud fan"],
};

// The schema that a reference means; `root` is the whole document.
export function resolve(schema, root) {
  for (let i = 0; schema?.$ref?.startsWith("#/") && i < kDeepest; ++i)
    schema = schema.$ref.slice(2).split("/").reduce(
      (at, name) => at?.[name.replace(/~1/g, "/").replace(/~0/g, "~")], root);
  if (!schema?.allOf) return schema ?? {};
  const parts = schema.allOf.map((part) => resolve(part, root));
  return parts.reduce(
    (all, part) => ({
      ...all,
      ...part,
      properties: { ...all.properties, ...part.properties },
      required: [...(all.required ?? []), ...(part.required ?? [])],
    }),
    schema);
}

const choices = (schema) => schema.anyOf ?? schema.oneOf;

export function typeText(schema, root, depth = 0) {
  schema = resolve(schema, root);
  if (depth > kDeepest) return "…";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (choices(schema))
    return [...new Set(choices(schema).map((one) => typeText(one, root, depth + 1)))].join(" | ");
  const types = [].concat(schema.type ?? (schema.properties ? "object" : "any"));
  return types
    .map((type) =>
      type === "array" && schema.items ? `[${typeText(schema.items, root, depth + 1)}]` : type)
    .join(" | ");
}

// "0 … 2", "≥ 1", "at most 64 long"
export function rangeText(schema, root) {
  schema = resolve(schema, root);
  const parts = [];
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  if (low !== undefined && high !== undefined) {
    const open = schema.exclusiveMinimum !== undefined ? "(" : "[";
    const close = schema.exclusiveMaximum !== undefined ? ")" : "]";
    parts.push(`${open}${number(low, 6)} … ${number(high, 6)}${close}`);
  } else if (low !== undefined) {
    parts.push(`${schema.exclusiveMinimum !== undefined ? ">" : "≥"} ${number(low, 6)}`);
  } else if (high !== undefined) {
    parts.push(`${schema.exclusiveMaximum !== undefined ? "<" : "≤"} ${number(high, 6)}`);
  }
  const least = schema.minLength ?? schema.minItems;
  const most = schema.maxLength ?? schema.maxItems;
  if (least !== undefined || most !== undefined)
    parts.push(text("lengths", number(least ?? 0), most === undefined ? "∞" : number(most)));
  if (schema.default !== undefined) parts.push(text("byDefault", JSON.stringify(schema.default)));
  return parts.join(", ");
}

// Rows { name, type, range, meaning, isRequired } of an object's members, those within it too.
export function fieldsOf(schema, root, prefix = "", depth = 0) {
  schema = resolve(schema, root);
  const rows = [];
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const known = resolve(member, root);
    rows.push({
      name: prefix + name,
      type: typeText(member, root),
      range: rangeText(member, root),
      meaning: known.description ?? "",
      isRequired: (schema.required ?? []).includes(name),
    });
    const inner = known.type === "array" ? resolve(known.items ?? {}, root) : known;
    const mark = known.type === "array" ? "[]." : ".";
    if (inner.properties && depth < 2)
      rows.push(...fieldsOf(inner, root, prefix + name + mark, depth + 1));
  }
  return rows;
}

function exampleOf(schema, root, depth) {
  schema = resolve(schema, root);
  const given = schema.example ?? schema.examples?.[0] ?? schema.default ?? schema.const;
  if (given !== undefined) return given;
  if (schema.enum) return schema.enum[0];
  if (choices(schema)) return exampleOf(choices(schema)[0], root, depth + 1);
  const type = [].concat(schema.type ?? (schema.properties ? "object" : "null"))[0];
  if (type === "object") return exampleBody(schema, root, depth + 1);
  if (type === "array") return depth > kDeepest ? [] : [exampleOf(schema.items ?? {}, root, depth + 1)];
  if (type === "string") return "";
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  return type === "boolean" ? false : null;
}

// The body to begin with: what the document gives, else the required members and those that make
// most requests of a kind.
export function exampleBody(schema, root, depth = 0) {
  schema = resolve(schema, root);
  const given = schema.example ?? schema.examples?.[0];
  if (given !== undefined) return given;
  const body = {};
  if (depth > kDeepest) return body;
  const names = new Set(schema.required ?? []);
  if (depth === 0)
    for (const name of Object.keys(kBeginnings)) if (schema.properties?.[name]) names.add(name);
  for (const name of names)
    body[name] = depth === 0 && name in kBeginnings
      ? kBeginnings[name]
      : exampleOf(schema.properties?.[name] ?? {}, root, depth + 1);
  return body;
}
