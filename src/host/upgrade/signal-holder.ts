// Signals that come while a successor starts: an object that the dynamic loader loads into it keeps them pending until the
// successor handles them (preload/hold-signals.c). The loader leaves it out of executables with more privileges than their
// caller, such as file capabilities, and of those that are linked statically: then such a signal ends the daemon.
//
// sync-ok(closeSync, fstatSync): descriptors of ours

import { closeSync, fstatSync } from "node:fs";
import { posix } from "../posix.ts";

/** ld.so(8). Its user may have set it too. */
const VARIABLE = "LD_PRELOAD";

/** The object, in a file without a name. */
interface SignalHolder {
  readonly fd: number;
  /** @param fd the number that the file has in the successor */
  variables(fd: number): Readonly<Record<string, string>>;
  /** A program that was started with these variables has loaded the object. */
  wasLoaded(): boolean;
  close(): void;
}

/** @returns null where it cannot be had: the kernel is too old, or this is not Linux */
export function openSignalHolder(): SignalHolder | null {
  const fd = posix().signalHolder();
  if (fd < 0) return null;
  const { size } = fstatSync(fd);
  return {
    fd,
    variables(number) {
      const others = process.env[VARIABLE] ?? "";
      return { [VARIABLE]: `/proc/self/fd/${number}${others === "" ? "" : `:${others}`}` };
    },
    wasLoaded: () => fstatSync(fd).size > size,
    close: () => closeSync(fd),
  };
}
