// Findings about programs, and functions that several checks of programs use.

import { displayName } from "../../../core/base/ids.ts";
import { octalMode } from "../../../core/base/permission-words.ts";
import { printable } from "../../../core/base/printable.ts";
import { type ExecError, execError, type Launch } from "../../exec/exec-error.ts";
import { type Account, permits } from "../../facts/access.ts";
import { steadyPath, strayLink } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  absoluteFile,
  type FoundProgram,
  programFinder,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Place, Repair } from "../../model.ts";
import { shellLine, shellWord, tsvCommand } from "../../repairs/commands.ts";
import {
  changeOptions,
  describeChanges,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import type { Check } from "../check.ts";

/** The file, section and line of a program's option. */
export function placeIn(situation: Situation, { section }: Supervised, key: string): Place | null {
  return optionPlace(situation.config, section, key);
}

/** A finding about a program. */
export function programFinding(
  program: Pick<Supervised, "label" | "members">,
  said: Omit<Finding, "subject">,
): Finding {
  const others = program.members.length - 1;
  const evidence =
    others === 0
      ? said.evidence
      : [...said.evidence, `the same for ${others} more of its processes`];
  return { ...said, subject: program.label, evidence };
}

/** Whether a process of the program is known to run: then a reason that prevents its start is not urgent. */
export function isUp(states: readonly { readonly state: string }[]): boolean {
  return states.some(({ state }) => state === "RUNNING");
}

/**
 * The finding for a program that runs nevertheless: a file that is missing now existed when the program was started, and its
 * next start will fail.
 */
export function atNextStart(finding: Finding, isRunning: boolean): Finding {
  if (!isRunning) return finding;
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
  situation: Situation,
  probe: Probe,
): boolean {
  const options = situation.config.raw?.sections.get(section)?.options.values() ?? [];
  const files = new Set([config.origin.file, ...Array.from(options, ({ file }) => file)]);
  return Array.from(files).some((file) => {
    const found = probe.look(file);
    // The time is truncated to whole seconds.
    return found.ok && found.modifiedMs >= (seconds + 1) * 1000;
  });
}

// Repairs that several checks of programs suggest.

/** Sets options in the program's section; by hand if the file cannot be edited. */
export function setOptions(
  advice: string,
  program: Supervised,
  values: Readonly<Record<string, string>>,
  { config }: Situation,
  probe: Probe,
): Repair {
  const changes = Object.entries(values).map(([key, value]) => ({
    section: program.section,
    key,
    value,
  }));
  const commands = describeChanges(config, changes);
  const steps = changeOptions(config, changes, probe);
  return steps === null ? byHand(advice, commands) : { class: "B", advice, commands, steps };
}

/**
 * The command as written, with its first word replaced or prefixed; null if it is written in a way that cannot be edited as
 * text.
 */
export function rewrittenCommand(
  program: Supervised,
  { config }: Situation,
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
export function behindLink(path: string, { caller }: Situation, probe: Probe): Repair | null {
  const link = caller.uid === 0 ? strayLink(path, probe) : null;
  if (link === null) return null;
  const advice = `Check the target of ${printable(link)}: users other than root can change this symlink, so doctor does not change its target`;
  return byHand(advice, [shellLine(["namei", "-l", path])]);
}

/**
 * Gives an account access to a path that only root can use, through its group, so that no other user gets access. null if
 * this would override an owner or mode that was set on purpose.
 */
export function letIn(
  named: string,
  seen: Seen,
  account: Account,
  bits: 5 | 7,
  probe: Probe,
): Repair | null {
  const path = steadyPath(named, probe);
  const gid = account.gids[0];
  if (seen.uid !== 0 || seen.gid !== 0 || gid === undefined || gid === 0) return null;
  const mode = seen.mode | (bits << 3);
  const group = probe.group(gid)?.name ?? String(gid);
  if (permits(account, seen, "x")) return null;
  return {
    class: "B",
    advice: `Give the group ${group} access to ${path}`,
    commands: [
      `chgrp ${shellWord(group)} ${shellWord(path)} && chmod ${octalMode(mode)} ${shellWord(path)}`,
    ],
    steps: [ownStep(path, seen, { uid: 0, gid, mode }, probe)],
  };
}

// The status of a program as the daemon reports it, as evidence.

/** "web is FATAL: Exited too quickly …"; empty for programs that run. */
export function describeStatus(
  { members }: Pick<Supervised, "members">,
  { programs }: Situation,
): readonly string[] {
  const [first] = members;
  const status = (programs ?? []).find(({ group, name }) => `${group}:${name}` === first);
  if (status === undefined || status.state === "RUNNING") return [];
  const { name, state, spawnError } = status;
  return [`${name} is ${state}${spawnError === "" ? "" : `: ${printable(spawnError)}`}`];
}

// How the daemon would start each program whose file it finds, and the result that execve(2) would return.

export interface UnexecutableProgram {
  readonly program: Supervised;
  readonly launch: Launch;
  readonly error: ExecError | "unknown";
}

const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/** How a program would be started; null if its file is not found or unknown. */
function launchOf(
  program: Supervised,
  { found }: FoundProgram,
  { host }: Situation,
): Launch | null {
  const file = found.ok ? absoluteFile(found.value.file, program) : null;
  if (file === null || host.platform !== "linux") return null;
  return {
    file,
    account: program.account,
    path: program.environment["PATH"] ?? DEFAULT_PATH,
    directory: program.base ?? "/",
    machine: host.machine,
  };
}

/** Every program that execve(2) would reject; each file is checked once for each account and PATH. */
export function unexecutablePrograms(
  situation: Situation,
  probe: Probe,
): readonly UnexecutableProgram[] {
  const find = programFinder(situation, probe);
  const seen = new Map<string, ExecError | "unknown" | null>();
  return supervisedPrograms(situation, probe).flatMap((program) => {
    const launch = launchOf(program, find(program), situation);
    if (launch === null) return [];
    const key = JSON.stringify([launch.file, launch.account.uid, launch.path, launch.directory]);
    const known = seen.get(key);
    const error = known === undefined ? execError(launch, probe) : known;
    seen.set(key, error);
    return error === null ? [] : [{ program, launch, error }];
  });
}

// The last step after a repair of what kept a program from starting: a program that is STOPPED stays so until it is started.

/** The check, whose findings about stopped programs end with the command that starts them. */
export function thenStart(check: Check): Check {
  return {
    ...check,
    look(situation, probe) {
      const said = check.look(situation, probe);
      if (said.length === 0) return said;
      const commands = startCommands(situation, probe);
      return said.map((one) => ("unknown" in one ? one : withStart(one, commands)));
    },
  };
}

function withStart(finding: Finding, commands: ReadonlyMap<string, string>): Finding {
  const { repair, subject } = finding;
  const command = commands.get(subject);
  if (command === undefined || repair.commands.includes(command)) return finding;
  return { ...finding, repair: { ...repair, commands: [...repair.commands, command] } };
}

/** The commands that start what is stopped, by the subjects of findings about programs. */
export function startCommands(situation: Situation, probe: Probe): ReadonlyMap<string, string> {
  const statuses = statusTable(situation);
  const commands = supervisedPrograms(situation, probe).flatMap((program) => {
    const stopped = statusesOf(program, statuses).filter(({ state }) => state === "STOPPED");
    const names = stopped.map(({ group, name }) => displayName(group, name));
    const isStopped = names.length > 0;
    return isStopped ? [[program.label, tsvCommand(["start", ...names], situation)] as const] : [];
  });
  return new Map(commands);
}
