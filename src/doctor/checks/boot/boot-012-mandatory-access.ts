// BOOT-012: SELinux or AppArmor keeps tsv from something that owners and modes would allow.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Unseen } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

/** How much of a log is looked through. */
const TAIL_BYTES = 262_144;
const DAY_MS = 86_400_000;
const MOST_LINES = 3;

/** Types of files in homes and in temporary directories: services may not execute them. */
const FOREIGN_TYPES = /:(?:user_home_t|admin_home_t|user_tmp_t|tmp_t|home_root_t|default_t):/;

export const MANDATORY_ACCESS = defineCheck({
  code: "BOOT-012",
  area: "boot",
  title: "denied by SELinux or AppArmor",
  page: {
    symptom:
      "`Permission denied` although owner and mode are right, also for root; the service ends with `status=203/EXEC`; started from a shell the same thing works.",
    cause:
      "SELinux looks at labels and AppArmor at profiles, after owner and mode have been found right. An executable that was moved from a home keeps the label of the home, which services may not execute. Doctor looks at the label of the service's executable, and for denials of the last day that name tsv in `/var/log/audit/audit.log`, `/var/log/kern.log` and `/var/log/syslog`.",
    repair:
      "With --fix doctor gives the executable the label of its place with `restorecon`. A policy is never changed and never switched off: the denials tell which rule is missing (`ausearch -m avc -ts recent`, `aa-logprof`).",
  },
  look(situation, probe) {
    if (situation.host.platform !== "linux") return [];
    const isEnforcing = probe.readText("/sys/fs/selinux/enforce")?.trim() === "1";
    const hasProfiles = probe.readText("/sys/module/apparmor/parameters/enabled")?.trim() === "Y";
    if (!isEnforcing && !hasProfiles) return [];
    return [
      ...(isEnforcing ? wrongLabel(situation, probe) : []),
      ...denials(situation, { isEnforcing, probe }),
    ];
  },
});

function wrongLabel({ service }: Situation, probe: Probe): readonly Finding[] {
  const executable = serviceCommand(service, probe)?.executable;
  if (executable === undefined || !probe.look(executable).ok) return [];
  const { status, output } = probe.ask(["stat", "-c", "%C", executable]);
  if (status !== 0 || !FOREIGN_TYPES.test(output)) return [];
  const argv = ["restorecon", "-v", executable];
  const what = `give ${executable} the label of its place`;
  return [
    {
      severity: "error",
      subject: executable,
      symptom: "the service cannot be started: status=203/EXEC, Permission denied",
      cause:
        "The executable has the SELinux label of a home or of a temporary file, and services may not execute those.",
      evidence: [`${executable} is ${printable(output)}`],
      place: null,
      repair: {
        class: "A",
        advice: "Give the executable the label of its place",
        commands: [shellLine(argv)],
        steps: [repairStep({ kind: "command", argv, undo: null, what }, output, what)],
      },
    },
  ];
}

function denials(
  situation: Situation,
  { isEnforcing, probe }: { readonly isEnforcing: boolean; readonly probe: Probe },
): readonly (Finding | Unseen)[] {
  const logs = ["/var/log/audit/audit.log", "/var/log/kern.log", "/var/log/syslog"];
  const there = logs.filter((path) => probe.look(path).ok);
  const tails = there.flatMap((path) => probe.readTail(path, TAIL_BYTES) ?? []);
  if (tails.length === 0) {
    // Only where something does not work is it worth saying that nobody could look.
    return there.length > 0 && situation.daemon === null && situation.service.isActive === false
      ? [
          {
            unseen: `whether ${isEnforcing ? "SELinux" : "AppArmor"} denies tsv anything (needs root)`,
          },
        ]
      : [];
  }
  const decoder = new TextDecoder();
  const lines = tails.flatMap((bytes) => decoder.decode(bytes).split("\n"));
  const found = lines.filter((line) => isDenial(line) && isRecent(line, situation.nowMs));
  const kinds = Array.from(new Map(found.map((line) => [kindOf(line), line])).values());
  if (kinds.length === 0) return [];
  return [
    {
      severity: "warning",
      subject: isEnforcing ? "SELinux" : "AppArmor",
      symptom: "Permission denied, although owner and mode are right",
      cause: `${isEnforcing ? "SELinux" : "AppArmor"} has denied tsv something within the last day.`,
      evidence: kinds.slice(-MOST_LINES).map((line) => printable(line.slice(-300))),
      place: null,
      repair: byHand("Allow what is needed in the policy, rather than switching it off", [
        isEnforcing ? "ausearch -m avc -ts recent -c tsv" : "aa-logprof",
      ]),
    },
  ];
}

/** Of the daemon itself: what its programs are denied is about their profiles. */
function isDenial(line: string): boolean {
  const isDenied = /avc:\s+denied|apparmor="DENIED"/.test(line);
  return isDenied && /\b(?:comm|exe|profile)="(?:[^"]*\/)?(?:tsv|supervisord)"/.test(line);
}

/** Lines of the audit log carry seconds since 1970; syslog's own dates have no year, so those count by their place. */
function isRecent(line: string, nowMs: number): boolean {
  const seconds = /audit\((\d{9,11})\.\d+:\d+\)/.exec(line)?.[1];
  return seconds === undefined ? false : nowMs - Number(seconds) * 1000 < DAY_MS;
}

/** What repeats differs in its times, pids and inodes. */
function kindOf(line: string): string {
  return line.replaceAll(/audit\([^)]*\)|\b(?:pid|ino)=\d+/g, "").slice(-200);
}
