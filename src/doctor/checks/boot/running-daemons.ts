// Which daemons run: two with one configuration (BOOT-010), one outside its service (BOOT-020), or one without a keeper
// (BOOT-023); and the pid file, stale or unwritable (BOOT-009).

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { KEEPER_OFF, KEEPER_PLACES, KEEPER_VARIABLE } from "../../../core/upgrade/keeper.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import {
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  ownership,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { describeProcess, hasAnswer } from "../../facts/daemons.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isFileLocked, isSamePath, type Probe, type Seen } from "../../facts/probe.ts";
import { serviceConfig } from "../../facts/service.ts";
import type { Finding } from "../../model.ts";
import { shellLine, tsvCommand } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { isMadeForRoot } from "../socket/binding.ts";
import { serviceError } from "./broken-service.ts";

export const TWO_DAEMONS = check(
  "BOOT-010",
  ({ config: { path }, daemons, servers, nowMs, probe }) => {
    if (path === null) return null;
    const same = daemons.filter(({ config }) => config !== null && isSamePath(config, path, probe));
    const pids = new Set(same.map(({ pid }) => pid));
    // A child of the daemon looks like the daemon until it executes its program.
    const grown = same.filter(({ pid }) => !pids.has(probe.process(pid)?.parent ?? 0));
    if (grown.length < 2) return null;
    const answering = new Set(servers.map(({ daemon }) => daemon?.pid));
    const silent = grown.filter(({ pid }) => !answering.has(pid));
    // If all of them answer, or none, doctor cannot know which one to keep.
    const ending = silent.length < grown.length ? silent : [];
    return finding("error", path, {
      symptom: "programs run twice, and their ports are in use",
      cause: `${grown.length} daemons run with ${path}.`,
      evidence: grown.map(({ pid, kind, startedMs, command }) => {
        const minutes = Math.max(0, Math.round((nowMs - startedMs) / 60_000));
        const answers = answering.has(pid) ? "answers" : "does not answer on a control server";
        const name = kind === "tsv" ? "tsv" : "Supervisor";
        return `pid ${pid}: ${name}, for ${minutes} minutes, ${answers}: ${printable(command.join(" ").slice(0, 160))}`;
      }),
      repair: byHand(
        "Stop all daemons but one; if in doubt, keep the one that answers",
        ending.length > 0
          ? ending.map(({ pid }) => `kill -TERM ${pid}`)
          : [`ps -o user,pid,ppid,lstart,args -p ${grown.map(({ pid }) => pid).join(",")}`],
      ),
    });
  },
);

export const NO_KEEPER = check("BOOT-023", (facts) => {
  const { daemon, probe } = facts;
  // The executable of a process of another user cannot be looked at.
  if (daemon?.kind !== "tsv" || daemon.exe === null || daemon.isKeeper) return null;
  const { pid } = daemon;
  const isOff = probe.environment(pid)?.[KEEPER_VARIABLE] === KEEPER_OFF;
  const restart = shellLine(facts.service.commands?.restart ?? ["tsv", "shutdown"]);
  const places = KEEPER_PLACES.slice(1).join(", ");
  return finding("warning", "the running daemon", {
    symptom: "the daemon cannot be upgraded in place, and its programs are lost if it dies",
    cause: isOff
      ? `It was started with ${KEEPER_VARIABLE}=${KEEPER_OFF}: it has no keeper.`
      : "It could not execute its keeper when it started.",
    evidence: isOff
      ? [`pid ${pid} has ${KEEPER_VARIABLE}=${KEEPER_OFF} in its environment`]
      : [`pid ${pid} is no keeper; its log says why`],
    repair: byHand(
      "Start it again with a keeper when possible (this restarts its programs)",
      isOff
        ? [`${restart}   # remove ${KEEPER_VARIABLE} from its environment first`]
        : [
            "sysctl vm.memfd_noexec   # 2 forbids to execute files in memory",
            `mount | grep noexec   # one of ${places} suffices`,
            restart,
          ],
    ),
  });
});

export const OUTSIDE_SERVICE = check("BOOT-020", (facts) => {
  const { service, daemon, probe } = facts;
  const { name, init, commands } = service;
  if (daemon?.kind !== "tsv" || service.isActive !== false || commands === null) return null;
  const config = serviceConfig(service, probe);
  // A daemon with another configuration is unrelated.
  if (config === null || daemon.config === null) return null;
  if (!isSamePath(config, daemon.config, probe)) return null;
  // If the service cannot be started, BOOT-002 has to be fixed before the daemon is stopped.
  if (serviceError(service, probe) !== null) return null;
  // A failed service was meant to run: after a crash, nothing restarts the daemon.
  const isFailed = service.properties["ActiveState"] === "failed";
  return finding(isFailed ? "error" : "warning", name, {
    symptom: `${init} says that ${name} does not run, but tsv status shows a running daemon`,
    cause: "The daemon was not started by its service, so nothing restarts it when it is killed.",
    evidence: [`the service ${name} is not active`, `pid ${daemon.pid} runs with ${daemon.config}`],
    repair: byHand(
      "Stop the daemon and start the service when possible (this restarts its programs)",
      [tsvCommand(["shutdown"], facts), shellLine(commands.startByHand)],
    ),
  });
});

export const PID_FILE = check("BOOT-009", (facts) => {
  const path = readConfig(facts)?.daemon.pidfile;
  if (path === undefined || facts.daemon !== null) return null;
  const found = facts.probe.look(path);
  return found.ok ? stale(path, found, facts) : unwritable(path, facts);
});

function stale(path: string, found: Seen, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  if (found.kind !== "file" || probe.find(path).kind !== "file") return null;
  const digits = /^\s*(\d{1,10})\s*$/.exec(probe.readText(path) ?? "")?.[1];
  // A daemon that answers may be hidden, and its lock with it: in another pid namespace, or by hidepid=2.
  if (hasAnswer(facts)) return null;
  // If locks cannot be read, the file counts as locked.
  if (digits === undefined || isFileLocked(path, found.inode, probe) !== false) return null;
  const holder = whoseNumber(Number(digits), found, facts);
  if (holder === null) return null;
  const isOwn = isBelow(path, [facts.service.layout.runDirectory]);
  return finding("warning", path, {
    symptom: `the pid file names a running daemon with pid ${digits}, but none runs`,
    cause: "A daemon exited without removing its pid file.",
    evidence: [
      `${path} (${ownership(found, probe)}) contains ${digits}`,
      holder,
      "no process has locked it",
    ],
    place: isOwn ? null : optionPlace(facts.config, "supervisord", "pidfile"),
    repair: repair(
      "Remove the stale pid file",
      fix.removeStale(isOwn ? "A" : "B", path, `contains the unused pid ${digits}`),
    ),
  });
}

/** Whether users see only their own processes: hidepid of proc(5). */
function isHiding(probe: Probe): boolean {
  const options = probe.fileSystem("/proc")?.options ?? [];
  return options.some((option) => /^hidepid=(?!0$|off$)/.test(option));
}

/** Evidence that the pid does not belong to a daemon any more; null if it may. */
function whoseNumber(
  pid: number,
  { modifiedMs }: Seen,
  { daemons, caller, probe }: DoctorFacts,
): string | null {
  const process = probe.process(pid);
  if (process === null) {
    return caller.uid !== 0 && isHiding(probe) ? null : `no process has the pid ${pid}`;
  }
  // The kernel gives start times in hundredths of a second, relative to the boot, which is known in whole seconds.
  if (process.startedMs > modifiedMs + 2000) {
    return `${describeProcess(process)} started after the file was written`;
  }
  const isDaemon = daemons.some((one) => one.pid === pid);
  // A process can choose its name; the command line of a kernel thread or a zombie is empty.
  return isDaemon ||
    process.command.length === 0 ||
    /supervisord|\btsv\b/.test(process.command.join(" "))
    ? null
    : `${describeProcess(process)} is not a daemon`;
}

/** A missing directory is reported with the configuration, which cannot be read without it. */
function unwritable(path: string, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const account = daemonAccount(facts);
  const pathProblem = firstPathProblem(path, "write", account, probe);
  if (pathProblem === null || pathProblem.errno === "ENOENT") return null;
  const { layout } = facts.service;
  const directory = dirname(path);
  const user = userName(account.uid, probe);
  const isDefault = path === layout.pidfile;
  const other = isDefault ? `${layout.stateDirectory}/run/tsv.pid` : layout.pidfile;
  return finding("warning", path, {
    symptom: `could not write pidfile ${path}`,
    cause: "The daemon cannot create its pid file there.",
    evidence: [describePathProblem(pathProblem, account.uid, probe)],
    place: optionPlace(facts.config, "supervisord", "pidfile"),
    repair:
      isDefault && !isMadeForRoot(directory, facts)
        ? byHand(`Give ${user} write permission on ${directory}`, [
            shellLine(["chown", user, directory]),
          ])
        : byHand("Set pidfile= to a directory that the daemon can write to", [
            `# in [supervisord]: pidfile=${other}`,
          ]),
  });
}
