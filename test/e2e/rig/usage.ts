// Resource usage of a process: processor time, which is independent of the load of the host.

import { readFileSync, writeFileSync } from "node:fs";
import { daemonProcess } from "../../rig/daemon-process.ts";

/** Milliseconds of processor time, of all threads together. */
export function usedMs(pid: number): number {
  const fields =
    readFileSync(`/proc/${daemonProcess(pid)}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory in KB. */
export function residentKb(pid: number): number {
  return Number(
    /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemonProcess(pid)}/status`, "utf8"))?.[1],
  );
}

/** Resident memory of its own in KB. */
export function anonymousKb(pid: number): number {
  return Number(
    /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${daemonProcess(pid)}/status`, "utf8"))?.[1],
  );
}

/** From now on the peak is counted again. Needs the right to write to /proc/PID, as its own user or root. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${daemonProcess(pid)}/clear_refs`, "5");
}

/** The most memory that was ever resident, in KB, since the start or `resetPeak`. */
export function peakKb(pid: number): number {
  return Number(
    /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${daemonProcess(pid)}/status`, "utf8"))?.[1],
  );
}
