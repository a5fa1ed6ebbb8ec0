// Reads the answers of a supervisor. An answer of another shape is a failure, never an `undefined` in the output.

import { PLANNED_ACTIONS } from "../core/config/planned.ts";
import {
  fieldOf,
  isStruct,
  textOf,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../core/xmlrpc/value.ts";
import { UnhandledFailure } from "./failure.ts";

/** How each field of a row is read from its struct. */
type Fields = Readonly<Record<string, (struct: XmlRpcStruct) => unknown>>;

type RowOf<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]> };

/** The part of getProcessInfo that commands use. */
const PROCESS = {
  group: text("group"),
  name: text("name"),
  state: number("state"),
  stateName: text("statename"),
  description: text("description"),
  pid: number("pid"),
  start: number("start"),
  stop: number("stop"),
  now: number("now"),
  exitStatus: number("exitstatus"),
  spawnErr: text("spawnerr"),
  /** Paths of the logs; empty where there is none. */
  stdoutLog: ({ stdout_logfile: path }: XmlRpcStruct) => textOf(path),
  stderrLog: ({ stderr_logfile: path }: XmlRpcStruct) => textOf(path),
};
export type ProcessRow = RowOf<typeof PROCESS>;

/** One result of startAllProcesses and similar methods. */
const RESULT = {
  group: text("group"),
  name: text("name"),
  status: number("status"),
  description: text("description"),
};
export type ResultRow = RowOf<typeof RESULT>;

/** The part of getAllConfigInfo that `avail` shows. */
const CONFIG = {
  group: text("group"),
  name: text("name"),
  inUse: flag("inuse"),
  autostart: flag("autostart"),
  groupPriority: number("group_prio"),
  processPriority: number("process_prio"),
};
export type ConfigRow = RowOf<typeof CONFIG>;

/** The answer of reloadConfig. */
export interface ConfigChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Of each changed group, the options that differ. */
export type ChangedOptions = ReadonlyMap<string, readonly string[]>;

/** Reads the answer of getChangedOptions. */
export function readChangedOptions(value: XmlRpcValue): ChangedOptions {
  const options = ({ options: keys = [] }: XmlRpcStruct) => asArray(keys).map(String);
  const rows = readRows(value, { group: text("group"), options });
  return new Map(rows.map(({ group, options }) => [group, options]));
}

const CHANGE = { option: text("option"), before: text("before"), after: text("after") };
/** One process of a change. */
const PLAN = {
  group: text("group"),
  name: text("name"),
  action: (struct: XmlRpcStruct) => oneOf(PLANNED_ACTIONS, text("action")(struct)),
  isWhole: flag("whole"),
  changes: ({ changes = [] }: XmlRpcStruct) => readRows(changes, CHANGE),
};
export type PlanRow = RowOf<typeof PLAN>;

/** The same of getPlan, with what it says of sockets. */
const PLANNED = {
  ...PLAN,
  problems: ({ problems = [] }: XmlRpcStruct) => names(problems),
  untried: ({ untried = [] }: XmlRpcStruct) => names(untried),
};
export type PlannedRow = RowOf<typeof PLANNED>;

/** One process of apply and rollBack. */
const APPLIED = { ...PLAN, outcome: text("outcome"), error: text("error") };
export type AppliedRow = RowOf<typeof APPLIED>;

/** One program of decide. */
const DECIDED = {
  ...{ section: text("section"), before: text("before"), after: text("after") },
  filed: text("filed"),
  running: ({ running = [] }: XmlRpcStruct) => names(running),
};
export type DecidedRow = RowOf<typeof DECIDED>;

/** Reads the answer of decide. */
export function readDecided(value: XmlRpcValue) {
  const { programs = [], applied = [] } = isStruct(value) ? value : unexpected("a struct", value);
  return { programs: readRows(programs, DECIDED), applied: readAppliedRows(applied) };
}

export const readPlanRows = (value: XmlRpcValue) => readRows(value, PLANNED);
export const readAppliedRows = (value: XmlRpcValue) => readRows(value, APPLIED);

/** Reads one process. */
export const readProcessRow = (value: XmlRpcValue) => readRow(value, PROCESS);

/** Reads all processes. */
export const readProcessRows = (value: XmlRpcValue) => readRows(value, PROCESS);

/** Reads the results of a command on many processes. */
export const readResultRows = (value: XmlRpcValue) => readRows(value, RESULT);

/** Reads of which processes an answer is. */
export const readNames = (value: XmlRpcValue) =>
  readRows(value, { group: text("group"), name: text("name") });

/** Reads the configured processes. */
export const readConfigRows = (value: XmlRpcValue) => readRows(value, CONFIG);

function readRows<F extends Fields>(value: XmlRpcValue, fields: F): readonly RowOf<F>[] {
  return asArray(value).map((each) => readRow(each, fields));
}

function readRow<F extends Fields>(value: XmlRpcValue, fields: F): RowOf<F> {
  const struct = isStruct(value) ? value : unexpected("a struct", value);
  const row = Object.entries(fields).map(([field, read]) => [field, read(struct)]);
  return Object.fromEntries(row) as RowOf<F>;
}

/** Reads the answer of reloadConfig. The three lists come wrapped in an array of one. */
export function readConfigChanges(value: XmlRpcValue): ConfigChanges {
  const [added = [], changed = [], removed = []] = asArray(asArray(value)[0] ?? []);
  return { added: names(added), changed: names(changed), removed: names(removed) };
}

/** Reads an answer that is one text. */
export function readText(value: XmlRpcValue): string {
  return typeof value === "string" ? value : unexpected("a string", value);
}

/** Reads an answer that is one number. */
export function readNumber(value: XmlRpcValue): number {
  return typeof value === "number" ? value : unexpected("an integer", value);
}

/** A number that may be sent as a double; `absent` for another value. */
export function doubleOf(value: XmlRpcValue | null | undefined, absent = 0): number {
  if (typeof value === "number") return value;
  const number = fieldOf(value, "value");
  return typeof number === "number" ? number : absent;
}

function names(value: XmlRpcValue): readonly string[] {
  return asArray(value).map(readText);
}

function asArray(value: XmlRpcValue): readonly XmlRpcValue[] {
  return Array.isArray(value) ? value : unexpected("an array", value);
}

function oneOf<T extends string>(words: readonly T[], word: string): T {
  return words.find((each) => each === word) ?? unexpected(words.join(" or "), word);
}

function text(member: string) {
  return ({ [member]: value }: XmlRpcStruct): string =>
    typeof value === "string" ? value : unexpected(`a string as ${member}`, value);
}

function number(member: string) {
  return ({ [member]: value }: XmlRpcStruct): number =>
    typeof value === "number" ? value : unexpected(`an integer as ${member}`, value);
}

function flag(member: string) {
  return ({ [member]: value }: XmlRpcStruct): boolean => {
    if (typeof value === "number") return value !== 0;
    return typeof value === "boolean" ? value : unexpected(`a boolean as ${member}`, value);
  };
}

function unexpected(wanted: string, value: unknown): never {
  const got = JSON.stringify(value)?.slice(0, 80) ?? "nothing";
  throw new UnhandledFailure({
    kind: "other",
    exception: "xmlrpc.client.ResponseError",
    text: `the server should have answered ${wanted}, not ${got}`,
  });
}
