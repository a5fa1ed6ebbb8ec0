// The name that ps, pidof and killall see. Node calls its main thread "MainThread".

import { writeFileSync } from "node:fs";
import { basename } from "node:path";

/** Names this process after the program it is called as; the command line in ps stays whole (proc(5), /proc/pid/comm). */
export function setProcessName(program: string): void {
  try {
    writeFileSync("/proc/self/comm", basename(program));
  } catch {
    // Without /proc, no program can show the name.
  }
}
