// Processes of an installer: commands that change the system (groupadd, systemctl, update-rc.d), signals to and from other
// processes, and its own executable.

import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../../host/error-code.ts";

/** Time limit for the init system; stopping a service may take the stop time of all its programs. */
const TIMEOUT_MS = 60 * 60 * 1000;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface CommandOutcome {
  /** null if it was killed or could not be started. */
  readonly status: number | null;
  /** The trimmed output of both streams. */
  readonly output: string;
}

/**
 * Runs a command to its end, in C's locale, with nothing on stdin and out of reach of Ctrl-C.
 * @param timeoutMs after which it is killed: a query has less time than a change
 */
export function runCommand(argv: readonly string[], timeoutMs = TIMEOUT_MS): CommandOutcome {
  const [file = "", ...args] = argv;
  const { HOME, USER, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env;
  // Node supports "detached" here, although its types lack it. A signal to the installer does not interrupt the current step.
  const options: SpawnSyncOptionsWithStringEncoding & { detached: boolean } = {
    env: { HOME, USER, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, PATH, LC_ALL: "C" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    cwd: "/",
    detached: true,
  };
  const result = spawnSync(file, args, options);
  if (result.error !== undefined) {
    const { code } = result.error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "command not found" : result.error.message;
    return { status: null, output: why };
  }
  return { status: result.status, output: `${result.stdout}${result.stderr}`.trim() };
}

/** The process and the signal. */
interface ProcessSignal {
  readonly pid: number;
  /** Ticks since boot at which the process started; proc_pid_stat(5), field 22. */
  readonly startTicks: number;
  readonly signal: "SIGUSR2" | "SIGCONT";
}

/** The error is a sentence for users. No signal is sent if the process cannot be verified. */
export function signalProcess({ pid, startTicks, signal }: ProcessSignal): Result<true, string> {
  const ticks = startTicksOf(pid);
  if (ticks === null) return err(`process ${pid} has exited meanwhile`);
  if (ticks !== startTicks) {
    return err(`the pid ${pid} belongs to another process now; ${signal} was not sent`);
  }
  try {
    process.kill(pid, signal);
    return ok(true);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ESRCH") return err(`process ${pid} has exited meanwhile`);
    return err(`this user cannot send ${signal} to process ${pid}: ${code}`);
  }
}

/** null: there is no such process, or its start time is unknown. */
export function startTicksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may contain any character, including spaces and ")".
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[19]);
    return Number.isInteger(ticks) ? ticks : null;
  } catch {
    return null; // exited or hidden; the caller reports it
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls back at each of them, instead of exiting. @returns the function that unsubscribes */
export function onEndSignals(callback: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of SIGNALS) process.off(signal, callback);
  };
}

/** Absolute, with symlinks resolved: it is copied, and used in commands for users. */
export function runningExecutable(): string {
  return realpathSync(process.execPath);
}
