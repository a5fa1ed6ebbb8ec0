// Logs that the daemon does not open because of their owner: the file, or the pid file, belongs to another user than the daemon's
// (LOG-003), or the path contains a symlink of another user (LOG-012).

import { printable } from "../../../core/base/printable.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import {
  type Account,
  daemonAccount,
  firstPathProblem,
  ownership,
  permits,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { type LogUse, logUses } from "../../facts/logs.ts";
import { refusedLink } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { check, groupBy } from "../check.ts";
import { logFinding, logProblems, openSymptom } from "./log-access.ts";

/** Usually root's, after one run as root. */
export const FOREIGN_LOG_FILES = check("LOG-003", (facts) => {
  const account = daemonAccount(facts);
  const problems = logProblems(facts);
  const files = problems.flatMap((one) => (one.kind === "file" ? [one] : []));
  const pidfile = foreignPidfile(facts, account);
  const groups = groupBy<Foreign, string>(
    pidfile === null ? files : [...files, pidfile],
    ({ path }) => dirname(path),
  );
  return [
    problems.map((one) => (one.kind === "protected" ? protectedFile(one, account, facts) : null)),
    Array.from(groups, ([directory, group]) => foreign(directory, group, account, facts)),
  ];
});

interface Foreign {
  readonly path: string;
  /** Empty for the pid file. */
  readonly uses: readonly LogUse[];
  readonly seen: Seen;
}

function foreignPidfile(facts: DoctorFacts, account: Account): Foreign | null {
  const path = readConfig(facts)?.daemon.pidfile;
  if (path === undefined) return null;
  const problem = firstPathProblem(path, "write", account, facts.probe);
  const seen = problem?.path === path && problem.errno === "EACCES" ? problem.seen : null;
  return seen?.kind === "file" && problem?.lacks === "w" ? { path, uses: [], seen } : null;
}

function foreign(
  directory: string,
  files: readonly Foreign[],
  account: Account,
  facts: DoctorFacts,
): Finding {
  const { probe } = facts;
  const user = userName(account.uid, probe);
  const uses = files.flatMap((file) => file.uses);
  const { path = directory } = files.find((file) => file.uses.length > 0) ?? files[0] ?? {};
  const isPidfile = uses.length === 0;
  return logFinding(isPidfile ? "warning" : "error", directory, uses, facts, {
    symptom: isPidfile
      ? `could not write pidfile ${path}`
      : openSymptom(facts, path, uses, "EACCES"),
    cause: `The daemon runs as ${user}, which has no write permission on existing files: the daemon was once started as another user.`,
    evidence: [
      ...files.slice(0, 5).map(({ path: file, seen }) => `${file} is ${ownership(seen, probe)}`),
      files.length > 5 ? `and ${files.length - 5} more files in ${directory}` : null,
    ],
    ...(isPidfile ? { place: optionPlace(facts.config, "supervisord", "pidfile") } : {}),
    repair: giveFiles(files, account, probe),
  });
}

/** Gives files and their rotated copies to the daemon's user; symlinks and hard-linked files stay unchanged. */
function giveFiles(files: readonly Foreign[], account: Account, probe: Probe): Repair {
  const { uid } = account;
  const gid = probe.user(uid)?.gid ?? null;
  const advice = `Give these files to ${userName(uid, probe)}`;
  const paths = files.flatMap(({ path, uses }) => [
    path,
    ...(uses.length === 0 ? [] : rotatedCopies(path, probe)),
  ]);
  const given = Array.from(new Set(paths)).flatMap((path) => {
    const look = probe.look(path);
    if (!look.ok || look.kind !== "file" || probe.linkTarget(path) !== null) return [];
    return look.uid === uid && permits(account, look, "w") ? [] : [{ path, look }];
  });
  if (given.length === 0) {
    return byHand(
      advice,
      files.map(({ path }) => shellLine(["ls", "-l", path])),
    );
  }
  const steps = given.map(({ path, look }) => {
    // The group root of root's file is the default; any other group was set on purpose.
    const isDefault = look.uid !== uid && look.gid === 0 && gid !== null;
    const after = { uid, gid: isDefault ? gid : look.gid, mode: look.mode | 0o600 };
    return ownStep(path, look, after, probe);
  });
  const shown = given.map(({ path }) => shellWord(path)).join(" ");
  const commands = [`chown -h ${shellWord(userName(uid, probe))}: ${shown}`, `chmod u+rw ${shown}`];
  return repair(advice, fix.steps("B", commands, steps));
}

/** The existing ones of `web.log.1` and so on. */
function rotatedCopies(path: string, probe: Probe): readonly string[] {
  const { head } = splitPath(path);
  const names = (probe.list(head) ?? []).map((name) => joinPath(head, name));
  return names.filter((one) => one !== path && one.replace(/\.\d{1,4}$/, "") === path);
}

function protectedFile(
  { path, uses, seen }: Foreign,
  { uid }: Account,
  facts: DoctorFacts,
): Finding {
  const { probe } = facts;
  const user = userName(uid, probe);
  const opener = isSupervisor(facts) ? "Supervisor" : "The daemon";
  return logFinding("error", path, uses, facts, {
    symptom: openSymptom(facts, path, uses, "EACCES"),
    cause: `${opener} runs as ${user}, and in a sticky directory the kernel denies even root to open a file of another user with O_CREAT.`,
    evidence: [
      `${path} is ${ownership(seen, probe)}`,
      `fs.protected_regular is ${(probe.readText("/proc/sys/fs/protected_regular") ?? "").trim()}`,
    ],
    repair: byHand(
      `Log into a directory of ${user}, or give the file to ${user} if it belongs to this daemon`,
      [shellLine(["chown", "-h", user, path])],
    ),
  });
}

/** A daemon of root does not open such a log. */
export const REFUSED_LINK = check("LOG-012", (facts) => {
  const { probe } = facts;
  if (isSupervisor(facts) || daemonAccount(facts).uid !== 0) return null;
  const logs = Array.from(groupBy(logUses(facts), ({ path }) => path)).flatMap(([path, uses]) => {
    const link = refusedLink(path, probe);
    return link === null ? [] : [{ path, uses, link }];
  });
  return Array.from(groupBy(logs, ({ link }) => link.path).values(), (group) => {
    const [{ path, link }] = group;
    const uses = group.flatMap((log) => log.uses);
    const shown = printable(link.path);
    const user = userName(link.uid, probe);
    const target = probe.look(link.target);
    const owned = target.ok ? `, which is ${ownership(target, probe)}` : "";
    const isSticky = link.why === "sticky";
    return logFinding("error", link.path, uses, facts, {
      symptom: openSymptom(facts, path, uses, isSticky ? "EACCES" : "ELOOP"),
      cause: isSticky
        ? `${shown} is a symlink of ${user} in a world-writable directory: root does not follow it.`
        : `${shown} is a symlink of ${user} to a file of another user: root does not follow it.`,
      evidence: [`${shown} is a symlink to ${printable(link.target)}${owned}`],
      repair: byHand("Name the log without the symlink; or trust the symlink and give it to root", [
        shellLine(["namei", "-l", path]),
        shellLine(["chown", "-h", "root", link.path]),
      ]),
    });
  });
});
