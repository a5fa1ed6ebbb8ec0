// Whether a SIGKILL came from the kernel's OOM killer, according to the kernel log and the control group.

import { printable } from "../../core/base/printable.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import type { ProgramRun } from "../../core/why/program-history.ts";
import type { Probe } from "../facts/probe.ts";

/** The sender of a SIGKILL, if known. */
export interface KillWords {
  /** `memory`: the kernel log names its pid, `likely`: the control group counts OOM kills, `unknown`: neither. */
  readonly by: "memory" | "likely" | "unknown";
  readonly text: string;
  readonly evidence: readonly string[];
}

const KILLED_BY_SHELL = 128 + SIGKILL;

/** Explains a run that SIGKILL ended; null if the daemon had sent it, or if the run ended otherwise. */
export function describeKill(
  run: ProgramRun,
  { daemonPid, bootedMs }: { readonly daemonPid: number | null; readonly bootedMs: number },
  probe: Probe,
): KillWords | null {
  const isChild = run.exitStatus === KILLED_BY_SHELL;
  if (run.signal !== SIGKILL && !isChild) return null;
  if (run.signals.includes(SIGKILL)) return null;
  const who = isChild ? "one of its children" : "it";
  const log = kernelLog(probe);
  const group = daemonPid === null ? null : memoryOf(daemonPid, probe);
  const same = log?.filter(({ pid }) => pid === run.pid) ?? [];
  const own = same.find((kill) => isAt(kill, run, bootedMs)) ?? null;
  if (own !== null) {
    return {
      by: "memory",
      text: `the kernel killed ${who} because memory was short (OOM killer)`,
      evidence: [own.line, ...(group?.lines ?? [])],
    };
  }
  const [other] = same;
  if (other !== undefined) {
    return {
      by: "likely",
      text: `most likely the kernel killed ${who} because memory was short: it killed a process with this pid, at another time of the kernel's clock`,
      evidence: [other.line, ...(group?.lines ?? [])],
    };
  }
  if (group !== null && group.kills > 0) {
    return {
      by: "likely",
      text: `most likely the kernel killed ${who} because memory was short: its OOM killer has killed ${group.kills} of the daemon's processes`,
      evidence: group.lines,
    };
  }
  return {
    by: "unknown",
    text:
      log === null
        ? `the daemon did not send SIGKILL to ${who}: another process did, or the kernel because memory was short (the kernel log cannot be read)`
        : `the daemon did not send SIGKILL to ${who}, and neither did the kernel according to its log: another process sent it`,
    // A line about another process would be misleading.
    evidence: [],
  };
}

interface KernelKill {
  readonly pid: number;
  /** Time since the boot; null if the log does not contain it. */
  readonly seconds: number | null;
  readonly line: string;
}

/** Pids are reused: the time of the kill must be near the end of the run. */
function isAt({ seconds }: KernelKill, { end }: ProgramRun, bootedMs: number): boolean {
  return seconds === null || Math.abs(bootedMs / 1000 + seconds - end) < SAME_TIME_S;
}

/** The kernel's clock stops during suspend, and the wall clock may jump. */
const SAME_TIME_S = 120;

/** Kills of the OOM killer since the boot; null if the kernel log cannot be read. */
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

/** OOM kills in the daemon's control group, which contains its programs. */
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
