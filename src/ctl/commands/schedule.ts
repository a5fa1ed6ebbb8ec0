// `tsv schedule`: the programs with schedule=, with their last and next runs; and the dates of an expression.

import { displayName, processKey } from "../../core/base/ids.ts";
import { displayWidth, padRight } from "../../core/base/printable.ts";
import type { Schedule } from "../../core/config/value-types.ts";
import { clockText, dateText, localTime, type OffsetMinutes } from "../../core/logs/calendar.ts";
import { nextCron } from "../../core/schedules/cron.ts";
import { parseSchedule } from "../../core/schedules/schedule.ts";
import { agoText, shortExitText, untilText } from "../../core/why/restarts.ts";
import type { ProcessRow } from "../answers.ts";
import { type CommandContext, EXIT } from "../context.ts";
import type { Item } from "../report.ts";
import { RUNS, type Runs, readRuns } from "./own-status.ts";
import { askStatus } from "./status.ts";

const GAP = 2;

/** The time of this machine. */
export interface ScheduleClock {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly offset: OffsetMinutes;
}

/** Shows the programs of these names that have a schedule, or all. */
export async function runSchedule(
  context: CommandContext,
  names: readonly string[],
  clock: ScheduleClock,
): Promise<void> {
  const asked = await askStatus(context, names, RUNS);
  if (asked === null) return;
  const runs = readRuns(asked.extras[0] ?? []);
  const items = scheduleItems(asked.shown, runs, clock);
  // The states of programs say nothing about their schedules.
  context.exitStatus = asked.errors.length > 0 ? EXIT.GENERIC : EXIT.OK;
  context.report.items([...asked.errors, ...items]);
  if (items.length > 0 || asked.errors.length > 0) return;
  await context.hint(async () => ({
    text: names.length === 0 ? "no program has a schedule" : "none of these has a schedule",
    steps: [["How to write one", "tsv help conf program schedule"]],
  }));
}

/** One line and its data for each program with a schedule. Pure. */
export function scheduleItems(
  rows: readonly ProcessRow[],
  runs: ReadonlyMap<string, Runs>,
  clock: ScheduleClock,
): readonly Item[] {
  const shown = rows.flatMap((row) => {
    const own = runs.get(processKey(row.group, row.name));
    const schedule = own?.schedule ?? null;
    return own === undefined || schedule === null ? [] : [{ row, own, schedule }];
  });
  const cells = shown.map(({ row, own, schedule }) => [
    displayName(row.group, row.name),
    schedule.text,
    lastText(row, own),
    nextText(row, schedule, clock),
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(0, ...cells.map((line) => displayWidth(line[column] ?? ""))),
  );
  return shown.map(({ row, own, schedule }, index) => {
    const line = (cells[index] ?? []).map((cell, column) =>
      column < 3 ? padRight(cell, (widths[column] ?? 0) + GAP, displayWidth) : cell,
    );
    const { group, name, stateName: state } = row;
    return { line: line.join(""), data: { group, name, state, ...schedule, lastExit: own.last } };
  });
}

function lastText({ stateName, now }: ProcessRow, { last }: Runs): string {
  if (stateName === "RUNNING" || stateName === "STARTING") return "runs now";
  return last === null ? "never ran" : `${shortExitText(last)}, ${agoText(now - last.end)}`;
}

function nextText(
  { now }: ProcessRow,
  { text, next, suspended, queued }: NonNullable<Runs["schedule"]>,
  clock: ScheduleClock,
): string {
  if (suspended) return "suspended by a stop";
  if (queued) return "next when this run ends";
  if (text === "@reboot") return "at the next boot";
  if (next === null) return "no next run";
  const schedule = parseSchedule(text);
  const zone = schedule.ok && schedule.value.kind === "cron" ? schedule.value.zone : null;
  return `${untilText((next - now) * 1000)}, ${dateOf(next * 1000, zone, clock.offset)}`;
}

/** "Fri 2026-11-27 03:00:00", by the clock of a zone, or of this machine. @param at epoch milliseconds */
function dateOf(at: number, zone: string | null, offset: OffsetMinutes): string {
  if (zone === null) {
    const time = localTime(at, offset(at));
    return `${dayOf(at + offset(at) * 60_000)} ${dateText(time)} ${clockText(time)}`;
  }
  const parts = new Intl.DateTimeFormat("en", { ...STYLE, timeZone: zone }).formatToParts(at);
  const [day, year, month, date, hour, minute, second] = PARTS.map(
    (type) => parts.find((part) => part.type === type)?.value ?? "",
  );
  return `${day} ${year}-${month}-${date} ${hour}:${minute}:${second} ${zone}`;
}

const PARTS = ["weekday", "year", "month", "day", "hour", "minute", "second"] as const;
const STYLE = {
  ...({ weekday: "short", year: "numeric", month: "2-digit", day: "2-digit" } as const),
  ...({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const),
};

const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const DAY_MS = 86_400_000;

/** @param shown what the clock shows, as milliseconds since 1970-01-01, which was a Thursday */
function dayOf(shown: number): string {
  return DAYS[Math.floor(shown / DAY_MS) % DAYS.length] ?? "";
}

/** Shows the next dates of an expression, or of the schedule of a program. @param words one expression, or one name */
export async function runNextDates(
  context: CommandContext,
  words: readonly string[],
  count: number,
  clock: ScheduleClock,
): Promise<void> {
  const [word] = words;
  if (word === undefined || words.length > 1) {
    const usage = { usage: [["schedule --next <number> <name|expression>", ""]] } as const;
    context.misuse(usage, "Error: --next takes one program, or one expression in quotes");
    return;
  }
  const text = /[\s@]/.test(word) ? word : await scheduleOf(context, word);
  if (text === null) return;
  const schedule = parseSchedule(text);
  if (!schedule.ok) {
    context.fail(`Error: ${schedule.error}`, EXIT.INVALID_ARGS);
    return;
  }
  const dates = nextDates(schedule.value, count, clock);
  context.report.items(dates.map(({ line, at }) => ({ line, data: { schedule: text, at } })));
  if (dates.length === 0) {
    await context.hint(async () => ({ text: noDates(schedule.value), steps: [] }));
  }
}

function noDates({ kind }: Schedule): string {
  if (kind === "every") return "its runs count from the start of the daemon, not by the calendar";
  return kind === "reboot" ? "it runs when the host has booted" : "there is no such date";
}

/** @returns null after an error, which is reported */
async function scheduleOf(context: CommandContext, name: string): Promise<string | null> {
  const asked = await askStatus(context, [name], RUNS);
  if (asked === null) return null;
  context.exitStatus = EXIT.OK;
  const runs = readRuns(asked.extras[0] ?? []);
  const texts = asked.shown.flatMap((row) => {
    return runs.get(processKey(row.group, row.name))?.schedule?.text ?? [];
  });
  const [text] = texts;
  if (text !== undefined) return text;
  if (asked.errors.length > 0) {
    context.report.items(asked.errors);
    context.exitStatus = EXIT.GENERIC;
  } else context.fail(`Error: ${name} has no schedule`);
  return null;
}

/** The next dates of a cron expression; none of another schedule. Pure. */
export function nextDates(
  schedule: Schedule,
  count: number,
  { now, offset }: ScheduleClock,
): readonly { readonly line: string; readonly at: number }[] {
  const dates: { readonly line: string; readonly at: number }[] = [];
  if (schedule.kind !== "cron") return dates;
  for (let at = nextCron(schedule, now, offset); at !== null && dates.length < count; ) {
    dates.push({ line: dateOf(at, schedule.zone, offset), at: Math.round(at / 1000) });
    at = nextCron(schedule, at, offset);
  }
  return dates;
}
