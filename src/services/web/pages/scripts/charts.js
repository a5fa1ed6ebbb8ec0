// Charts of a program: its CPU, its memory and its starts over the last hour, day or month, from the history that the daemon
// keeps. A page without one does not load this.

import { now } from "./clock.js";
import { element } from "./page.js";

/** @typedef {import("uplot")} Plot */
/** @typedef {import("uplot").Options} PlotOptions */
/** @typedef {{name: string, from: number, step: number, cpu: number[], cpu_max: number[], memory_max: number[], starts: number[], starts_from: number, starts_step: number, runs: Run[], events: Happening[]}} Answer */
/** @typedef {{end: number, ending: string, expected: boolean}} Run */
/** @typedef {{at_ms: number, kind: string}} Happening */

const HEIGHT = 130;
/** Values of one chart. */
const POINTS = 360;
/** Between two measurements of the daemon, in seconds. */
const LEAST_STEP = 10;
const DAY = 86400;
/** Axes of values and of time, in pixels: the same in all charts, so that one time is at one place. */
const AXIS_PX = 62;
const TIME_PX = 28;
/** Between two lines of a scale, in pixels at least. */
const SPACE_PX = 28;
/** Steps of a scale of bytes. */
const POWERS = Array.from({ length: 40 }, (_, power) => 2 ** (power + 10));

const section = element("charts");
const label = document.body.dataset["label"] ?? "";
/** Minutes that the daemon's time is ahead of UTC. */
const zone = Number(section.dataset["zone"]);
/** Since when the daemon has all events, in seconds since 1970. */
const eventsSince = Number(section.dataset["since"]);

/** What the charts show: times in seconds since 1970, and a value or null for each. */
let times = /** @type {number[]} */ ([]);
/** Ends of runs that were failures, in seconds since 1970. */
let failures = /** @type {number[]} */ ([]);
/** Since when starts are known, in seconds since 1970. */
let startsSince = eventsSince;

/** @param {number} value */
function percent(value) {
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** As the rest of the page writes it. @param {number} value bytes */
function size(value) {
  if (value < 1024 * 1024) return `${Math.round(value / 1024)} kB`;
  const isGiga = value >= 1000 * 1024 * 1024;
  const units = value / (isGiga ? 1024 ** 3 : 1024 ** 2);
  return `${units < 9.95 ? units.toFixed(1) : Math.round(units)} ${isGiga ? "GB" : "MB"}`;
}

/** In the daemon's time. @param {number} at seconds since 1970 @param {boolean} withDate */
function clock(at, withDate) {
  const text = new Date((at + zone * 60) * 1000).toISOString();
  return withDate ? `${text.slice(0, 10)} ${text.slice(11, 16)}` : text.slice(11, 16);
}

/** @param {readonly (number | null | undefined)[]} values */
function measured(values) {
  return values.filter((value) => value !== null && value !== undefined);
}

/** @param {readonly (number | null | undefined)[]} values */
function most(values) {
  return measured(values).reduce((largest, value) => Math.max(largest, value), 0);
}

/** @param {readonly (number | null | undefined)[]} values */
function mean(values) {
  const all = measured(values);
  return all.reduce((sum, value) => sum + value, 0) / Math.max(1, all.length);
}

/**
 * A chart: its id, the least height of its scale, how values are written, and its summary.
 * @typedef {object} Chart
 * @property {string} id
 * @property {number} least
 * @property {number[]} [steps] of the scale
 * @property {(value: number) => string} text
 * @property {(columns: Column[]) => string} summary
 * @property {(columns: Column[], index: number) => string} at
 */
/** @typedef {(number | null | undefined)[]} Column */

/** @type {readonly Chart[]} */
const CHARTS = [
  {
    ...{ id: "cpu", least: 1, text: (value) => `${Number(value.toFixed(2))} %` },
    summary: ([means = [], largest = []]) =>
      measured(means).length === 0
        ? "not measured"
        : `mean ${percent(mean(means))}, most ${percent(most(largest))}`,
    at: ([means = [], largest = []], index) =>
      `${percent(means[index] ?? 0)}, most ${percent(largest[index] ?? 0)}`,
  },
  {
    ...{ id: "memory", least: 1024 * 1024, steps: POWERS, text: size },
    summary([values = []]) {
      const last = measured(values).at(-1);
      return last === undefined || last === null
        ? "not measured"
        : `now ${size(last)}, most ${size(most(values))}`;
    },
    at: ([values = []], index) => size(values[index] ?? 0),
  },
  {
    ...{ id: "starts", least: 1, text: (value) => (Number.isInteger(value) ? String(value) : "") },
    summary([counts = []]) {
      const count = measured(counts).reduce((sum, value) => sum + value, 0);
      const from = times[0] ?? 0;
      const since = startsSince > from ? ` since ${clock(startsSince, true)}` : "";
      return `${count} ${count === 1 ? "start" : "starts"}${since}`;
    },
    at: ([counts = []], index) => String(counts[index] ?? 0),
  },
];

/** What each chart shows, by its id. @type {Record<string, Column[]>} */
let columns = {};
/** @type {Map<string, Plot>} */
const plots = new Map();

/** @param {string} id @param {string} part */
function partOf(id, part) {
  return /** @type {HTMLElement} */ (section.querySelector(`[data-chart="${id}"] ${part}`));
}

/** A colour of the page, as it is now. @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/** @param {Chart} chart @param {number} width @returns {PlotOptions} */
function optionsOf({ id, least, steps, text, at }, width) {
  const axis = {
    stroke: () => colour("--soft"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const line = { stroke: () => colour("--accent"), width: 1.5, points: { show: false } };
  const faint = { ...line, stroke: () => colour("--soft"), width: 1 };
  const bars = {
    ...line,
    fill: () => colour("--accent"),
    paths: library().paths.bars?.({ size: [1, 12, 3] }),
  };
  const series = id === "cpu" ? [line, faint] : id === "memory" ? [line] : [bars];
  return {
    ...{ width, height: HEIGHT, legend: { show: false }, series: [{}, ...series] },
    tzDate: (seconds) => {
      const place = new Date(seconds * 1000).getTimezoneOffset();
      return new Date((seconds + (zone + place) * 60) * 1000);
    },
    cursor: { sync: { key: "usage" }, drag: { x: false, y: false }, y: false },
    scales: {
      y: { range: (_plot, _least, largest) => [0, Math.max(least, (largest ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...{ ...axis, size: TIME_PX },
        values: (_plot, splits) =>
          splits.map((each) => (isLong() ? clock(each, true).slice(5, 10) : clock(each, false))),
      },
      {
        ...{ ...axis, size: AXIS_PX, space: SPACE_PX, ...(steps && { incrs: steps }) },
        values: (_plot, splits) => splits.map(text),
      },
    ],
    hooks: {
      draw: [drawFailures],
      setCursor: [
        ({ cursor: { idx } }) => {
          const time = times[idx ?? -1];
          const value =
            idx === null || idx === undefined || time === undefined
              ? partOf(id, "[role=img]").getAttribute("aria-label")
              : `${clock(time, range >= DAY)}: ${at(columns[id] ?? [], idx)}`;
          partOf(id, ".value").textContent = value ?? "";
        },
      ],
    },
  };
}

/** Whether the charts show days instead of hours. */
function isLong() {
  return range > DAY;
}

/** A line at each failure. @param {Plot} plot */
function drawFailures(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--bad");
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  for (const at of failures) {
    const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** @returns {typeof import("uplot")} */
function library() {
  return /** @type {any} */ (window)["uPlot"];
}

/** Loads the library once; it is of no use to a page without a history. @returns {Promise<void>} */
function loaded() {
  if (library() !== undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = section.dataset["uplot"] ?? "";
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () =>
      reject(new Error("the library of charts cannot be loaded")),
    );
    document.head.append(script);
  });
}

let range = 3600;
let timer = 0;
/** Counts requests: an answer that is not of the last one is dropped. */
let latest = 0;

/** @returns {Promise<Answer | undefined>} */
async function read() {
  const from = String(Math.floor(now()) - range);
  const query = new URLSearchParams({ from, to: "0", points: String(POINTS), name: label });
  const answer = await fetch(`api/v1/tsv.getHistory?${query}`, { cache: "no-store" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? body.title);
  return body[0];
}

/** @param {number[]} values @returns {Column} */
function withGaps(values) {
  return values.map((value) => (value < 0 ? null : value));
}

/**
 * Starts in each step: by their events as far as the daemon has all of them, and before by what the history counted.
 * @param {Answer} answer
 */
function startsOf({ from, step, cpu, starts, starts_from, starts_step, events }) {
  const counts = cpu.map(() => 0);
  /** @param {number} at @param {number} count */
  const add = (at, count) => {
    const index = Math.max(0, Math.floor((at - from) / step));
    if (counts[index] !== undefined) counts[index] += count;
  };
  const times = events.flatMap(({ kind, at_ms }) => (kind === "executes" ? [at_ms / 1000] : []));
  for (const at of times) add(at, 1);
  startsSince = eventsSince;
  for (const [index, count] of starts.entries()) {
    const at = starts_from + index * starts_step;
    if (at >= eventsSince || count < 0) continue;
    const known = times.filter((time) => time >= at && time < at + starts_step).length;
    add(at, Math.max(0, count - known));
    startsSince = Math.min(startsSince, at);
  }
  return counts;
}

/** @param {Answer} answer */
async function show(answer) {
  const { from, step, cpu, cpu_max, memory_max, runs } = answer;
  await loaded();
  times = cpu.map((_, index) => from + index * step);
  failures = runs.flatMap(({ end, ending, expected }) =>
    ending === "stopped" || (ending === "exited" && expected) ? [] : [end],
  );
  columns = {
    cpu: [withGaps(cpu), withGaps(cpu_max)],
    memory: [withGaps(memory_max)],
    starts: [startsOf(answer)],
  };
  say("");
  for (const chart of CHARTS) {
    const own = columns[chart.id] ?? [];
    const place = partOf(chart.id, "[role=img]");
    const summary = chart.summary(own);
    place.setAttribute("aria-label", summary);
    partOf(chart.id, ".value").textContent = summary;
    const data = /** @type {import("uplot").AlignedData} */ ([times, ...own]);
    const plot = plots.get(chart.id);
    if (plot !== undefined) plot.setData(data);
    else plots.set(chart.id, new (library())(optionsOf(chart, place.clientWidth), data, place));
  }
  return step;
}

/** Shows a text in place of the charts; nothing for the charts. @param {string} text */
function say(text) {
  element("charts-text").textContent = text;
  for (const each of section.querySelectorAll("figure")) each.hidden = text !== "";
}

async function refresh() {
  clearTimeout(timer);
  latest += 1;
  const mine = latest;
  let pause = LEAST_STEP;
  try {
    const answer = await read();
    if (mine !== latest) return;
    if (answer === undefined || answer.cpu.length === 0) say("Nothing was measured yet.");
    else pause = Math.max(pause, await show(answer));
  } catch (error) {
    // Charts stay as they are; the page itself says that the connection is lost.
    if (plots.size === 0) say(error instanceof Error ? `No charts: ${error.message}` : "No charts");
  }
  if (!document.hidden) timer = window.setTimeout(refresh, pause * 1000);
}

const ranges = element("ranges");
ranges.hidden = false;
ranges.addEventListener("click", ({ target }) => {
  if (!(target instanceof HTMLButtonElement)) return;
  range = Number(target.value);
  for (const each of ranges.querySelectorAll("button")) {
    each.setAttribute("aria-pressed", String(each === target));
  }
  void refresh();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else void refresh();
});

new ResizeObserver(() => {
  for (const [id, plot] of plots) {
    const width = partOf(id, "[role=img]").clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }
}).observe(section);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const plot of plots.values()) plot.redraw(false);
});

void refresh();
