// The host: its clock is wrong (BOOT-014), or SELinux or AppArmor denies tsv an operation that owners and modes allow (BOOT-012).

import { printable } from "../../../core/base/printable.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service.ts";
import type { Finding, Unknown } from "../../model.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";

/** The daemon reports start times in whole seconds of its clock. */
const SLACK_SECONDS = 60;

/** Names of time services, as in /proc: at most 15 characters. */
const TIME_SERVICES =
  /^(?:systemd-timesyn\w*|chronyd|ntpd|openntpd|ntpd-rs|busybox-ntpd|timesyncd)$/;

const REPAIR = byHand("Synchronize the clock from the network", [
  "timedatectl set-ntp true",
  "timedatectl",
]);

export const CLOCK = check("BOOT-014", "the clock is wrong", (facts) => [
  beforeBuild(facts),
  setBack(facts),
]);

function beforeBuild({ nowMs, executable, probe }: DoctorFacts): Finding | null {
  const { builtMs, version } = executable;
  if (builtMs === null || nowMs >= builtMs) return null;
  const days = Math.ceil((builtMs - nowMs) / 86_400_000);
  return finding("warning", "clock", {
    symptom: "certificate is not yet valid, and logs have dates in the past",
    cause: "The clock of this host shows a time before tsv was built.",
    evidence: [
      `the clock is at least ${days} days slow: it is before tsv ${version}`,
      ...sources(probe),
    ],
    repair: REPAIR,
  });
}

function setBack({ programs, probe }: DoctorFacts): Finding | null {
  const ahead = (programs ?? []).filter(({ start, now }) => start > now + SLACK_SECONDS);
  const [first] = ahead;
  if (first === undefined) return null;
  return finding("info", "clock of the daemon", {
    symptom: "programs were started in the future",
    cause: "The clock was set back after the programs had started.",
    evidence: [
      `${ahead.length} programs, ${first.name} by ${first.start - first.now} s`,
      ...sources(probe),
    ],
    repair: REPAIR,
  });
}

/** Why the clock may be wrong again after a boot. */
function sources(probe: Probe): readonly string[] {
  const hasClock = (probe.list("/sys/class/rtc") ?? []).length > 0;
  const isSet = probe.processes().some(({ name }) => TIME_SERVICES.test(name));
  return [
    ...(hasClock ? [] : ["the host has no battery-backed clock"]),
    ...(isSet ? [] : ["no time service runs"]),
  ];
}

// BOOT-012: SELinux or AppArmor denies tsv an operation that owners and modes allow.

/** How much of a log is searched. */
const TAIL_BYTES = 262_144;
const DAY_MS = 86_400_000;
const MOST_LINES = 3;

/** SELinux types of files in home and temporary directories; services are not allowed to execute them. */
const FOREIGN_TYPES = /:(?:user_home_t|admin_home_t|user_tmp_t|tmp_t|home_root_t|default_t):/;

export const MANDATORY_ACCESS = check("BOOT-012", "denied by SELinux or AppArmor", (facts) => {
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
  return isDenied && /\b(?:comm|exe|profile)="(?:[^"]*\/)?(?:tsv|supervisord)"/.test(line);
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
