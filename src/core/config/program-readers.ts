// Readers of program options that depend on other options or on the host.

import type { LineTime } from "../logs/line-styles.ts";
import { durationText } from "./durations.ts";
import type { FieldsOf, Readers } from "./fields.ts";
import { MOST_COPIES, MOST_PROCESSES } from "./limits.ts";
import type { ReadValue } from "./options/entry.ts";
import { PROGRAM } from "./options/program.ts";
import { strip } from "./py-text.ts";
import { isGiven, readOption, report, type Scope } from "./reading.ts";
import type { Autorestart, ProgramType, Schedule } from "./value-types.ts";
import { maskBits } from "./values.ts";

/** Empty text stays: it keeps the variable from being set. */
function readServerUrl(scope: Scope): string | null {
  const url = readOption(scope, PROGRAM.serverUrl);
  return url === null || strip(url).toUpperCase() === "AUTO" ? null : url;
}

/** Why a section of a kind other than [program:x] cannot have a terminal. */
const NO_TERMINAL = [
  ["eventlistener:", "a terminal would change the bytes of the eventlistener protocol"],
  ["fcgi-program:", "its stdin is the FastCGI socket"],
] as const;

/** numprocs, or 1 where it is too much. */
function readCopies(scope: Scope): number {
  const numprocs = readOption(scope, PROGRAM.numprocs);
  const { totals } = scope.reading;
  if (numprocs > MOST_COPIES) {
    const text = `numprocs is ${numprocs}; a program has at most ${MOST_COPIES} processes`;
    report(scope, "numprocs", text, "out-of-range");
    return 1;
  }
  totals.processes += Math.max(numprocs, 0);
  if (totals.processes <= MOST_PROCESSES) return numprocs;
  const text = `this program is one too many: a configuration has at most ${MOST_PROCESSES} processes`;
  report(scope, null, text, "out-of-range");
  return 1;
}

function readTty(scope: Scope): boolean {
  const tty = readOption(scope, PROGRAM.tty);
  const { name } = scope.section;
  const why = NO_TERMINAL.find(([kind]) => name.startsWith(kind))?.[1];
  if (tty && why !== undefined) {
    const text = `[${name}] section sets tty=true but this is not allowed because ${why}`;
    report(scope, "tty", text, "combination");
  }
  return tty;
}

type Wait = "readyTimeout" | "healthTimeout" | "maxAge" | "envCommandTimeout";

/** The duration of an option for which none at all makes no sense. */
function readSome<F extends Wait>(scope: Scope, field: F): ReadValue<(typeof PROGRAM)[F]> {
  const row = PROGRAM[field];
  const seconds = readOption(scope, row);
  if (seconds === 0) report(scope, row.key, `${row.key} must be more than 0`, "out-of-range");
  return seconds;
}

/** Seconds. A check that is repeated more often would take the processor from the program that it asks. */
const SHORTEST_INTERVAL = 0.1;

function readInterval(scope: Scope, field: "readyInterval" | "healthInterval"): number {
  const { key } = PROGRAM[field];
  const seconds = readOption(scope, PROGRAM[field]);
  if (seconds < SHORTEST_INTERVAL) {
    const text = `${key} must be at least ${durationText(SHORTEST_INTERVAL)}, not ${durationText(seconds)}`;
    report(scope, key, text, "out-of-range");
  }
  return seconds;
}

function readUmask(scope: Scope): number | null {
  const umask = readOption(scope, PROGRAM.umask);
  return umask === null ? null : maskBits(umask);
}

/** The schedule starts the program and nothing else does, unless other options say so. */
function unlessScheduled<V>(
  scope: Scope,
  row: typeof PROGRAM.autostart | typeof PROGRAM.autorestart | typeof PROGRAM.type,
  scheduled: V,
): V {
  const isImplied = isGiven(scope, PROGRAM.schedule) && !isGiven(scope, row);
  return isImplied ? scheduled : (readOption(scope, row) as V);
}

/** A program whose end is the end of the daemon is not started again, unless it says so. */
function readAutorestart(scope: Scope): Autorestart {
  const isGivenHere = isGiven(scope, PROGRAM.autorestart);
  if (!isGivenHere && readOption(scope, PROGRAM.essential)) return "never";
  return unlessScheduled<Autorestart>(scope, PROGRAM.autorestart, "never");
}

function readSchedule(scope: Scope): Schedule | null {
  const schedule = readOption(scope, PROGRAM.schedule);
  const { name } = scope.section;
  if (schedule !== null && name.startsWith("eventlistener:")) {
    const text = `[${name}] section sets schedule but this is not allowed because an event listener has to run all the time`;
    report(scope, "schedule", text, "combination");
  }
  return schedule;
}

/** A record without its time would be of no use to those who read records. */
function readLogTimestamp(scope: Scope): LineTime | null {
  const time = readOption(scope, PROGRAM.logTimestamp);
  const format = readOption(scope, PROGRAM.logFormat);
  if (time === "none" && (format === "json" || format === "logfmt")) {
    const text = `log_format=${format} always has a time: log_timestamp is time, iso, iso-ms, utc or unix`;
    report(scope, "log_timestamp", text, "combination");
  }
  return time;
}

/** Of what is read once for all processes of a section. */
export const READERS: Readers<typeof PROGRAM, FieldsOf<typeof PROGRAM, "once">> = {
  autostart: (scope) => unlessScheduled(scope, PROGRAM.autostart, false),
  autorestart: readAutorestart,
  type: (scope) => unlessScheduled<ProgramType>(scope, PROGRAM.type, "oneshot"),
  schedule: readSchedule,
  killAsGroup: (scope, { stopAsGroup = false }) =>
    readOption(scope, PROGRAM.killAsGroup) ?? stopAsGroup,
  numprocs: readCopies,
  serverUrl: readServerUrl,
  umask: readUmask,
  tty: readTty,
  readyTimeout: (scope) => readSome(scope, "readyTimeout"),
  readyInterval: (scope) => readInterval(scope, "readyInterval"),
  healthInterval: (scope) => readInterval(scope, "healthInterval"),
  healthTimeout: (scope) => readSome(scope, "healthTimeout"),
  envCommandTimeout: (scope) => readSome(scope, "envCommandTimeout"),
  maxAge: (scope) => readSome(scope, "maxAge"),
  logTimestamp: readLogTimestamp,
};
