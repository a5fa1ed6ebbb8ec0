// Running a command in a booted host, and reaching a file of a host from the outside.

import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { join, normalize } from "node:path";
import { script } from "./places.ts";

/** A shell line, or a command and its arguments. */
export type Command = string | readonly string[];

/** How to run it. */
export interface InsideOptions {
  /** A user of the host, by default root. */
  readonly user?: string;
  /** Added to the plain environment of a login. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** By default minutes. */
  readonly timeoutMs?: number;
}

/** What it left. */
export interface Outcome {
  /** Exit status; 124 when it ran into the time-out, 128 + number when a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  readonly timedOut: boolean;
}

/** The host to run it in. */
export interface Inside {
  readonly leader: number;
  /** The host's payload cgroups: what a command leaves running belongs to the host. */
  readonly cgroups: readonly string[];
  /** A directory for what it writes. */
  readonly scratch: string;
}

const TIMED_OUT = 124;
const TIMED_OUT_KILLED = 137;

let serial = 0;

/** Runs a command to its end. It does not wait for daemons that the command leaves in the background. */
export async function runInside(
  inside: Inside,
  command: Command,
  options: InsideOptions & { readonly timeoutMs: number },
): Promise<Outcome> {
  const limitMs = options.timeoutMs;
  // Files and not pipes: a daemon left behind would hold a pipe open, and what a file holds at the exit is all.
  const [input, output, errors] = ["in", "out", "err"].map((name) => {
    return join(inside.scratch, `${serial}.${name}`);
  }) as [string, string, string];
  serial++;
  const argv = [
    script("enter.sh"),
    inside.cgroups.join(" "),
    String(inside.leader),
    String(limitMs / 1000),
    ...wrapped(command, options),
  ];
  const files = [openSync(output, "w", 0o600), openSync(errors, "w", 0o600)] as const;
  const start = performance.now();
  try {
    const status = await new Promise<number>((resolve, reject) => {
      const child = spawn("sh", argv, { cwd: "/", detached: true, stdio: ["pipe", ...files] });
      child.once("error", reject);
      child.stdin?.on("error", () => {}); // EPIPE: it need not read what it is given.
      child.stdin?.end(options.input ?? "");
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === "SIGKILL" ? 9 : 15)));
    });
    const milliseconds = performance.now() - start;
    const late = milliseconds >= limitMs;
    return {
      status,
      stdout: readFileSync(output, "utf8"),
      stderr: readFileSync(errors, "utf8"),
      milliseconds,
      timedOut: late && (status === TIMED_OUT || status === TIMED_OUT_KILLED),
    };
  } finally {
    for (const file of files) closeSync(file);
    for (const path of [input, output, errors]) rmSync(path, { force: true });
  }
}

/** The command with its user, directory and environment. */
function wrapped(command: Command, options: InsideOptions): readonly string[] {
  const argv = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  const { user, env = {}, cwd } = options;
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const place = cwd === undefined ? [] : [`--chdir=${cwd}`];
  return [...(user === undefined ? [] : asUser(user)), "env", ...place, ...words, ...argv];
}

function asUser(user: string): readonly string[] {
  const id = `--reuid=${user}`;
  return ["setpriv", id, `--regid=${user}`, "--init-groups", "--reset-env"];
}

/**
 * The path of a host's file as seen from outside; with `make`, its directory is made.
 * @throws when its directory is reached through a link that leads out of the host, or the file itself is a link:
 *   absolute links mean the host's own root only to those inside
 */
export function outsidePath(root: string, path: string, make = false): string {
  const names = normalize(`/${path}`).split("/").filter(Boolean);
  const last = names.pop() ?? "";
  let directory = root;
  for (const name of names) {
    const next = join(directory, name);
    if (make && !existsSync(next)) mkdirSync(next);
    directory = realpathSync(next);
    if (directory !== root && !directory.startsWith(`${root}/`)) {
      throw new Error(`${path} leads out of the host, to ${directory}; use a command inside`);
    }
  }
  const file = join(directory, last);
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink) throw new Error(`${path} is a link; use a command inside`);
  return file;
}
