// The screen of `tsv top` as lines: the table, or a text in its place. Pure.

import { displayWidth, padRight, printable } from "../../core/base/printable.ts";
import { formatBytes, formatPercent } from "../../core/usage/program-usage.ts";
import { LEAST_HEIGHT } from "../../core/web/trend.ts";
import { untilText } from "../../core/why/restarts.ts";
import { sparkline } from "../commands/history.ts";
import { shortened } from "../commands/own-status.ts";
import { cutText, folded, type Piece, plain, type ScreenLine } from "../live/lines.ts";
import type { Order, TextView, TopProgram, TopState } from "./model.ts";
import { rowsOf, selectedIndex, type TopRow } from "./rows.ts";

/** Above the rows of the table: totals and headings; below: details and keys. A text has a title and keys. */
const AROUND_TABLE = 4;
const AROUND_TEXT = 2;

/** Everything on the screen; no line is wider than it, and there are no more lines than it has rows. */
export function screenLines(state: TopState): readonly ScreenLine[] {
  const { rows, columns } = state.size;
  const lines = state.text === null ? tableLines(state) : textLines(state, state.text);
  return lines.slice(0, rows).map((line) => fittedTo(line, columns));
}

/** The last line, which has the keys, is cut like the others; the window spells what is left of control characters. */
function fittedTo(line: ScreenLine, columns: number): ScreenLine {
  let left = columns;
  return line.map(([text, style]): Piece => {
    const cut = cutText(text, left);
    left = cut === text ? left - displayWidth(text) : 0;
    return [cut, style];
  });
}

/** Rows of the table, or of a text, that fit. */
export function pageOf({ size, text }: TopState): number {
  return Math.max(1, size.rows - (text === null ? AROUND_TABLE : AROUND_TEXT));
}

// The table.

interface Column {
  readonly order: Order | null;
  readonly heading: string;
  readonly width: number;
  /** Numbers end at the right. */
  readonly isNumber: boolean;
  readonly cell: (program: TopProgram) => string;
}

const none = <T>(value: T | null, format: (value: T) => string): string =>
  value === null ? "-" : format(value);

/** The most important ones first: those that do not fit are left out. */
const COLUMNS: readonly Column[] = [
  { order: "state", heading: "STATE", width: 8, isNumber: false, cell: ({ state }) => state },
  {
    ...({ order: "cpu", heading: "CPU", width: 6, isNumber: true } as const),
    cell: ({ cpu }) => none(cpu, formatPercent),
  },
  {
    ...({ order: "memory", heading: "MEM", width: 7, isNumber: true } as const),
    cell: ({ memory }) => none(memory, formatBytes),
  },
  {
    ...({ order: "up", heading: "UP", width: 6, isNumber: true } as const),
    cell: ({ up }) => none(up, (seconds) => untilText(seconds * 1000).replace("in ", "")),
  },
  {
    ...({ order: "restarts", heading: "RESTARTS", width: 8, isNumber: true } as const),
    cell: ({ restarts }) => none(restarts, String),
  },
  { order: null, heading: "HEALTH", width: 9, isNumber: false, cell: ({ health }) => health },
];
const GAP = 1;
const MARK_WIDTH = 2;
const LEAST_NAME = 12;
const LEAST_CHART = 8;
const MOST_CHART = 30;
const LEAST_DESCRIPTION = 20;

/** Where everything is in a line. */
interface Layout {
  readonly nameWidth: number;
  readonly columns: readonly Column[];
  /** 0 for none. */
  readonly chartWidth: number;
  /** For descriptions, at the end of the line; 0 for none. */
  readonly descriptionWidth: number;
}

function layoutOf({ size, programs }: TopState, rows: readonly TopRow[]): Layout {
  const hasHealth = programs.some(({ health }) => health !== "");
  const hasChart = programs.some(({ chart }) => chart.length > 0);
  const longest = Math.max(
    LEAST_NAME,
    ...rows.map(({ program, depth }) => displayWidth(printable(program.name)) + 2 * depth),
  );
  let left = size.columns - MARK_WIDTH - LEAST_NAME;
  const columns: Column[] = [];
  for (const column of COLUMNS) {
    if (column.heading === "HEALTH" && !hasHealth) continue;
    if (column.width + GAP > left) break;
    columns.push(column);
    left -= column.width + GAP;
  }
  const chartRoom = hasChart ? LEAST_CHART + GAP : 0;
  const forChart = chartRoom <= left ? chartRoom : 0;
  const more = Math.max(0, Math.min(longest - LEAST_NAME, left - forChart));
  left -= forChart + more;
  const wider = forChart === 0 ? 0 : Math.min(MOST_CHART - LEAST_CHART, Math.floor(left / 2));
  const chartWidth = forChart === 0 ? 0 : LEAST_CHART + wider;
  const room = left - wider - GAP;
  const descriptionWidth = room < LEAST_DESCRIPTION ? 0 : room;
  return { nameWidth: LEAST_NAME + more, columns, chartWidth, descriptionWidth };
}

function tableLines(state: TopState): readonly ScreenLine[] {
  const rows = rowsOf(state);
  const layout = layoutOf(state, rows);
  const room = pageOf(state);
  const at = selectedIndex(rows, state);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  const shown = rows.slice(first, first + room);
  const body = shown.map((row, index) => rowLine(row, first + index === at, layout, state.signs));
  const blank = Array.from({ length: Math.max(0, room - body.length) }, () => plain(""));
  return [
    headLine(state, rows.length),
    headingLine(state, layout),
    ...body,
    ...blank,
    detailLine(state, rows[at]?.program ?? null),
    footLine(state, TABLE_KEYS),
  ];
}

function headLine({ programs, problem, filter, tree }: TopState, shown: number): ScreenLine {
  if (problem !== null)
    return [
      ["tsv top: ", "plain"],
      [`${problem}; trying again`, "bad"],
    ];
  const counts = new Map<string, number>();
  for (const { state } of programs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const cpu = programs.reduce((sum, program) => sum + (program.cpu ?? 0), 0);
  const memory = programs.reduce((sum, program) => sum + (program.memory ?? 0), 0);
  const some = filter === "" ? "" : `, ${shown} with '${printable(filter)}'`;
  return [
    [`${programs.length} ${programs.length === 1 ? "program" : "programs"}${some}: `, "strong"],
    [[...counts].map(([state, count]) => `${count} ${state}`).join(", "), "plain"],
    [`, CPU ${formatPercent(cpu)}, memory ${formatBytes(memory)}`, "plain"],
    [tree === null ? "" : ", as a tree", "plain"],
  ];
}

function headingLine({ order, isReversed, tree }: TopState, layout: Layout): ScreenLine {
  const marked = (heading: string, by: Order | null): string => {
    const isOrder = tree === null && by === order;
    return isOrder ? `${isReversed ? "^" : ""}${heading}*` : heading;
  };
  const name = padRight(marked("NAME", "name"), layout.nameWidth);
  const cells = layout.columns.map(({ heading, order: by, width, isNumber }) => {
    return aligned(cutText(marked(heading, by), width + 1), width, isNumber);
  });
  const chart = layout.chartWidth === 0 ? [] : ["10 MIN"];
  return [[" ".repeat(MARK_WIDTH) + [name, ...cells, ...chart].join(" ".repeat(GAP)), "strong"]];
}

function aligned(text: string, width: number, isNumber: boolean): string {
  return isNumber ? text.padStart(width) : padRight(text, width, displayWidth);
}

function rowLine(
  { program, depth }: TopRow,
  isSelected: boolean,
  { nameWidth, columns, chartWidth, descriptionWidth }: Layout,
  signs: string,
): ScreenLine {
  const gap = " ".repeat(GAP);
  const indent = " ".repeat(Math.min(2 * depth, nameWidth - 1));
  const name = shortened(printable(program.name), nameWidth - indent.length);
  const cells = columns.map(({ heading, width, isNumber, cell }): Piece => {
    const text = aligned(cutText(printable(cell(program)), width), width, isNumber);
    const tone = heading === "STATE" ? program.tone : toneOf(heading, program);
    return [gap + text, tone ?? "plain"];
  });
  const chart = sparkline(program.chart.slice(-chartWidth), signs, LEAST_HEIGHT);
  // The newest value is at the right.
  const chartText = chartWidth === 0 ? "" : gap + chart.padStart(chartWidth);
  const isDown = program.up === null && descriptionWidth > 0;
  const description = isDown ? gap + cutText(printable(program.description), descriptionWidth) : "";
  const line: ScreenLine = [
    [isSelected ? "> " : "  ", "plain"],
    [padRight(indent + name, nameWidth, displayWidth), "plain"],
    ...cells,
    [chartText + description, "plain"],
  ];
  return isSelected ? line.map(([text]): Piece => [text, "reverse"]) : line;
}

function toneOf(heading: string, { health }: TopProgram): "bad" | null {
  return heading === "HEALTH" && health === "unhealthy" ? "bad" : null;
}

function detailLine({ message }: TopState, program: TopProgram | null): ScreenLine {
  if (message !== "") return [[printable(message), "strong"]];
  if (program === null) return plain("no programs");
  const { name, state, tone, description } = program;
  return [
    [`${printable(name)}: `, "plain"],
    [state, tone ?? "plain"],
    [description === "" ? "" : `, ${printable(description)}`, "plain"],
  ];
}

/** The first ones matter most: those that do not fit are left out. */
const TABLE_KEYS = [
  ...["? help", "q quit", "s start", "x stop", "r restart", "w why", "l log", "/ filter"],
  ...["< > sort", "t tree", "R reverse"],
];
const TEXT_KEYS = ["q back", "/ search", "n N next", "g G begin, end"];
const LOG_KEYS = [...TEXT_KEYS, "e other log"];

function footLine({ prompt, size }: TopState, keys: readonly string[]): ScreenLine {
  if (prompt === null) {
    const texts = keys.map((_, count) => keys.slice(0, count + 1).join("  "));
    return plain(texts.findLast((text) => text.length <= size.columns) ?? "");
  }
  if (prompt.kind === "confirm")
    return [[`${prompt.action} ${printable(prompt.name)}? [y/N]`, "reverse"]];
  const head = `${prompt.kind}: `;
  // The end of a long text is what is being typed.
  let text = printable(prompt.text);
  while (text !== "" && displayWidth(text) + head.length + 1 > size.columns)
    text = [...text].slice(1).join("");
  return [[`${head}${text}_`, "strong"]];
}

// A text.

/** The lines of a text, folded at the width of the screen. */
export function foldedLines({ size }: TopState, { lines }: TextView): readonly string[] {
  return lines.flatMap((line) => folded(line, size.columns));
}

/** The first row at which the end of the text is shown. */
export function lastFrom(state: TopState, text: TextView): number {
  return Math.max(0, foldedLines(state, text).length - pageOf(state));
}

function textLines(state: TopState, text: TextView): readonly ScreenLine[] {
  const room = pageOf(state);
  const rows = foldedLines(state, text);
  const from = Math.min(text.from ?? rows.length, Math.max(0, rows.length - room));
  const shown = rows.slice(from, from + room).map((row) => highlighted(row, text.search));
  const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => plain(""));
  const isLog = text.source.kind === "log";
  return [
    titleLine(state, text),
    ...shown,
    ...blank,
    footLine(state, isLog ? LOG_KEYS : TEXT_KEYS),
  ];
}

function titleLine({ problem, message }: TopState, { source, from }: TextView): ScreenLine {
  const name = source.kind === "help" ? "" : printable(source.name);
  const titles = {
    help: "tsv top: keys",
    why: `${name}: why it is in its state`,
    log:
      source.kind === "log"
        ? `${name}: ${source.channel}${from === null ? ", new output follows" : ""}`
        : "",
  };
  const end = problem === null ? printable(message) : `${problem}; trying again`;
  const said: readonly Piece[] =
    end === "" ? [] : [[`  ${end}`, problem === null ? "plain" : "bad"]];
  return [[titles[source.kind], "strong"], ...said];
}

/** Where a text is in another one, whatever the case of its letters; -1 for nowhere. */
function indexIn(text: string, wanted: string, from = 0): number {
  return wanted === "" ? -1 : text.toLowerCase().indexOf(wanted.toLowerCase(), from);
}

function highlighted(row: string, search: string): ScreenLine {
  const pieces: Piece[] = [];
  let done = 0;
  for (let at = indexIn(row, search); at >= 0; at = indexIn(row, search, done)) {
    pieces.push([row.slice(done, at), "plain"], [row.slice(at, at + search.length), "reverse"]);
    done = at + search.length;
  }
  return [...pieces, [row.slice(done), "plain"]];
}

/** The next row with a text, from `at` on, then from the other end; null for none. */
export function matchingRow(
  rows: readonly string[],
  search: string,
  at: number,
  step: 1 | -1,
): number | null {
  for (let count = 1; count <= rows.length; count += 1) {
    const row = (((at + step * count) % rows.length) + rows.length) % rows.length;
    if (indexIn(rows[row] ?? "", search) >= 0) return row;
  }
  return null;
}

export const HELP: readonly string[] = [
  "The table is drawn again when something changes; CPU and memory every two",
  "seconds. CPU is in percent of one processor, memory is resident, both with",
  "the children of a program. The chart is from history=memory in [supervisord].",
  "",
  "  up, down, j, k       select a program; also PgUp, PgDn, Home, End",
  "  s   x   r            start, stop, restart it, after a question",
  "  w                    why it is in its state",
  "  l, Enter             its log; e changes between standard output and error",
  "  <   >                sort by the column to the left, to the right",
  "  R                    reverse the order",
  "  /                    show only programs with this in their name or state;",
  "                       Esc shows all again",
  "  t                    below each program those that it needs",
  "  q                    leave; also Ctrl-C",
  "",
  "In a text:",
  "",
  "  up, down, PgUp, PgDn, g, G     move; at the end of a log, new output follows",
  "  /   n   N                      search, next match, the one before",
  "  q, Esc                         back to the table",
];
