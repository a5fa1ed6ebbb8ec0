// The executable: one that this host cannot run (BOOT-018), that cannot load its native addon (BOOT-013), or that is not the one
// that runs (BOOT-011).

import { companionsOf } from "../../../core/base/companions.ts";
import { dirname } from "../../../core/config/paths.ts";
import { describeExecError, execError } from "../../exec/exec-error.ts";
import { type Account, daemonAccount, firstPathProblem, userName } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service.ts";
import type { Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

export const FOREIGN_BINARY = check(
  "BOOT-018",
  "wrong architecture or C library",
  ({ service, host, probe }) => {
    const file = serviceCommand(service, probe)?.executable;
    if (file === undefined || host.platform !== "linux" || !probe.look(file).ok) return null;
    const root = { uid: 0, gids: [0] };
    const { machine } = host;
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const launch = { file, account: root, path, directory: "/", machine };
    const error = execError(launch, probe);
    // A missing permission to execute is reported as BOOT-002.
    if (error === null || error === "unknown" || error.kind === "denied") return null;
    const { cause, evidence } = describeExecError(error, launch, probe);
    return finding("error", file, {
      symptom: "the service does not start: status=203/EXEC, Exec format error",
      cause,
      evidence,
      repair: byHand("Install tsv for this host's architecture", [
        "dpkg --print-architecture",
        "tsv install --boot   # with an executable that runs on this host",
      ]),
    });
  },
);

/** The directories from which tsv loads its addon, in this order; then that of its executable. */
const DIRECTORIES = ["/dev/shm", "/tmp", "/var/tmp", "/run"];

export const NO_EXEC = check("BOOT-013", "all writable directories are noexec", (facts) => {
  const { host, daemon, service, probe } = facts;
  if (host.platform !== "linux" || daemon !== null) return null;
  const account = daemonAccount(facts);
  const executable = serviceCommand(service, probe)?.executable ?? facts.executable.path;
  const directories = Array.from(new Set([...DIRECTORIES, dirname(executable)]));
  const problems = directories.map((directory) => whyUnusable(directory, account, probe));
  if (problems.some((problem) => problem === null)) return null;
  if (companionsOf(executable, "posix.node").some((file) => probe.look(file).ok)) return null;
  return finding("error", executable, {
    symptom:
      "tsv cannot load its native part, because every writable directory is mounted noexec or not usable",
    cause: `Every directory that ${userName(account.uid, probe)} can write to is mounted noexec.`,
    evidence: problems,
    repair: byHand("Mount one of these directories without noexec", [
      "mount -o remount,exec /dev/shm   # and without noexec in /etc/fstab",
    ]),
  });
});

function whyUnusable(directory: string, account: Account, probe: Probe): string | null {
  const pathProblem = firstPathProblem(`${directory}/.tsv-doctor`, "write", account, probe);
  if (pathProblem !== null) return `${directory}: ${pathProblem.errno}`;
  const options = probe.fileSystem(directory)?.options ?? [];
  return options.includes("noexec") ? `${directory}: mounted with noexec` : null;
}

export const OLD_DAEMON = check(
  "BOOT-011",
  "running executable is not the installed one",
  (facts) => {
    const { daemon, service, probe } = facts;
    if (daemon?.kind !== "tsv" || !daemon.exeDeleted || daemon.exe === null) return null;
    const { pid, exe } = daemon;
    const isReplaced = probe.look(exe).ok;
    const ofService = serviceCommand(service, probe)?.executable ?? null;
    // On hosts where tsv is a script, the executable is that of Node.
    const isScript = /\/node(?:js)?$/.test(exe);
    // A missing executable is reported as BOOT-002.
    const isThere = ofService !== null && probe.look(ofService).ok;
    const program = isThere ? ofService : isScript ? "tsv" : exe;
    return finding("warning", "the running daemon", {
      symptom: "the daemon lacks features of the installed version",
      cause: isReplaced
        ? "The executable was replaced, but the daemon still runs the old one."
        : "The executable was removed. The daemon keeps running, but cannot be restarted.",
      evidence: [`pid ${pid} runs ${exe}, which was ${isReplaced ? "replaced" : "removed"} since`],
      repair: isReplaced
        ? renewal(pid, program, facts)
        : byHand("Install tsv again; this does not affect the running daemon", [
            "tsv install --boot   # with the executable at its new path",
          ]),
    });
  },
);

/** @param program the path or name of the installed executable */
function renewal(pid: number, program: string, { servers, config, service }: DoctorFacts): Repair {
  const answer = servers.find((server) => server.daemon?.pid === pid)?.daemon;
  if (answer?.methods.includes("tsv.upgrade") === true) {
    const argv = [program, "upgrade", ...(config.path === null ? [] : ["-c", config.path])];
    const what = "upgrade the daemon to the installed executable while its programs keep running";
    return repair(
      "Upgrade the daemon in place; its programs keep running",
      fix.command("B", argv, what),
    );
  }
  const restart = service.commands?.restart;
  return byHand("Restart the daemon when possible (this restarts its programs)", [
    restart === undefined ? "tsv shutdown   # then start it again" : shellLine(restart),
  ]);
}
