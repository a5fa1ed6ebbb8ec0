// Runs commands that change the system: groupadd, systemctl, update-rc.d. Unlike the daemon, an installer waits for one
// command at a time.

import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";

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
