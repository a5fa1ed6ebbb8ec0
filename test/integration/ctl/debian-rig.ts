// Debian's supervisord with its own configuration in a temporary directory, and the two ctl programs.

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SUPERVISORD = "/usr/bin/supervisord";
const SUPERVISORCTL = "/usr/bin/supervisorctl";
const CTL_MAIN = fileURLToPath(new URL("../../rig/ctl-main.js", import.meta.url));

/** No program of these tests may hang the whole run: one that lives this long is ended. */
const GUARD_MS = 180_000;

/** Why the tests against Debian's Supervisor cannot run here; null when they can. */
export const missingDebian: string | null =
  existsSync(SUPERVISORD) && existsSync(SUPERVISORCTL)
    ? null
    : "Debian's package supervisor is not installed: nothing to compare with";

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves when standard output has matched. Rejects when the program ends before. */
  until(pattern: RegExp): Promise<void>;
}

export interface RunOptions {
  readonly input?: string;
  readonly uid?: number;
  readonly cwd?: string;
  /** Ends the program after that long; 0 for never. */
  readonly guardMs?: number;
}

/** Starts a program and collects what it says. Without `input`, standard input is empty. */
export function run(
  file: string,
  argv: readonly string[],
  options: RunOptions & { readonly keepInput?: boolean } = {},
): Running {
  const env = { ...process.env, LC_ALL: "C.UTF-8", PYTHONUNBUFFERED: "1" };
  const { input = "", uid, cwd, keepInput = false, guardMs = GUARD_MS } = options;
  const place = {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    ...(cwd === undefined ? {} : { cwd }),
  };
  const child = spawn(file, [...argv], { env, ...place, timeout: guardMs });
  let stdout = "";
  let stderr = "";
  let isOver = false;
  const waiting: { pattern: RegExp; resolve: () => void; reject: (error: Error) => void }[] = [];
  const serve = (): void => {
    for (const { pattern, resolve, reject } of waiting) {
      if (pattern.test(stdout)) resolve();
      else if (isOver) reject(new Error(`${file} ended before it said ${pattern}: ${stderr}`));
    }
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    serve();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined);
  if (!keepInput) child.stdin.end(input);
  const ended = new Promise<Ran>((resolve) => {
    child.on("close", (status, signal) => {
      isOver = true;
      serve();
      resolve({ stdout, stderr, status, signal });
    });
  });
  return {
    child,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        waiting.push({ pattern, resolve, reject });
        serve();
      }),
  };
}

/** The words that run tsv's supervisorctl. */
export function tsvCommand(argv: readonly string[]): readonly string[] {
  return [process.execPath, CTL_MAIN, "ctl", ...argv];
}

/** tsv's supervisorctl. */
export function tsvCtl(
  argv: readonly string[],
  options: RunOptions & { keepInput?: boolean } = {},
): Running {
  return run(process.execPath, [CTL_MAIN, "ctl", ...argv], options);
}

/** One of tsv's verbs. */
export function tsvVerb(
  argv: readonly string[],
  options: RunOptions & { keepInput?: boolean } = {},
): Running {
  return run(process.execPath, [CTL_MAIN, "verb", ...argv], options);
}

/** Debian's supervisorctl. */
export function debianCtl(argv: readonly string[], options: RunOptions = {}): Running {
  return run(SUPERVISORCTL, argv, options);
}

export interface Daemon {
  readonly directory: string;
  readonly config: string;
  readonly url: string;
  /** Settles when the daemon's log matched. */
  logged(pattern: RegExp): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a daemon; `configure` gets its directory and answers the sections for programs. */
export async function startDebian(
  configure: (directory: string) => string,
  server = "",
): Promise<Daemon> {
  const directory = mkdtempSync(join(tmpdir(), "tsv-ctl-"));
  chmodSync(directory, 0o755);
  const config = join(directory, "s.conf");
  const url = `unix://${directory}/s`;
  writeFileSync(
    config,
    `[supervisord]
logfile=${directory}/d.log
pidfile=${directory}/pid
childlogdir=${directory}
nodaemon=true
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[unix_http_server]
file=${directory}/s
${server}
[supervisorctl]
serverurl=${url}
${configure(directory)}
`,
  );
  // It lives as long as its test, however long a busy machine makes that.
  const daemon = run(SUPERVISORD, ["-n", "-c", config], { cwd: directory, guardMs: 0 });
  await daemon.until(/supervisord started with pid/);
  return {
    directory,
    config,
    url,
    logged: daemon.until,
    stop: async () => {
      daemon.child.kill("SIGTERM");
      await daemon.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
