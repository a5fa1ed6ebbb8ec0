// The executable: one that this host cannot run (BOOT-018), that SELinux or AppArmor denies an operation (BOOT-012), or that is
// not the one that runs (BOOT-011).

import { printable } from "../../../core/base/printable.ts";
import { execError } from "../../exec/exec-error.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { serviceCommand } from "../../facts/service.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";

export const FOREIGN_BINARY = check("BOOT-018", ({ service, host, probe }) => {
  const file = serviceCommand(service, probe)?.executable;
  if (file === undefined || host.platform !== "linux" || !probe.look(file).ok) return null;
  const root = { uid: 0, gids: [0] };
  const { machine } = host;
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const launch = { file, account: root, path, directory: "/", machine };
  const error = execError(launch, probe);
  // A missing permission to execute is reported as BOOT-002.
  if (error === null || typeof error === "string") return null;
  return finding("error", file, {
    symptom: "the service does not start: status=203/EXEC, Exec format error",
    cause: error.cause,
    evidence: error.evidence,
    repair: byHand("Install tsv for this host's architecture", [
      "dpkg --print-architecture",
      "tsv install --boot   # with an executable that runs on this host",
    ]),
  });
});

export const OLD_DAEMON = check("BOOT-011", (facts) => {
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
});

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

/** How much of a log is searched. */
const TAIL_BYTES = 262_144;
const DAY_MS = 86_400_000;
const MOST_LINES = 3;

/** SELinux types of files in home and temporary directories; services are not allowed to execute them. */
const FOREIGN_TYPES = /:(?:user_home_t|admin_home_t|user_tmp_t|tmp_t|home_root_t|default_t):/;

export const MANDATORY_ACCESS = check("BOOT-012", (facts) => {
  if (facts.host.platform !== "linux") return null;
  const isEnforcing = facts.probe.readText("/sys/fs/selinux/enforce")?.trim() === "1";
  const hasProfiles =
    facts.probe.readText("/sys/module/apparmor/parameters/enabled")?.trim() === "Y";
  if (!isEnforcing && !hasProfiles) return null;
  return [
    isEnforcing ? wrongLabel(facts) : null,
    denials(facts, isEnforcing ? "SELinux" : "AppArmor"),
  ];
});

function wrongLabel({ service, probe }: DoctorFacts): Finding | null {
  const executable = serviceCommand(service, probe)?.executable;
  if (executable === undefined || !probe.look(executable).ok) return null;
  const { status, output } = probe.ask(["stat", "-c", "%C", executable]);
  if (status !== 0 || !FOREIGN_TYPES.test(output)) return null;
  const what = `set the default SELinux label of ${executable}`;
  return finding("error", executable, {
    symptom: "the service does not start: status=203/EXEC, Permission denied",
    cause:
      "The executable has the SELinux label of a home directory or temporary file, which services are not allowed to execute.",
    evidence: [`${executable} is ${printable(output)}`],
    repair: repair(
      "Set the default SELinux label of the executable",
      fix.command("A", ["restorecon", "-v", executable], what, { now: output }),
    ),
  });
}

function denials(
  { daemon, service, nowMs, probe }: DoctorFacts,
  module: "SELinux" | "AppArmor",
): Finding | Unknown | null {
  const logs = ["/var/log/audit/audit.log", "/var/log/kern.log", "/var/log/syslog"];
  const there = logs.filter((path) => probe.look(path).ok);
  const tails = there.flatMap((path) => probe.readTail(path, TAIL_BYTES) ?? []);
  if (tails.length === 0) {
    // That the logs are not readable is worth reporting only if something does not work.
    return there.length > 0 && daemon === null && service.isActive === false
      ? unknown(`whether ${module} denies tsv an operation (needs root)`)
      : null;
  }
  const decoder = new TextDecoder();
  const lines = tails.flatMap((bytes) => decoder.decode(bytes).split("\n"));
  const found = lines.filter((line) => isDenial(line) && isRecent(line, nowMs));
  const kinds = Array.from(new Map(found.map((line) => [kindOf(line), line])).values());
  if (kinds.length === 0) return null;
  return finding("warning", module, {
    symptom: "Permission denied, although owner and mode are correct",
    cause: `${module} has denied tsv an operation within the last day.`,
    evidence: kinds.slice(-MOST_LINES).map((line) => printable(line.slice(-300))),
    repair: byHand("Allow the operation in the policy instead of disabling the policy", [
      module === "SELinux" ? "ausearch -m avc -ts recent -c tsv" : "aa-logprof",
    ]),
  });
}

/** Denials of the daemon itself; those of its programs concern their profiles. */
function isDenial(line: string): boolean {
  const isDenied = /avc:\s+denied|apparmor="DENIED"/.test(line);
  return (
    isDenied && /\b(?:comm|exe|profile)="(?:[^"]*\/)?(?:tsv|tsv-daemon|supervisord)"/.test(line)
  );
}

/** Lines of the audit log contain seconds since 1970. Dates of syslog have no year, so the position in the file decides. */
function isRecent(line: string, nowMs: number): boolean {
  const seconds = /audit\((\d{9,11})\.\d+:\d+\)/.exec(line)?.[1];
  return seconds === undefined ? false : nowMs - Number(seconds) * 1000 < DAY_MS;
}

/** Repeated denials differ in times, pids and inodes. */
function kindOf(line: string): string {
  return line.replaceAll(/audit\([^)]*\)|\b(?:pid|ino)=\d+/g, "").slice(-200);
}
