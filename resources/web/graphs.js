// Live graphs of what the server does, from its Prometheus metrics under vLLM's names.

import { ask } from "./api.js";
import { make, number, text } from "./texts.js";

const kSeconds = 60;
const kLookMilliseconds = 1000;

// { name: [values of all label sets] }
function parseMetrics(body) {
  const values = {};
  for (const line of body.split("\n")) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)/.exec(line);
    if (match) (values[match[1]] ??= []).push(Number(match[2]));
  }
  return values;
}

const sum = (values = []) => values.reduce((all, value) => all + value, 0);

function sampleOf(metrics) {
  const named = (name) => sum(metrics["vllm:" + name]);
  return {
    at: performance.now() / 1000,
    generated: named("generation_tokens_total"),
    prompt: named("prompt_tokens_total"),
    running: named("num_requests_running"),
    waiting: named("num_requests_waiting"),
    cache: Math.max(0, ...(metrics["vllm:kv_cache_usage_perc"] ?? [])),
    firstSum: named("time_to_first_token_seconds_sum"),
    firstCount: named("time_to_first_token_seconds_count"),
  };
}

// What is drawn: a value of two neighbouring samples, and its words.
const kTiles = [
  {
    name: "decode",
    value: (now, then) => Math.max(0, now.generated - then.generated) / (now.at - then.at),
    words: (value) => text("perSecond", number(value, value < 10 ? 1 : 0)),
  },
  {
    name: "prefill",
    value: (now, then) => Math.max(0, now.prompt - then.prompt) / (now.at - then.at),
    words: (value) => text("perSecond", number(value)),
  },
  {
    name: "requests",
    value: (now) => now.running + now.waiting,
    words: (value, now) => `${number(now.running)} / ${number(now.waiting)}`,
  },
  {
    name: "cache",
    value: (now) => now.cache * 100,
    words: (value) => number(value) + "%",
    most: 100,
  },
  {
    name: "firstToken",
    // Without a new first token the last one stays.
    value: (now, then, last) =>
      now.firstCount > then.firstCount
        ? ((now.firstSum - then.firstSum) / (now.firstCount - then.firstCount)) * 1000
        : last,
    words: (value) => text("milliseconds", number(value)),
  },
];

export class Graphs {
  constructor(section) {
    this.section = section;
    this.samples = [];
    this.note = make("p", "muted", text("noMetrics"));
    this.note.hidden = true;
    this.tiles = kTiles.map((kind) => {
      const box = make("figure", "tile");
      const figure = make("span", "figure", "–");
      const canvas = make("canvas");
      const caption = make("figcaption", "muted", text(kind.name));
      canvas.setAttribute("aria-hidden", "true");
      box.append(caption, figure, canvas);
      section.append(box);
      return { ...kind, box, figure, canvas, series: [] };
    });
    section.append(this.note);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    addEventListener("resize", () => this.draw());
  }

  // Looks only while it is seen.
  show(isShown) {
    this.section.hidden = !isShown;
    clearInterval(this.timer);
    this.last = null;
    if (!isShown) return;
    this.look();
    this.timer = setInterval(() => document.hidden || this.look(), kLookMilliseconds);
  }

  async look() {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const response = await ask("metrics");
      this.take(sampleOf(parseMetrics(await response.text())));
      this.note.hidden = true;
    } catch {
      this.note.hidden = false;
    }
    this.isLooking = false;
  }

  take(now) {
    const then = this.last;
    this.last = now;
    if (!then) return;
    for (const tile of this.tiles) {
      const value = tile.value(now, then, tile.series.at(-1) ?? 0);
      tile.series.push(value);
      if (tile.series.length > kSeconds) tile.series.shift();
      tile.figure.textContent = tile.words(value, now);
      tile.box.setAttribute("aria-label", `${text(tile.name)}: ${tile.figure.textContent}`);
    }
    this.draw();
  }

  draw() {
    if (this.section.hidden) return;
    const colour = getComputedStyle(this.section).getPropertyValue("--accent").trim();
    for (const { canvas, series, most } of this.tiles) {
      const ratio = devicePixelRatio || 1;
      const width = canvas.clientWidth;
      const height = canvas.clientHeight;
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      const painter = canvas.getContext("2d");
      painter.scale(ratio, ratio);
      const top = most ?? Math.max(1e-9, ...series) * 1.1;
      const x = (i) => width - ((series.length - 1 - i) * width) / (kSeconds - 1);
      const y = (value) => height - 1 - (Math.min(value, top) / top) * (height - 3);
      painter.strokeStyle = painter.fillStyle = colour;
      painter.lineWidth = 1.5;
      painter.lineJoin = "round";
      painter.beginPath();
      series.forEach((value, i) => painter.lineTo(x(i), y(value)));
      painter.stroke();
      if (series.length < 2) continue;
      painter.lineTo(width, height);
      painter.lineTo(x(0), height);
      painter.globalAlpha = 0.12;
      painter.fill();
    }
  }
}
