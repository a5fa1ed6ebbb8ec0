// Checks of programs and their findings, and functions that several of them use.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { remembered } from "../../../core/base/remembered.ts";
import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
import { execError, type Launch } from "../../exec/exec-error.ts";
import { type Account, permits } from "../../facts/access.ts";
import type { DoctorFacts, ProgramStatus } from "../../facts/doctor-facts.ts";
import { steadyPath, strayLink } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import {
  absoluteFile,
  historyTable,
  programFinder,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Fix, Repair, Severity } from "../../model.ts";
import { shellLine, tsvCommand } from "../../repairs/commands.ts";
import { optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { type Check, check, finding, type Results } from "../check.ts";

/** A program, with what the daemon reports about its processes. */
export type ExaminedProgram = ReturnType<typeof examinedPrograms>[number];

/** A check of each program. @param prepare finds out once what is needed for all of them */
export function programCheck(
  code: string,
  prepare: (facts: DoctorFacts) => (program: ExaminedProgram) => Results,
): Check {
  return check(code, (facts) => examinedPrograms(facts).map(prepare(facts)));
}

function examinedPrograms(facts: DoctorFacts) {
  const statuses = statusTable(facts);
  const histories = historyTable(facts);
  return supervisedPrograms(facts).map((program) => {
    const own = statusesOf(program, statuses);
    return {
      ...program,
      /** Empty if no server answers. */
      statuses: own,
      histories: program.members.flatMap((member) => histories.get(member) ?? []),
      /** Whether one of its processes is known to run: then a reason that prevents its start is not urgent. */
      isUp: own.some(({ state }) => state === "RUNNING"),
    };
  });
}

/** The history of one process; null if the daemon does not provide it. */
export function historyOf(
  { group, name }: Pick<ProgramStatus, "group" | "name">,
  { histories }: Pick<ExaminedProgram, "histories">,
): ProgramHistory | null {
  return histories.find((one) => one.group === group && one.name === name) ?? null;
}

/** The process and its ancestors; the table of processes may change meanwhile. */
export function withAncestors(pid: number, probe: Probe): readonly number[] {
  const pids: number[] = [];
  for (let at = pid; at > 0 && !pids.includes(at); at = probe.process(at)?.parent ?? 0) {
    pids.push(at);
  }
  return pids;
}

/** A finding about a program. @param key the option that it is about */
export function programFinding(
  severity: Severity,
  { label, members, section }: Pick<Supervised, "label" | "members" | "section">,
  { config }: DoctorFacts,
  key: string,
  about: Omit<Parameters<typeof finding>[2], "place">,
): Finding {
  const others = members.length - 1;
  const same = others === 0 ? null : `the same for ${others} more of its processes`;
  const place = optionPlace(config, section, key);
  return finding(severity, label, { ...about, evidence: [...(about.evidence ?? []), same], place });
}

/**
 * The finding for a program that runs nevertheless: a file that is missing now existed when the program was started, and its
 * next start will fail.
 */
export function atNextStart({ isUp }: ExaminedProgram, finding: Finding): Finding {
  if (!isUp) return finding;
  const symptom = `the next start will fail: ${finding.symptom}`;
  return { ...finding, severity: "warning", symptom };
}

/**
 * Whether one of the files that define a program was changed after a time: events before that say nothing about the present
 * program.
 */
export function isOutdated(
  { config, section }: Pick<Supervised, "config" | "section">,
  seconds: number,
  facts: DoctorFacts,
): boolean {
  const options = facts.config.raw?.sections.get(section)?.options.values() ?? [];
  const files = new Set([config.origin.file, ...Array.from(options, ({ file }) => file)]);
  return Array.from(files).some((file) => {
    const found = facts.probe.look(file);
    // The time is truncated to whole seconds.
    return found.ok && found.modifiedMs >= (seconds + 1) * 1000;
  });
}

/** Makes ctl act on the daemon, after confirmation. @param what for messages: "start web" */
export function ctlFix(
  words: readonly string[],
  what: string,
  shown: { readonly now: string; readonly will: string },
  facts: DoctorFacts,
): Fix {
  const { executable, config } = facts;
  const named = config.path === null ? [] : ["-c", config.path];
  const { steps } = fix.command("B", [executable.path, "ctl", ...named, ...words], what, shown);
  return fix.steps("B", [tsvCommand(words, facts)], steps);
}

/** The words of its command; none if it cannot be parsed. */
export function wordsOf({ config }: Pick<Supervised, "config">): readonly string[] {
  const words = splitCommand(config.command);
  return words.ok ? words.value : [];
}

/** The name of the file of its command; empty if it cannot be parsed. */
export function commandName(program: Pick<Supervised, "config">): string {
  return splitPath(wordsOf(program)[0] ?? "").tail;
}

/**
 * The command as written, with its first word replaced or prefixed; null if it is written in a way that cannot be edited as
 * text.
 */
export function rewrittenCommand(
  program: Supervised,
  { config }: DoctorFacts,
  change: (first: string, rest: string) => string,
): string | null {
  const written = writtenValue(config, program.section, "command");
  if (written === null || written.includes("\n")) return null;
  const split = /^([^\s"'\\]+)(\s.*)?$/.exec(written.trim());
  if (split === null) return null;
  const [, first = "", rest = ""] = split;
  return change(first, rest);
}

/**
 * The repair for a path with a symlink that another user can change; null if there is none. The owner of the symlink could
 * choose the file that root opens or changes, even through a pasted command.
 */
export function behindLink(path: string, { caller, probe }: DoctorFacts): Repair | null {
  const link = caller.uid === 0 ? strayLink(path, probe) : null;
  if (link === null) return null;
  const advice = `Check the target of ${printable(link)}: users other than root can change this symlink, so doctor does not change its target`;
  return byHand(advice, [shellLine(["namei", "-l", path])]);
}

/**
 * Gives an account access to a path that only root can use, through its group, so that no other user gets access. null if
 * this would override an owner or mode that was set on purpose.
 */
export function letIn(named: string, seen: Seen, account: Account, probe: Probe): Repair | null {
  const path = steadyPath(named, probe);
  const gid = account.gids[0];
  if (seen.uid !== 0 || seen.gid !== 0 || gid === undefined || gid === 0) return null;
  if (permits(account, seen, "x")) return null;
  const group = probe.group(gid)?.name ?? String(gid);
  const after = { uid: 0, gid, mode: seen.mode | 0o050 };
  return repair(
    `Give the group ${group} access to ${path}`,
    fix.access("B", path, seen, after, probe),
  );
}

/** "web is FATAL: Exited too quickly …", as evidence; null for programs that run. */
export function describeStatus({ statuses }: ExaminedProgram): string | null {
  const [status] = statuses;
  if (status === undefined || status.state === "RUNNING") return null;
  const { name, state, spawnError } = status;
  return `${name} is ${state}${spawnError === "" ? "" : `: ${printable(spawnError)}`}`;
}

const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/**
 * Finds out how the daemon would start a program, and whether execve(2) would reject it; null if not, or if its file is not
 * found. Each file is checked once for each account and PATH.
 */
export function launchExaminer(facts: DoctorFacts) {
  const { platform, machine } = facts.host;
  const find = programFinder(facts);
  const errorOf = remembered((launch: string) =>
    execError(JSON.parse(launch) as Launch, facts.probe),
  );
  return (program: Supervised) => {
    const { found } = find(program);
    const file = found.ok ? absoluteFile(found.value.file, program) : null;
    if (file === null || platform !== "linux") return null;
    const { account, environment, base } = program;
    const path = environment["PATH"] ?? DEFAULT_PATH;
    const launch = { file, account, path, directory: base ?? "/", machine };
    const error = errorOf(JSON.stringify(launch));
    return error === null ? null : { launch, error };
  };
}

/** Adds to findings about stopped programs the command that starts them, which nothing else does after the repair. */
export function thenStart(check: Check): Check {
  return {
    ...check,
    look(facts) {
      const results = check.look(facts);
      if (results.length === 0) return results;
      const commands = startCommands(facts);
      return results.map((one) => {
        const command = "unknown" in one ? undefined : commands.get(one.subject);
        if ("unknown" in one || command === undefined) return one;
        if (one.repair.commands.includes(command)) return one;
        return { ...one, repair: { ...one.repair, commands: [...one.repair.commands, command] } };
      });
    },
  };
}

/** The commands that start what is stopped, by the subjects of findings about programs. */
function startCommands(facts: DoctorFacts): ReadonlyMap<string, string> {
  const commands = examinedPrograms(facts).flatMap(({ label, statuses }) => {
    const stopped = statuses.filter(({ state }) => state === "STOPPED");
    const names = stopped.map(({ group, name }) => displayName(group, name));
    return names.length > 0 ? [[label, tsvCommand(["start", ...names], facts)] as const] : [];
  });
  return new Map(commands);
}
