// /proc/PID/smaps_rollup as Linux writes it (proc(5)): what a process uses of memory, of shared pages only its part.

/** Bytes; null where there is no such line. */
export function parsePss(text: string): number | null {
  const [, kilobytes] = /^Pss:\s+(\d{1,15}) kB$/m.exec(text) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
