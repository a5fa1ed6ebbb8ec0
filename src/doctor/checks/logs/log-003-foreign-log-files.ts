// LOG-003: logs or the pid file belong to another user than the daemon's, usually to root after one run as root.

import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { type Account, firstObstacle } from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import type { LogUse } from "../../facts/log-uses.ts";
import type { Look, Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { affectedLogs, openSymptom } from "./log-open-error.ts";
import { logTroubles } from "./log-trouble.ts";

export const FOREIGN_LOG_FILES = defineCheck({
  code: "LOG-003",
  area: "logs",
  title: "log belongs to another user",
  repairs: ["B", "C"],
  page: {
    symptom:
      "Supervisor crashes at start with a traceback that ends in `PermissionError: [Errno 13] Permission denied: '/var/log/app/supervisord.log'`, or a program has `spawnerr: unknown error making dispatchers for 'web': EACCES`. tsv says `the activity log cannot be opened`, `cannot open log '/var/log/app/web.log' of web (stdout): EACCES` or `could not write pidfile`.",
    cause:
      "The daemon was once started as root and created files that belong to root. Now it runs as the user of `user=`, which has no permission to write to them. The directory is correct; the files themselves, their rotated copies or the pid file have the wrong owner. In a directory with the sticky bit, such as `/tmp`, root is affected: since Linux 4.19, the kernel does not let even root open files of another user there for writing (`fs.protected_regular`).",
    repair:
      "Doctor lists the files with their owners and gives them to the daemon's user after you confirm. Their contents are kept, and symlinks are not followed. Doctor does not change a log in `/tmp` that belongs to another user, because it cannot know who the right owner is: use a path in a directory of the daemon.",
  },
  look(situation, probe) {
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
});

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
  const obstacle = firstObstacle(path, "write", account, probe);
  const isFile =
    obstacle?.path === path && obstacle.seen?.kind === "file" && obstacle.lacks === "w";
  return isFile && obstacle.errno === "EACCES" && obstacle.seen !== null
    ? { path, uses: [], seen: obstacle.seen }
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
  return {
    severity: uses.length === 0 ? "warning" : "error",
    subject: directory,
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
  };
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
  return {
    severity: "error",
    subject: path,
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
  };
}
