// Whether a SIGKILL came from the kernel's OOM killer, according to the kernel log and the control group.

import { printable } from "../../core/base/printable.ts";
import { LEAF } from "../../core/process/cgroup-place.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import type { ProgramRun } from "../../core/why/program-history.ts";
import type { Probe } from "../facts/probe.ts";

/** The sender of a SIGKILL, if known. */
export interface KillSender {
  /** `memory`: the kernel log names its pid, `likely`: the control group counts OOM kills, `unknown`: neither. */
  readonly by: "memory" | "likely" | "unknown";
  readonly text: string;
  readonly evidence: readonly string[];
}

/** The pid namespace of the host. */
const FIRST_PIDS = "pid:[4026531836]";

const LEAF_AT_END = new RegExp(`/${LEAF}$`);

const KILLED_BY_SHELL = 128 + SIGKILL;

/** Explains a run that SIGKILL ended; null if the daemon had sent it, or if the run ended otherwise. */
export function describeKill(
  run: ProgramRun,
  { daemonPid, bootedMs }: { readonly daemonPid: number | null; readonly bootedMs: number },
  probe: Probe,
): KillSender | null {
  const isChild = run.exitStatus === KILLED_BY_SHELL;
  if (run.signal !== SIGKILL && !isChild) return null;
  if (run.signals.includes(SIGKILL)) return null;
  const who = isChild ? "one of its children" : "it";
  const log = kernelLog(probe);
  // The kernel's log has the pids of the host.
  const pids = probe.linkTarget("/proc/self/ns/pid") ?? FIRST_PIDS;
  const same = pids === FIRST_PIDS ? (log ?? []).filter(({ pid }) => pid === run.pid) : [];
  const group = daemonPid === null ? null : memoryOf(daemonPid, probe);
  const own = same.find((kill) => isAt(kill, run, bootedMs));
  if (own !== undefined) {
    const why = own.isOfProgram ? "it reached its memory_max" : "memory was short";
    const text = `the kernel killed ${who} because ${why} (OOM killer)`;
    return { by: "memory", text, evidence: [own.line, ...(group?.lines ?? [])] };
  }
  const likely = `most likely the kernel killed ${who} because memory was short`;
  const [other] = same;
  if (other !== undefined) {
    const text = `${likely}: it killed a process with this pid, at another time of the kernel's clock`;
    return { by: "likely", text, evidence: [other.line, ...(group?.lines ?? [])] };
  }
  if (group !== null && group.kills > 0) {
    const text = `${likely}: its OOM killer has killed ${group.kills} of the daemon's processes`;
    return { by: "likely", text, evidence: group.lines };
  }
  const near = pids === FIRST_PIDS ? undefined : log?.find((kill) => isAt(kill, run, bootedMs));
  if (near !== undefined) {
    const text = `${likely}: it killed a process at that time; its log has the pids of the host, not of this container`;
    return { by: "likely", text, evidence: [near.line] };
  }
  const shortage =
    log === null
      ? "because memory was short (the kernel log cannot be read)"
      : "at its limit of processor time (ulimit -t); its log names no shortage of memory";
  const text = `the daemon did not send SIGKILL to ${who}: another process did, or the kernel ${shortage}`;
  // A line about another process would be misleading.
  return { by: "unknown", text, evidence: [] };
}

type KernelKill = NonNullable<ReturnType<typeof kernelLog>>[number];

/** Pids are reused: the time of the kill must be near the end of the run. */
function isAt({ seconds }: KernelKill, { end }: ProgramRun, bootedMs: number): boolean {
  return seconds === null || Math.abs(bootedMs / 1000 + seconds - end) < SAME_TIME_S;
}

/** The kernel's clock stops during suspend, and the wall clock may jump. */
const SAME_TIME_S = 120;

/** Kills of the OOM killer, with seconds since the boot if the log has them; null if the kernel log cannot be read. */
function kernelLog(probe: Probe) {
  for (const argv of [
    ["dmesg"],
    ["journalctl", "-k", "-b", "-q", "-n", "5000", "--no-pager", "-o", "short-monotonic"],
  ]) {
    const { status, output } = probe.ask(argv);
    if (status !== 0 || output.trim() === "") continue;
    return output.split("\n").flatMap((line) => {
      const pid = /[Kk]illed process (\d+)|oom-kill:.*\bpid=(\d+)/.exec(line);
      if (pid === null) return [];
      const seconds = /^\[ *(\d+\.\d+)\]/.exec(line)?.[1];
      const shown = printable(line.trim()).slice(0, 200);
      const time = seconds === undefined ? null : Number(seconds);
      const isOfProgram = /,oom_memcg=[^,]*\/program-[^,/]*,/.test(line);
      return [{ pid: Number(pid[1] ?? pid[2]), seconds: time, line: shown, isOfProgram }];
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
  for (const [hierarchy, group, events, limit] of [
    ["/sys/fs/cgroup/memory", legacy, "memory.oom_control", "memory.limit_in_bytes"],
    ["/sys/fs/cgroup", unified, "memory.events", "memory.max"],
  ] as const) {
    if (group === undefined) continue;
    // The cgroups of programs are beside the leaf of the daemon.
    const directory = `${hierarchy}${group}`.replace(/\/$/, "").replace(LEAF_AT_END, "");
    const text = probe.readText(`${directory}/${events}`) ?? "";
    const kills = /^oom_kill (\d+)$/m.exec(text)?.[1];
    if (kills === undefined) continue;
    const most = probe.readText(`${directory}/${limit}`)?.trim() ?? "max";
    const limits = most === "max" ? [] : [`${limit} is ${most}`];
    return {
      kills: Number(kills),
      lines: [`${directory}/${events}: oom_kill ${kills}`, ...limits],
    };
  }
  return null;
}
