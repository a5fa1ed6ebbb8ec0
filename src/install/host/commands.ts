// Commands that change the system: groupadd, systemctl, update-rc.d. Not the daemon's way to start programs; an installer
// waits for one command at a time.

import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";

/** An init system that does not answer within this is broken; stopping a service may take its programs' whole time. */
const TIMEOUT_MS = 60 * 60 * 1000;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface CommandOutcome {
  /** null when it was killed or could not be started. */
  readonly status: number | null;
  /** What it printed, both streams, trimmed. */
  readonly output: string;
}

/**
 * Runs a command to its end, in C's locale, with nothing on stdin and out of reach of Ctrl-C.
 * @param timeoutMs after which it is killed: a question has less time than a change
 */
export function runCommand(argv: readonly string[], timeoutMs = TIMEOUT_MS): CommandOutcome {
  const [file = "", ...args] = argv;
  const { HOME, USER, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env;
  // Node passes "detached" on also here, though its types do not say so. A step under way is finished, not interrupted.
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
    const why = code === "ENOENT" ? "there is no such command here" : result.error.message;
    return { status: null, output: why };
  }
  return { status: result.status, output: `${result.stdout}${result.stderr}`.trim() };
}
