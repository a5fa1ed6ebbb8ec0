// Whether a SIGKILL came from the kernel for want of memory: what its log and the control group say.

import { printable } from "../../core/base/printable.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import type { Probe } from "../facts/probe.ts";
import type { ProgramRun } from "../facts/program-history.ts";

/** Who ended a run with SIGKILL, as far as it is known. */
export interface KillWords {
  /** `memory`: the kernel's log names its pid, `likely`: the control group counts such kills, `unknown`: neither. */
  readonly by: "memory" | "likely" | "unknown";
  readonly text: string;
  readonly evidence: readonly string[];
}

const KILLED_BY_SHELL = 128 + SIGKILL;

/** What is known of a run that SIGKILL ended; null when the daemon itself had sent it, or when something else ended it. */
export function describeKill(
  run: ProgramRun,
  { daemonPid, bootedMs }: { readonly daemonPid: number | null; readonly bootedMs: number },
  probe: Probe,
): KillWords | null {
  const isChild = run.exitStatus === KILLED_BY_SHELL;
  if (run.signal !== SIGKILL && !isChild) return null;
  if (run.signals.includes(SIGKILL)) return null;
  const who = isChild ? "a child of it" : "it";
  const log = kernelLog(probe);
  const group = daemonPid === null ? null : memoryOf(daemonPid, probe);
  const same = log?.filter(({ pid }) => pid === run.pid) ?? [];
  const own = same.find((kill) => isAt(kill, run, bootedMs)) ?? null;
  if (own !== null) {
    return {
      by: "memory",
      text: `the kernel killed ${who} for want of memory (OOM killer)`,
      evidence: [own.line, ...(group?.lines ?? [])],
    };
  }
  const [other] = same;
  if (other !== undefined) {
    return {
      by: "likely",
      text: `most likely the kernel killed ${who} for want of memory: it killed a process of that number, at another time of the kernel's clock`,
      evidence: [other.line, ...(group?.lines ?? [])],
    };
  }
  if (group !== null && group.kills > 0) {
    return {
      by: "likely",
      text: `most likely the kernel killed ${who} for want of memory: that happened to ${group.kills} of the daemon's programs`,
      evidence: group.lines,
    };
  }
  return {
    by: "unknown",
    text:
      log === null
        ? `the daemon did not send SIGKILL to ${who}: somebody else did, or the kernel for want of memory, whose log cannot be read here`
        : `the daemon did not send SIGKILL to ${who}, and the kernel's log names no kill of it: somebody else sent the signal`,
    // A line about another process would only mislead.
    evidence: [],
  };
}

interface KernelKill {
  readonly pid: number;
  /** Since the boot; null where the log does not tell. */
  readonly seconds: number | null;
  readonly line: string;
}

/** Process ids come back: the kill must be of about the time at which the run ended. */
function isAt({ seconds }: KernelKill, { end }: ProgramRun, bootedMs: number): boolean {
  return seconds === null || Math.abs(bootedMs / 1000 + seconds - end) < SAME_TIME_S;
}

/** The kernel's clock stands still while a machine sleeps, and the wall clock jumps. */
const SAME_TIME_S = 120;

/** What the OOM killer did since the boot; null where the kernel's log cannot be read. */
function kernelLog(probe: Probe): readonly KernelKill[] | null {
  for (const argv of [
    ["dmesg"],
    ["journalctl", "-k", "-b", "-q", "-n", "5000", "--no-pager", "-o", "short-monotonic"],
  ]) {
    const { status, output } = probe.ask(argv);
    if (status !== 0 || output.trim() === "") continue;
    return output.split("\n").flatMap((line): readonly KernelKill[] => {
      const pid = /[Kk]illed process (\d+)|oom-kill:.*\bpid=(\d+)/.exec(line);
      const seconds = /^\[ *(\d+\.\d+)\]/.exec(line)?.[1];
      if (pid === null) return [];
      return [
        {
          pid: Number(pid[1] ?? pid[2]),
          seconds: seconds === undefined ? null : Number(seconds),
          line: printable(line.trim()).slice(0, 200),
        },
      ];
    });
  }
  return null;
}

/** What the daemon's control group counts: its programs live in it. */
function memoryOf(
  daemonPid: number,
  probe: Probe,
): { readonly kills: number; readonly lines: readonly string[] } | null {
  const groups = probe.readText(`/proc/${daemonPid}/cgroup`);
  if (groups === null) return null;
  const unified = /^0::(\/.*)$/m.exec(groups)?.[1];
  const legacy = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(groups)?.[1];
  const candidates = [
    ...(legacy === undefined
      ? []
      : [[`/sys/fs/cgroup/memory${legacy}`, "memory.oom_control", "memory.limit_in_bytes"]]),
    ...(unified === undefined ? [] : [[`/sys/fs/cgroup${unified}`, "memory.events", "memory.max"]]),
  ];
  for (const [directory = "", file = "", limit = ""] of candidates) {
    const path = `${directory.replace(/\/$/, "")}/${file}`;
    const events = probe.readText(path);
    const kills = /^oom_kill (\d+)$/m.exec(events ?? "")?.[1];
    if (kills === undefined) continue;
    const most = probe.readText(`${directory.replace(/\/$/, "")}/${limit}`)?.trim();
    const lines = [
      `${path}: oom_kill ${kills}`,
      ...(most === undefined || most === "max" ? [] : [`${limit} is ${most}`]),
    ];
    return { kills: Number(kills), lines };
  }
  return null;
}
