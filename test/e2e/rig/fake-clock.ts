// A daemon whose wall clock is set while it runs: libfaketime lies about that alone; the monotonic clock stays the kernel's.

import { existsSync } from "node:fs";
import type { Daemon } from "./daemon.ts";
import type { Rig } from "./rig.ts";

const LIBRARY = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/arm-linux-gnueabihf/faketime/libfaketimeMT.so.1",
].find((path) => existsSync(path));

/** Why there is none here; false when there is one. */
export function absentFakeClock(): string | false {
  return LIBRARY === undefined ? "libfaketime missing; run make test-host" : false;
}

/** The environment of a process with a clock of its own. @param file has its offset to the true one, for example `+2d` */
export function clockEnvironment(file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: LIBRARY ?? "",
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
}

interface WithClock {
  readonly daemon: Daemon;
  /** Sets the clock by an offset to the true one, for example `+2d`. */
  set(offset: string): void;
}

/** Starts a daemon with a clock of its own. Programs get the true one if their environment has no LD_PRELOAD. */
export async function startWithClock(
  rig: Rig,
  sections: string,
  offset = "+0",
): Promise<WithClock> {
  const file = rig.write("clock", `${offset}\n`);
  const daemon = await rig.startWith(sections, {
    wrapper: ["env", ...Object.entries(clockEnvironment(file)).map((pair) => pair.join("="))],
  });
  return { daemon, set: (to) => void rig.write("clock", `${to}\n`) };
}
