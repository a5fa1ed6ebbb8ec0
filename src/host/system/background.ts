// Goes into the background. Node cannot fork itself, so the foreground process starts the daemon in a new session and waits
// until that daemon is up or has failed: its exit status reports which.
//
// sync-ok(closeSync, openSync, readSync, writeSync): before anything is supervised, and a pipe
// between two processes of ours

import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { keeperVariables, kept } from "../keeper/keeper.ts";
import { errnoName, posix } from "../posix.ts";
import { reap } from "../processes/spawner.ts";
import { START, startProcess } from "../processes/start-process.ts";
import { ownCommand } from "./identity.ts";
import { stayAlive } from "./signals.ts";

/** Tells the daemon which descriptor to report on. Taken out of its environment at once. */
const READY_FD = "TSV_READY_FD";

/** The outcome of a daemon started in the background. */
type BackgroundOutcome =
  | { readonly kind: "ready"; readonly pid: number }
  | { readonly kind: "failed"; readonly exitStatus: number }
  | { readonly kind: "not-started"; readonly reason: string };

/**
 * Starts this program again, with the same arguments, as a daemon: new session, stdin from /dev/null, stdout and stderr still ours
 * so that its errors are seen. Settles when the daemon calls `reportReady` or ends.
 */
export async function startInBackground(): Promise<BackgroundOutcome> {
  const pipe = posix().pipe();
  if (typeof pipe === "number") return { kind: "not-started", reason: `pipe: ${errnoName(pipe)}` };
  const [readEnd, writeEnd] = pipe;
  const nothing = openSync("/dev/null", "r");
  const death = nextDeath();
  const environment = { ...process.env, ...keeperVariables(), [READY_FD]: "3" };
  const started = startProcess({
    ...ownCommand(),
    env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    flags: START.setsid,
    descriptors: [
      { target: 0, source: nothing },
      { target: 1, source: 1 },
      { target: 2, source: 2 },
      { target: 3, source: writeEnd },
    ],
  });
  closeSync(nothing);
  closeSync(writeEnd);
  if (!started.ok) {
    closeSync(readEnd);
    const { stage, errno } = started.error;
    return { kind: "not-started", reason: `${process.execPath}: ${stage}: ${errno}` };
  }
  const ready = isReady(readEnd);
  closeSync(readEnd);
  if (ready) return { kind: "ready", pid: started.value.pid };
  return { kind: "failed", exitStatus: await death };
}

/** Waits in read(2): there is nothing else to do until the daemon answers or its end of the pipe closes. */
function isReady(fd: number): boolean {
  return readSync(fd, new Uint8Array(1)) === 1;
}

/** The exit status of the next child to die, 128+n for death by signal n. Listens before the child is started. */
function nextDeath(): Promise<number> {
  return new Promise((resolve) => {
    const letGo = stayAlive();
    const look = () => {
      for (const { exitCode, signal } of reap()) {
        letGo();
        process.off("SIGCHLD", look);
        resolve(exitCode ?? 128 + (signal ?? 0));
        return;
      }
    };
    process.on("SIGCHLD", look);
  });
}

/** In the daemon: taken over from the process that waits in the foreground, or null when started directly. */
export interface Foreground {
  /** Lets the foreground process return 0, and lets go of the terminal. Errors are seen there until then. */
  reportReady(): void;
}

/** The daemon was started by a process that waits for it in the foreground. */
export function isForeground(): boolean {
  return process.env[READY_FD] !== undefined;
}

/** Call first of all: afterwards the environment is the one programs may inherit. */
export function takeForeground(): Foreground | null {
  const text = process.env[READY_FD];
  if (text === undefined) return null;
  delete process.env[READY_FD];
  const fd = Number(text);
  posix().setCloexec(fd, 1);
  return {
    reportReady() {
      const nothing = openSync("/dev/null", "r+");
      for (const target of [0, 1, 2]) posix().dup2(nothing, target);
      kept()?.leaveTerminal();
      if (nothing > 2) closeSync(nothing);
      writeSync(fd, "\n");
      closeSync(fd);
    },
  };
}
