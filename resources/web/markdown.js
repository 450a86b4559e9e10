// A safe subset of Markdown, made of DOM nodes; text is never read as HTML. A reply that grows is
// parsed anew, but only blocks whose source has changed are made anew.

import { copyText, make, text } from "./texts.js";

const kFence = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const kHeading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const kItem = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const kRule = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const kTableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

const startsBlock = (line) =>
  kFence.test(line) || kHeading.test(line) || kItem.test(line) || kRule.test(line) ||
  line.startsWith(">");

// [{ kind, lines, … }]: the source in blocks.
function blocksOf(source) {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i];
    const first = i;
    const fence = kFence.exec(line);
    if (line.trim() === "") {
      ++i;
    } else if (fence) {
      ++i;
      const end = (other) => other.trim().startsWith(fence[1]) && /^[`~\s]+$/.test(other);
      while (i < lines.length && !end(lines[i])) ++i;
      blocks.push({ kind: "code", language: fence[2].trim(), lines: lines.slice(first + 1, i) });
      ++i;
    } else if (kHeading.test(line)) {
      ++i;
      blocks.push({ kind: "heading", lines: [line] });
    } else if (kRule.test(line)) {
      ++i;
      blocks.push({ kind: "rule", lines: [line] });
    } else if (line.startsWith(">")) {
      while (i < lines.length && lines[i].startsWith(">")) ++i;
      blocks.push({ kind: "quote", lines: lines.slice(first, i).map((l) => l.replace(/^> ?/, "")) });
    } else if (kItem.test(line)) {
      ++i;
      while (i < lines.length && (kItem.test(lines[i]) || /^\s{2,}\S/.test(lines[i]))) ++i;
      blocks.push({ kind: "list", lines: lines.slice(first, i) });
    } else if (line.includes("|") && kTableRule.test(lines[i + 1] ?? "")) {
      i += 2;
      while (i < lines.length && lines[i].includes("|")) ++i;
      blocks.push({ kind: "table", lines: lines.slice(first, i) });
    } else {
      ++i;
      while (i < lines.length && lines[i].trim() !== "" && !startsBlock(lines[i])) ++i;
      blocks.push({ kind: "text", lines: lines.slice(first, i) });
    }
  }
  return blocks;
}

// Spans within a line, innermost last: code, links, strong, emphasis, struck out.
const kSpans = [
  [/(`+)([\s\S]*?[^`])\1(?!`)/, (m) => make("code", "", m[2].trim())],
  [/\[([^\]\n]+)\]\(((?:[^()\s]|\([^()\s]*\))+)(?:\s+"[^"]*")?\)/, (m) => link(m[2], m[1])],
  [/\bhttps?:\/\/[^\s<>()"']+[^\s<>()"'.,;:!?]/, (m) => link(m[0], m[0])],
  [/(\*\*|__)(?=\S)([\s\S]*?\S)\1/, (m) => within("strong", m[2])],
  [/(\*)(?=[^\s*])([\s\S]*?[^\s*])\1(?!\*)/, (m) => within("em", m[2])],
  [/\b(_)(?=[^\s_])([\s\S]*?[^\s_])\1\b/, (m) => within("em", m[2])],
  [/(~~)(?=\S)([\s\S]*?\S)\1/, (m) => within("s", m[2])],
];

function link(target, label) {
  if (!/^(https?:|mailto:)/i.test(target)) return document.createTextNode(label);
  const element = make("a", "", label);
  element.href = target;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

function within(tag, source) {
  const element = make(tag);
  addSpans(element, source);
  return element;
}

function addSpans(parent, source) {
  let rest = source;
  while (rest) {
    let best = null;
    for (const [pattern, build] of kSpans) {
      const match = pattern.exec(rest);
      if (match && (!best || match.index < best.match.index)) best = { match, build };
    }
    if (!best) break;
    parent.append(rest.slice(0, best.match.index), best.build(best.match));
    rest = rest.slice(best.match.index + best.match[0].length);
  }
  parent.append(rest);
}

function codeBlock({ language, lines }) {
  const block = make("div", "code");
  const head = make("div", "code-head");
  const copy = make("button", "quiet", text("copy"));
  const content = lines.join("\n");
  copy.type = "button";
  copy.addEventListener("click", () => copyText(content, copy));
  head.append(make("span", "muted", language || text("code")), copy);
  const pre = make("pre");
  pre.tabIndex = 0;
  pre.append(make("code", "", content));
  block.append(head, pre);
  return block;
}

// Items by indentation: a deeper line belongs to the item before.
function listBlock({ lines }) {
  const first = kItem.exec(lines[0]);
  const isOrdered = /\d/.test(first[2]);
  const list = make(isOrdered ? "ol" : "ul");
  if (isOrdered) list.start = parseInt(first[2], 10);
  let i = 0;
  while (i < lines.length) {
    const item = kItem.exec(lines[i++]);
    const inner = [];
    const isDeeper = (line) => {
      const next = kItem.exec(line);
      return !next || next[1].length > (item?.[1].length ?? 0);
    };
    while (i < lines.length && isDeeper(lines[i])) inner.push(lines[i++]);
    const element = make("li");
    addSpans(element, item ? item[3] : "");
    const indent = Math.min(...inner.map((line) => line.search(/\S|$/)));
    for (const block of blocksOf(inner.map((line) => line.slice(indent)).join("\n")))
      element.append(build(block));
    list.append(element);
  }
  return list;
}

function tableBlock({ lines }) {
  const cells = (line) =>
    line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((c) => c.trim().replace(/\\\|/g, "|"));
  const scroll = make("div", "scroll");
  const table = make("table");
  const row = (line, tag) => {
    const element = make("tr");
    for (const cell of cells(line)) {
      const box = make(tag);
      addSpans(box, cell);
      element.append(box);
    }
    return element;
  };
  const head = make("thead");
  head.append(row(lines[0], "th"));
  const body = make("tbody");
  for (const line of lines.slice(2)) body.append(row(line, "td"));
  table.append(head, body);
  scroll.append(table);
  return scroll;
}

function build(block) {
  const element = { code: codeBlock, list: listBlock, table: tableBlock }[block.kind];
  if (element) return element(block);
  if (block.kind === "rule") return make("hr");
  if (block.kind === "quote") {
    const quote = make("blockquote");
    for (const inner of blocksOf(block.lines.join("\n"))) quote.append(build(inner));
    return quote;
  }
  if (block.kind === "heading") {
    const [, marks, title] = kHeading.exec(block.lines[0]);
    return within("h" + Math.min(6, marks.length + 2), title);
  }
  const paragraph = make("p");
  block.lines.forEach((line, i) => {
    if (i > 0) paragraph.append(make("br"));
    addSpans(paragraph, line.trim());
  });
  return paragraph;
}

// Shows `source` in `parent`, which holds nothing else.
export function showMarkdown(parent, source) {
  const shown = parent.shownBlocks ?? [];
  const wanted = blocksOf(source).map((block) => ({ block, raw: JSON.stringify(block) }));
  let same = 0;
  while (same < wanted.length && same < shown.length && wanted[same].raw === shown[same]) ++same;
  while (parent.childNodes.length > same) parent.lastChild.remove();
  for (const { block } of wanted.slice(same)) parent.append(build(block));
  parent.shownBlocks = wanted.map((entry) => entry.raw);
}
