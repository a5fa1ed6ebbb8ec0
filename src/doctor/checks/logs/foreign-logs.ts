// LOG-003: logs or the pid file belong to another user than the daemon's, usually to root after one run as root.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import {
  type Account,
  daemonAccount,
  firstPathProblem,
  ownership,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import { type LogUse, logUses, usesByPath } from "../../facts/logs.ts";
import { type RefusedLink, refusedLink } from "../../facts/path-trust.ts";
import type { Look, Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { affectedLogs, logTroubles, openSymptom } from "./log-access.ts";

export const FOREIGN_LOG_FILES = check(
  "LOG-003",
  "log belongs to another user",
  (situation, probe) => {
    const account = daemonAccount(situation, probe);
    const groups = new Map<string, Foreign[]>();
    const add = (file: Foreign): void => {
      const directory = dirname(file.path);
      const there = groups.get(directory);
      if (there === undefined) groups.set(directory, [file]);
      else there.push(file);
    };
    const said: Finding[] = [];
    for (const trouble of logTroubles(situation, probe)) {
      const { path, uses } = trouble;
      if (trouble.kind === "file") add({ path, uses, seen: trouble.seen });
      if (trouble.kind === "protected") {
        said.push(protectedFile({ path, uses, seen: trouble.seen }, account, { situation, probe }));
      }
    }
    const pidfile = foreignPidfile(situation, account, probe);
    if (pidfile !== null) add(pidfile);
    for (const [directory, files] of groups) {
      said.push(foreign(directory, files, account, { situation, probe }));
    }
    return said;
  },
);

interface Looking {
  readonly situation: Situation;
  readonly probe: Probe;
}

interface Foreign {
  readonly path: string;
  /** Empty for the pid file. */
  readonly uses: readonly LogUse[];
  readonly seen: Seen;
}

function foreignPidfile(situation: Situation, account: Account, probe: Probe): Foreign | null {
  const path = readConfig(situation)?.daemon.pidfile;
  if (path === undefined) return null;
  const pathProblem = firstPathProblem(path, "write", account, probe);
  const isFile =
    pathProblem?.path === path && pathProblem.seen?.kind === "file" && pathProblem.lacks === "w";
  return isFile && pathProblem.errno === "EACCES" && pathProblem.seen !== null
    ? { path, uses: [], seen: pathProblem.seen }
    : null;
}

function foreign(
  directory: string,
  files: readonly Foreign[],
  account: Account,
  { situation, probe }: Looking,
): Finding {
  const user = userName(account.uid, probe);
  const logs = files.filter(({ uses }) => uses.length > 0);
  const [first] = logs.length > 0 ? logs : files;
  const uses = logs.flatMap((file) => file.uses);
  const path = first?.path ?? directory;
  const [use] = uses;
  return finding(uses.length === 0 ? "warning" : "error", directory, {
    symptom:
      uses.length === 0
        ? `could not write pidfile ${path}`
        : openSymptom(situation, path, uses, "EACCES"),
    cause: `The daemon runs as ${user}, which has no write permission on existing files: the daemon was once started as another user.`,
    evidence: [
      ...files.slice(0, 5).map(({ path: file, seen }) => `${file} is ${ownership(seen, probe)}`),
      ...(files.length > 5 ? [`and ${files.length - 5} more files in ${directory}`] : []),
      ...(uses.length > 0 ? [affectedLogs(uses)] : []),
    ],
    place:
      use === undefined
        ? optionPlace(situation.config, "supervisord", "pidfile")
        : optionPlace(situation.config, use.section, use.key),
    repair: giveFiles(files, account, { situation, probe }),
  });
}

/** Gives files and their rotated copies to the daemon's user; symlinks and hard-linked files stay unchanged. */
function giveFiles(files: readonly Foreign[], account: Account, { probe }: Looking): Repair {
  const user = userName(account.uid, probe);
  const gid = probe.user(account.uid)?.gid ?? null;
  const steps: PlannedStep[] = [];
  for (const { path, seen, uses } of files) {
    const names = [path, ...(uses.length === 0 ? [] : rotatedCopies(path, probe))];
    for (const name of names) {
      const found = name === path ? { ok: true as const, ...seen } : probe.look(name);
      if (!isPlain(name, found, probe) || found.uid === account.uid) continue;
      if (steps.some(({ step }) => "path" in step && step.path === name)) continue;
      // The group root of root's file is the default; any other group was set on purpose.
      const group = found.gid === 0 && gid !== null ? gid : found.gid;
      steps.push(
        ownStep(name, found, { uid: account.uid, gid: group, mode: found.mode | 0o600 }, probe),
      );
    }
    if (seen.uid === account.uid && isPlain(path, { ok: true, ...seen }, probe)) {
      steps.push(ownStep(path, seen, { ...seen, mode: seen.mode | 0o600 }, probe));
    }
  }
  const paths = steps.flatMap(({ step }) => (step.kind === "own" ? [step.path] : []));
  const shown = paths.map(shellWord).join(" ");
  return {
    class: steps.length === 0 ? "C" : "B",
    advice: `Give these files to ${user}`,
    commands:
      steps.length === 0
        ? files.map(({ path }) => shellLine(["ls", "-l", path]))
        : [`chown -h ${shellWord(user)}: ${shown}`, `chmod u+rw ${shown}`],
    steps,
  };
}

/** A file, not a symlink to one. */
function isPlain(
  path: string,
  found: Look,
  probe: Probe,
): found is Extract<Look, { readonly ok: true }> {
  return found.ok && found.kind === "file" && probe.linkTarget(path) === null;
}

/** The existing ones of `web.log.1` and so on. */
function rotatedCopies(path: string, probe: Probe): readonly string[] {
  const cut = path.lastIndexOf("/") + 1;
  const directory = path.slice(0, cut);
  const name = path.slice(cut);
  return (probe.list(dirname(path)) ?? [])
    .filter((one) => one.startsWith(`${name}.`) && /^\d{1,4}$/.test(one.slice(name.length + 1)))
    .map((one) => directory + one);
}

function protectedFile(file: Foreign, account: Account, { situation, probe }: Looking): Finding {
  const { path, uses, seen } = file;
  const [use] = uses;
  const who = userName(account.uid, probe);
  const opener = isSupervisor(situation) ? "Supervisor" : "The daemon";
  return finding("error", path, {
    symptom: openSymptom(situation, path, uses, "EACCES"),
    cause: `${opener} runs as ${who}, and in a sticky directory the kernel denies even root to open a file of another user with O_CREAT.`,
    evidence: [
      `${path} is ${ownership(seen, probe)}`,
      `fs.protected_regular is ${(probe.readText("/proc/sys/fs/protected_regular") ?? "").trim()}`,
      affectedLogs(uses),
    ],
    place: use === undefined ? null : optionPlace(situation.config, use.section, use.key),
    repair: byHand(
      `Log into a directory of ${who}, or give the file to ${who} if it belongs to this daemon`,
      [shellLine(["chown", "-h", who, path])],
    ),
  });
}

// LOG-012: a daemon of root does not open a log, because its path contains a symlink of another user.

export const REFUSED_LINK = check(
  "LOG-012",
  "log behind another user's symlink",
  (situation, probe) => {
    if (isSupervisor(situation) || daemonAccount(situation, probe).uid !== 0) return [];
    const found = new Map<string, { link: RefusedLink; path: string; uses: LogUse[] }>();
    for (const [path, uses] of usesByPath(logUses(situation, probe))) {
      const link = refusedLink(path, probe);
      if (link === null) continue;
      const there = found.get(link.path);
      if (there === undefined) found.set(link.path, { link, path, uses: [...uses] });
      else there.uses.push(...uses);
    }
    return Array.from(found.values(), (one) => findingOf(one, situation, probe));
  },
);

function findingOf(
  { link, path, uses }: { link: RefusedLink; path: string; uses: readonly LogUse[] },
  situation: Situation,
  probe: Probe,
): Finding {
  const [first] = uses;
  const [shown, target, user] = [
    printable(link.path),
    printable(link.target),
    userName(link.uid, probe),
  ];
  const led = probe.look(link.target);
  return finding("error", link.path, {
    symptom: openSymptom(situation, path, uses, link.why === "sticky" ? "EACCES" : "ELOOP"),
    cause:
      link.why === "sticky"
        ? `${shown} is a symlink of ${user} in a world-writable directory: root does not follow it.`
        : `${shown} is a symlink of ${user} to a file of another user: root does not follow it.`,
    evidence: [
      `${shown} is a symlink to ${target}${led.ok ? `, which is ${ownership(led, probe)}` : ""}`,
      affectedLogs(uses),
    ],
    place: first === undefined ? null : optionPlace(situation.config, first.section, first.key),
    repair: byHand("Name the log without the symlink; or trust the symlink and give it to root", [
      shellLine(["namei", "-l", path]),
      shellLine(["chown", "-h", "root", link.path]),
    ]),
  });
}
