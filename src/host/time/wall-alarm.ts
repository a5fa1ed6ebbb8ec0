// An alarm on the wall clock. The kernel keeps it (see posix/wall-timer.c): it rings in time after the machine slept, and as soon
// as the clock is set. Where it cannot be made, one of Node's timers stands in.

import type { WallAlarm } from "../../ports/clock.ts";
import type { Pipes } from "../../ports/pipes.ts";
import { errnoName, posix } from "../posix.ts";
import { LONGEST_TIMEOUT } from "./clock.ts";

/** Timers of Node ring a little early or late; a clock that was set is off by more. */
const SET_FROM_MS = 1000;

/** Creates the alarm. Nothing is open or armed before it is set first. */
export function createWallAlarm(pipes: Pick<Pipes, "watch" | "close">): WallAlarm {
  let ring: (wasSet: boolean) => void = () => undefined;
  let kernel: number | null = null;
  let isKernelUsable = true;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;

  /** @returns whether the kernel keeps the alarm */
  function setKernel(atWall: number): boolean {
    if (!isKernelUsable) return false;
    if (kernel === null) {
      const opened = posix().openWallTimer();
      isKernelUsable = opened >= 0;
      if (!isKernelUsable) return false;
      kernel = opened;
      pipes.watch(kernel, "read", { readable: fromKernel });
    }
    // 0 would disarm it; a past time rings at once.
    const set = posix().setWallTimer(kernel, Math.max(1, Math.ceil(atWall)));
    if (set === 1) setImmediate(() => ring(true));
    return set >= 0;
  }

  function fromKernel(fd: number): void {
    const result = posix().readWallTimer(fd);
    if (result >= 0 && Date.now() < dueAt) {
      // Our clock is not the kernel's, as with libfaketime: the kernel would ring again and again.
      setTimer();
      return;
    }
    if (result >= 0) ring(false);
    else if (errnoName(result) === "ECANCELED") ring(true);
  }

  function setTimer(): void {
    const from = Date.now();
    const wait = Math.min(Math.max(dueAt - from, 0), LONGEST_TIMEOUT);
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      const left = dueAt - Date.now();
      if (left <= 0) ring(false);
      else if (left > dueAt - from - wait + SET_FROM_MS) ring(true);
      else setTimer();
    }, wait);
  }

  return {
    set(atWall) {
      clearTimeout(timer);
      timer = undefined;
      if (atWall === null) {
        if (kernel !== null) pipes.close(kernel);
        kernel = null;
        return;
      }
      dueAt = atWall;
      if (!setKernel(atWall)) setTimer();
    },
    onRing(registered) {
      ring = registered;
    },
  };
}
