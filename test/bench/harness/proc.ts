// Facts about a process, read from /proc.

import { readdirSync, readFileSync } from "node:fs";
import { daemonProcess } from "../../rig/daemon-process.ts";

/** Kernel clock ticks a second in /proc/PID/stat; 100 on every Linux that user space sees (proc(5), sysconf(3)). */
const TICKS_PER_SECOND = 100;

export interface Memory {
  readonly rssMiB: number;
  /** Pages that several processes have count in parts. */
  readonly pssMiB: number;
  /** Private_Clean + Private_Dirty: what goes away with the process. */
  readonly privateMiB: number;
  readonly anonymousMiB: number;
  readonly threads: number;
  readonly descriptors: number;
}

function field(text: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`/proc shows no ${name}`);
  return Number(value);
}

export function readMemory(pid: number): Memory {
  const status = readFileSync(`/proc/${daemonProcess(pid)}/status`, "latin1");
  const rollup = readFileSync(`/proc/${daemonProcess(pid)}/smaps_rollup`, "latin1");
  return {
    rssMiB: field(status, "VmRSS") / 1024,
    pssMiB: field(rollup, "Pss") / 1024,
    privateMiB: (field(rollup, "Private_Clean") + field(rollup, "Private_Dirty")) / 1024,
    anonymousMiB: field(status, "RssAnon") / 1024,
    threads: field(status, "Threads"),
    descriptors: readdirSync(`/proc/${daemonProcess(pid)}/fd`).length,
  };
}

/** The most memory the process ever had resident. */
export function readPeakMiB(pid: number): number {
  return field(readFileSync(`/proc/${daemonProcess(pid)}/status`, "latin1"), "VmHWM") / 1024;
}

/** User and system time of the whole process so far, and of the keeper of a daemon, in seconds. */
export function readCpuSeconds(pid: number): number {
  const own = cpuSecondsOf(pid);
  const daemon = daemonProcess(pid);
  return daemon === pid ? own : own + cpuSecondsOf(daemon);
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The command name stands in parentheses and may hold anything; fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** How often a thread of the process gave up the processor to wait, so far. */
export function readWakeUps(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${daemonProcess(pid)}/task`)) {
    const status = readFileSync(`/proc/${daemonProcess(pid)}/task/${thread}/status`, "latin1");
    sum += field(status, "voluntary_ctxt_switches");
  }
  return sum;
}

/** The programs of a daemon: the processes started by any thread of it that still run. */
export function readChildren(pid: number): number[] {
  const children: number[] = [];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1");
    children.push(
      ...text
        .split(" ")
        .filter((word) => word !== "")
        .map(Number),
    );
  }
  return children.filter((child) => child !== daemonProcess(pid));
}
