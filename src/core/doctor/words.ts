// Words that many checks use: how a file, an account, a process or a place is named to people.

import { isPrintable, printable, replaceControls } from "../base/printable.ts";
import type { RawOption } from "../config/raw.ts";
import type { Access, PlannedStep, Step, Witness } from "../install/steps.ts";
import type { Obstacle } from "./access.ts";
import type { Place, Repair } from "./model.ts";
import type { Probe, Seen, SeenProcess } from "./probe.ts";
import { redactPatterns } from "./redact/patterns.ts";
import type { Situation } from "./situation.ts";

/** "0755": four digits, as chmod(1) takes them. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/** "root:adm 0750". */
export function ownership(seen: Pick<Seen, "uid" | "gid" | "mode">, probe: Probe): string {
  return `${probe.ownerName(seen.uid, seen.gid)} ${octal(seen.mode)}`;
}

/** "www-data", or "uid 1234" where there is no name. */
export function userName(uid: number, probe: Probe): string {
  return probe.user(uid)?.name ?? `uid ${uid}`;
}

/** One line of evidence: "EACCES: /var/log/app is root:root 0700, and www-data may not search it". */
export function describeObstacle(obstacle: Obstacle, uid: number, probe: Probe): string {
  const { path, errno, seen, lacks } = obstacle;
  if (errno === "ENOENT") return `ENOENT: ${path} does not exist`;
  if (seen === null) return `${errno}: ${path} cannot be looked at`;
  if (errno === "EROFS") return `EROFS: ${path} is on a file system that is mounted read-only`;
  const what = `${path} is ${errno === "EACCES" ? "" : `a ${seen.kind}, `}${ownership(seen, probe)}`;
  if (lacks === null) return `${errno}: ${what}`;
  const deed = { r: "read", w: "write to", x: seen.kind === "directory" ? "search" : "execute" };
  return `${errno}: ${what}, and ${userName(uid, probe)} may not ${deed[lacks]} it`;
}

/** "pid 812: /usr/bin/python3 /usr/bin/supervisord -c /etc/x.conf", at most 200 characters. */
export function describeProcess({ pid, command, name }: SeenProcess): string {
  // Whoever sees what the doctor says need not be one who may see all processes.
  const words = command.length === 0 ? `[${name}]` : redactPatterns(command.join(" "));
  const text = words.length > 200 ? `${words.slice(0, 199)}…` : words;
  return `pid ${pid}: ${printable(text)}`;
}

/** A word for a shell, quoted only where it has to be. Control characters are spelt: it is shown before it is pasted. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (isPrintable(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const bytes = (found: string): string =>
    Array.from(new TextEncoder().encode(found), (byte) => `\\x${byte.toString(16)}`).join("");
  const padded = (found: string): string => bytes(found).replace(/\\x(.)$/, "\\x0$1");
  return `$'${replaceControls(word.replace(/[\\']/g, "\\$&"), padded)}'`;
}

export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}

/** A command of tsv's, ready to paste: for the configuration that was named, where one was. */
export function tsvLine(words: readonly string[], { config }: Pick<Situation, "config">): string {
  const isNamed = config.chosenBy === "option" && config.path !== null;
  const [verb = "", ...rest] = words;
  const option = verb === "doctor" ? "--config" : "-c";
  return shellLine(["tsv", verb, ...(isNamed ? [option, config.path ?? ""] : []), ...rest]);
}

/** Where an option stands. */
export function placeOf(section: string, option: RawOption): Place {
  return { file: option.file, line: option.line, section, key: option.key };
}

/** A repair that only a person can decide on, or make. */
export function byHand(advice: string, commands: readonly string[] = []): Repair {
  return { class: "C", advice, commands, steps: [] };
}

/** "in the group adm", "in the groups adm, web". */
export function inGroups(gids: readonly number[], probe: Probe): string {
  const names = gids.map((gid) => probe.group(gid)?.name ?? String(gid));
  return names.length === 1 ? `in the group ${names[0]}` : `in the groups ${names.join(", ")}`;
}

/** A step of a repair, with what people are told about it. */
export function repairStep(
  step: Step,
  now: string,
  will: string,
  edited: PlannedStep["edited"] = null,
): PlannedStep {
  return { step, now, will, edited, mayFail: false };
}

/** Gives a path another owner or mode, if it still is what was seen there. No file gets or keeps a set-id bit by it. */
export function ownStep(path: string, before: Seen, after: Access, probe: Probe): PlannedStep {
  const { uid, gid } = after;
  const mode = before.kind === "directory" ? after.mode : after.mode & 0o777;
  const step: Step = { kind: "own", path, uid, gid, mode, seen: witnessOf(before) };
  return repairStep(step, ownership(before, probe), ownership(step, probe));
}

/** What a step of a repair is compared with when it is done. */
export function witnessOf({ kind, mode, uid, gid, device, inode }: Seen): Witness {
  return { kind, mode, uid, gid, device, inode };
}

/** Makes a directory that is missing for an account. Names come from the probe, because steps speak of names. */
export function directoryStep(path: string, access: Access, probe: Probe): PlannedStep {
  const [user = "root", group = "root"] = probe.ownerName(access.uid, access.gid).split(":");
  const owner = { user, group };
  const step: Step = { kind: "directory", path, mode: access.mode, owner, isNew: true };
  return repairStep(step, "missing", ownership(access, probe));
}
