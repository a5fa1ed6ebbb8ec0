// Decisions of operators (tsv scale, enable, disable): a layer above the files of a configuration, which only the daemon writes.
// A decision that does not fit the files any more is kept and does nothing: it must not keep a daemon from starting.

import { printable } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { clockText, dateText, localTime } from "../logs/calendar.ts";
import { MOST_COPIES } from "./limits.ts";
import type { Config, Decision, ProcessConfig } from "./model.ts";
import { PROGRAM } from "./options/program.ts";
import { joinPath } from "./paths.ts";
import { findOption, parseIni, type RawConfig, type RawOption } from "./raw.ts";
import { notice, openScope, type Reading, readOption } from "./reading.ts";
import type { ConfigRule } from "./rules.ts";
import { privateKey } from "./server-address.ts";
import { parseValue } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

/** The options that an operator decides about. */
export const DECIDABLE = ["numprocs", "enabled"] as const;

/** Kinds of sections that have them. */
const PROGRAMS = /^(?:program|fcgi-program|eventlistener):/;

/** `user=` of the daemon. */
type DaemonUser = { readonly uid: number; readonly home?: string } | null;

/**
 * Where decisions are by default.
 * @param user `user=` of [supervisord]; null for the user who starts the daemon
 */
export function defaultStateDirectory(user: DaemonUser, world: ConfigWorld): string {
  if ((user?.uid ?? world.uid) === 0) return "/var/lib/tsv";
  const { XDG_STATE_HOME: ofSession = "" } = world.env;
  // The environment may be that of root, who starts a daemon for another user.
  if (user === null && ofSession.startsWith("/")) return joinPath(ofSession, "tsv");
  return joinPath(user === null ? world.home : (user.home ?? "/"), ".local/state/tsv");
}

/** The file of a configuration in the directory of decisions: its absolute path, with `-` in place of `/`. */
export function decisionsPath(
  directory: string,
  { here, configFile }: Pick<Reading, "here" | "configFile">,
): string {
  const escaped = encodeURIComponent(privateKey(here, configFile).replace(/^\/+/, ""));
  const name = escaped.replace(/[-!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return joinPath(directory, name.replaceAll("%2F", "-"));
}

/**
 * Puts decisions over the files of a reading.
 * @param directory null for none
 * @param uid the user of the daemon
 * @returns all decisions, also those that do nothing
 */
export function applyDecisions(
  reading: Reading,
  directory: string | null,
  uid: number,
): readonly Decision[] {
  if (directory === null || reading.world.readDecisions === undefined) return [];
  const path = decisionsPath(directory, reading);
  const text = reading.world.readDecisions(path, uid);
  if (text.ok && text.value === null) return [];
  const written = text.ok ? parseDecisions(text.value ?? "", path) : text;
  if (!written.ok) {
    remark(
      reading,
      "WARN",
      "unfit-decision",
      `decisions of operators are ignored: ${written.error}`,
    );
    return [];
  }
  for (const unknown of written.value.unknown) {
    remark(
      reading,
      "WARN",
      "unfit-decision",
      `${unknown} is no decision of an operator, and ignored`,
    );
  }
  return written.value.options.map(({ section, option }) => applyOne(reading, section, option));
}

function remark(reading: Reading, level: "WARN" | "INFO", rule: ConfigRule, text: string): void {
  notice(reading, { level, text, rule });
}

function applyOne(reading: Reading, section: string, option: RawOption): Decision {
  const { key: written, value, file, line } = option;
  const key = DECIDABLE.find((each) => each === written) ?? "enabled";
  const decision = { section, key, value, since: timeOf(option) };
  const known = reading.raw.sections.get(section);
  const place = `${file}:${line}`;
  if (known === undefined) {
    const text = `${place}: ${key}=${value} of an operator is kept, but there is no [${section}]`;
    remark(reading, "INFO", "unused-decision", text);
    return { ...decision, filed: null, problem: `there is no [${section}]` };
  }
  const filed = filedValue(reading, section, key);
  const problem = whyUnfit(reading, section, key, value);
  if (problem !== null) {
    const text = `${place}: ${key}=${value} of an operator for [${section}] is ignored: ${problem}`;
    remark(reading, "WARN", "unfit-decision", text);
    return { ...decision, filed, problem };
  }
  const sections = new Map(reading.raw.sections);
  sections.set(section, { ...known, options: new Map([...known.options, [key, option]]) });
  reading.raw = { ...reading.raw, sections };
  return { ...decision, filed, problem: null };
}

/** What the files say, as a file would have it. */
function filedValue(reading: Reading, section: string, key: Decision["key"]): string {
  const known = reading.raw.sections.get(section);
  const row = key === "numprocs" ? PROGRAM.numprocs : PROGRAM.enabled;
  if (known === undefined) return row.default;
  // What is wrong with the value is reported where it is read, if it is in force.
  const apart: Reading = { ...reading, problems: [], notices: [], warnings: [] };
  return String(readOption(openScope(apart, known, "program"), row));
}

/** Why a value cannot be in force; null if it can. The error is a clause. */
function whyUnfit(
  reading: Reading,
  section: string,
  key: Decision["key"],
  value: string,
): string | null {
  const { raw, world } = reading;
  const known = raw.sections.get(section);
  if (known === undefined) return `there is no [${section}]`;
  if (key === "enabled") {
    const enabled = parseValue("boolean", value, world);
    return enabled.ok ? null : enabled.error;
  }
  const count = Number(value);
  if (!/^\d+$/.test(value) || count < 1 || count > MOST_COPIES) {
    return `it must be a number from 1 to ${MOST_COPIES}`;
  }
  const apart: Reading = { ...reading, problems: [], notices: [], warnings: [] };
  const most = readOption(openScope(apart, known, "program"), PROGRAM.numprocsMax);
  if (most !== null && count > most) return `it is more than numprocs_max=${most}`;
  return count > 1 ? whyOne(raw, section) : null;
}

/** Why a program can have only one process; null if it can have more. */
function whyOne(raw: RawConfig, section: string): string | null {
  const name = findOption(raw, section, PROGRAM.name.key)?.value ?? PROGRAM.name.default;
  if (name.includes("%(process_num)")) return null;
  const fix = "process_name=%(program_name)s_%(process_num)02d";
  return `its processes would have one name; add ${fix} to [${section}]`;
}

/** An option of the layer, and the place of others that do not belong there. */
interface WrittenDecisions {
  readonly options: readonly { readonly section: string; readonly option: RawOption }[];
  readonly unknown: readonly string[];
}

/** The error is a clause with its place. */
function parseDecisions(text: string, path: string): Result<WrittenDecisions, string> {
  const document = parseIni(text, path);
  if (!document.ok) {
    const [bad] = document.error.lines;
    const place = bad === undefined ? path : `${path}:${bad.line}`;
    return err(`${place} is no line of a configuration`);
  }
  const all = Array.from(document.value.sections.values()).flatMap(({ name, options }) =>
    Array.from(options.values(), (option) => ({ section: name, option })),
  );
  const isKnown = ({ section, option }: (typeof all)[number]): boolean =>
    PROGRAMS.test(section) && DECIDABLE.some((key) => key === option.key);
  return ok({
    options: all.filter(isKnown),
    unknown: all
      .filter((each) => !isKnown(each))
      .map(({ option }) => `${path}:${option.line} (${printable(option.key)})`),
  });
}

/** When it was decided; empty if that is not written. */
function timeOf({ cuts }: RawOption): string {
  return /since ([\d:TZ-]{10,20})$/.exec(cuts[0]?.comment ?? "")?.[1] ?? "";
}

/** What has disabled a program, after "It is disabled"; empty if it is enabled. */
export function disabledText(
  { enabled, origin }: Pick<ProcessConfig, "enabled" | "origin">,
  decisions: readonly Decision[],
): string {
  if (enabled) return "";
  const decision = decisions.find(
    ({ section, key, value }) =>
      section === origin.section && key === "enabled" && value === "false",
  );
  if (decision === undefined) return "in its file (enabled=false)";
  return `by an operator${decision.since === "" ? "" : ` since ${decision.since}`}`;
}

/** Numbers of processes of a program. */
export interface Scale {
  /** As an operator has decided. */
  readonly to: number;
  /** As its file says. */
  readonly filed: number;
}

/** What an operator has made of numprocs; null if that is what the file says. */
export function scaleOf(
  { origin }: Pick<ProcessConfig, "origin">,
  decisions: readonly Decision[],
): Scale | null {
  const decision = decisions.find(
    ({ section, key, problem }) =>
      section === origin.section && key === "numprocs" && problem === null,
  );
  const [to, filed] = [Number(decision?.value), Number(decision?.filed)];
  return decision === undefined || to === filed ? null : { to, filed };
}

/** A time as decisions have it. @param wallMs epoch milliseconds */
export function sinceText(wallMs: number): string {
  const time = localTime(wallMs, 0);
  return `${dateText(time)}T${clockText(time)}Z`;
}

/** The layer as it is written. @param configFile absolute */
export function decisionsText(decisions: readonly Decision[], configFile: string): string {
  const head = [
    `; Decisions of operators about ${printable(configFile)}, which they override:`,
    "; tsv scale, tsv enable and tsv disable. The daemon writes this file.",
  ];
  const sections = new Map<string, string[]>();
  for (const { section, key, value, since: date } of decisions) {
    const since = date === "" ? "" : ` ; since ${date}`;
    const lines = sections.get(section) ?? [`[${section}]`];
    sections.set(section, [...lines, `${key} = ${value}${since}`]);
  }
  return `${[head.join("\n"), ...Array.from(sections.values(), (all) => all.join("\n"))].join("\n\n")}\n`;
}

/** What an operator wants. */
export interface WantedDecision {
  /** A program, a group, `group:*`, or `group:process` of a program with one process. */
  readonly name: string;
  readonly key: Decision["key"];
  /** Empty to drop the decision. */
  readonly value: string;
  /** Now, as in `Decision`. */
  readonly since: string;
}

/** What becomes of one program. Values are as in a file. */
export interface DecidedProgram {
  readonly section: string;
  readonly before: string;
  readonly after: string;
  /** What the files say. */
  readonly filed: string;
}

/** Why a decision is not made. */
export interface RefusedDecision {
  readonly fault: "BAD_NAME" | "INCORRECT_PARAMETERS" | "FAILED";
  readonly text: string;
}

/** The decisions as they are to be, and what that means for each program that is named. */
export interface DecisionPlan {
  readonly decisions: readonly Decision[];
  readonly programs: readonly DecidedProgram[];
}

/** Decides, without validating the value. A decision that says what the files say is dropped. */
export function planDecision(
  config: Config,
  wanted: WantedDecision,
): Result<DecisionPlan, RefusedDecision> {
  const { key, since } = wanted;
  const named = sectionsOf(config, wanted);
  if (!named.ok) return named;
  let decisions = config.decisions;
  const programs = named.value.map((section): DecidedProgram => {
    const old = decisions.find((each) => each.section === section && each.key === key);
    const before = inForce(config, section, key);
    const filed = old === undefined ? before : (old.filed ?? "");
    const after = wanted.value === "" ? filed : wanted.value;
    // A program that is gone has nothing to be decided.
    const isDropped = ["", filed].includes(wanted.value) || filed === "";
    if (isDropped) decisions = decisions.filter((each) => each !== old);
    else if (old?.value !== wanted.value) {
      const fresh: Decision = { section, key, value: wanted.value, since, filed, problem: null };
      decisions = [...decisions.filter((each) => each !== old), fresh];
    }
    return { section, before, after, filed };
  });
  return ok({ decisions, programs });
}

/** Empty for a section that is not there. */
function inForce({ groups }: Config, section: string, key: Decision["key"]): string {
  const processes = groups
    .flatMap((group) => group.processes)
    .filter(({ origin }) => origin.section === section);
  if (processes.length === 0) return "";
  return key === "numprocs" ? String(processes.length) : String(processes[0]?.enabled);
}

/** The sections of programs that a name means. */
function sectionsOf(
  { groups, decisions }: Config,
  { name, key, value }: WantedDecision,
): Result<readonly string[], RefusedDecision> {
  const found = new Set<string>();
  for (const group of groups) {
    for (const process of group.processes) {
      const isWhole =
        name === process.programName || name === group.name || name === `${group.name}:*`;
      if (isWhole) found.add(process.origin.section);
      if (isWhole || name !== `${group.name}:${process.name}`) continue;
      const { section } = process.origin;
      const copies = group.processes.filter(({ origin }) => origin.section === section).length;
      if (copies > 1) {
        const command = commandFor(process.programName, key, value);
        const text = `it is one of ${copies} processes of ${process.programName}: use ${command}`;
        return err({ fault: "INCORRECT_PARAMETERS", text });
      }
      found.add(section);
    }
  }
  if (found.size > 0) return ok([...found]);
  // A decision about a program that is gone can be dropped.
  const kept = decisions.filter((each) => each.section.endsWith(`:${name}`) && each.key === key);
  const isDropped = value === "" || value === "true";
  if (isDropped && kept.length > 0) return ok(kept.map(({ section }) => section));
  return err({ fault: "BAD_NAME", text: name });
}

function commandFor(program: string, key: Decision["key"], value: string): string {
  if (key === "numprocs") {
    return value === "" ? `tsv scale --reset ${program}` : `tsv scale ${program}=${value}`;
  }
  return `tsv ${value === "false" ? "disable" : "enable"} ${program}`;
}
