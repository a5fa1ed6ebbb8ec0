// Processes of an installer: commands that change the system (groupadd, systemctl, update-rc.d), signals to and from other
// processes, its own executable, and the daemon that has to answer on its control server.

import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { err, ok, type Result } from "../../core/base/result.ts";
import { readServerUrl } from "../../core/config/server-address.ts";
import { isClientRefused, type TlsAccess } from "../../core/net/certificates.ts";
import { encodeCall } from "../../core/xmlrpc/encode.ts";
import { codeOf } from "../../host/error-code.ts";
import { httpClient } from "../../host/http/http-client.ts";
import { createProcessFacts } from "../../host/processes/process-stats.ts";
import { monotonic } from "../../host/time/clock.ts";
import type { HttpFailure, HttpReplies, HttpTarget } from "../../ports/http-client.ts";
import type { Step } from "../plan/steps.ts";

/** Time limit for the init system; stopping a service may take the stop time of all its programs. */
const TIMEOUT_MS = 60 * 60 * 1000;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs a command to its end, in C's locale, with nothing on stdin and out of reach of Ctrl-C.
 * @param timeoutMs after which it is killed: a query has less time than a change
 * @returns the status, null if it was killed or could not be started; and the trimmed output of both streams
 */
export function runCommand(argv: readonly string[], timeoutMs = TIMEOUT_MS) {
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

/** The error is a sentence for users. No signal is sent if the process cannot be verified. */
export function signalProcess({
  pid,
  startTicks,
  signal,
}: Omit<Extract<Step, { kind: "signal" }>, "kind" | "what">): Result<true, string> {
  const ticks = createProcessFacts().startTicks(pid);
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

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs an action whose signal is aborted by the first of them, instead of exiting. */
export async function withInterruption<T>(
  action: (interruption: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    return await action(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}

/** Absolute, with symlinks resolved: it is copied, and used in commands for users. */
export function runningExecutable(): string {
  return realpathSync(process.execPath);
}

/** Polling intervals for a socket to appear, which causes no event for other processes. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** For a server that should already answer. */
const GLANCE_SECONDS = 2;

/**
 * Waits for the daemon behind `unix:///path`, `http://host:port` or `https://host:port`. One that asks for a password has answered too.
 * @returns an error that says what happened instead
 */
export async function waitForAnswer(
  server: string,
  timeoutSeconds: number,
  interruption: AbortSignal,
): Promise<Result<true, string>> {
  const end = monotonic() + timeoutSeconds * 1000;
  for (let delay = FIRST_PAUSE_MS; ; delay = Math.min(2 * delay, LONGEST_PAUSE_MS)) {
    const answer = await askOnce(server, Math.max(0, end - monotonic()));
    if (answer.ok) return answer;
    if (interruption.aborted) return err("interrupted");
    if (monotonic() + delay >= end) {
      return err(`no answer on ${server} within ${timeoutSeconds} s: ${answer.error.message}`);
    }
    await pause(delay, undefined, { signal: interruption }).catch(() => undefined);
  }
}

/** Polls until a process has exited, because only its parent is notified. */
export async function waitForEnd(
  pid: number,
  timeoutSeconds: number,
  interruption: AbortSignal,
): Promise<Result<true, string>> {
  const end = monotonic() + timeoutSeconds * 1000;
  const { startTicks } = createProcessFacts();
  while (startTicks(pid) !== null) {
    if (interruption.aborted) return err("interrupted");
    if (monotonic() >= end) return err(`process ${pid} has not exited within ${timeoutSeconds} s`);
    await pause(FIRST_PAUSE_MS, undefined, { signal: interruption }).catch(() => undefined);
  }
  return ok(true);
}

/** Whether a daemon answers there now; null if this user has no permission. */
export async function answersNow(server: string): Promise<boolean | null> {
  const answer = await askOnce(server, GLANCE_SECONDS * 1000);
  return answer.ok ? true : answer.error.code === "EACCES" ? null : false;
}

async function askOnce(server: string, limitMs: number): Promise<Result<true, HttpFailure>> {
  const address = readServerUrl(server);
  if (!address.ok) return err({ code: "EINVAL", message: address.error });
  // A daemon that answers with another name, or refuses clients without a certificate, is up all the same.
  const tls: TlsAccess = { trust: { kind: "any" }, identity: null };
  const target = { address: address.value, credentials: null, tls };
  const reply = await postWithin(target, [encodeCall("supervisor.getState", [])], limitMs);
  if (reply === null)
    return err({ code: "ETIMEDOUT", message: "it accepts connections but does not answer" });
  const status = reply.replies[0]?.status;
  if (status === 200 || status === 401 || isClientRefused(reply.failure?.code ?? ""))
    return ok(true);
  return err(reply.failure ?? { code: "STATUS", message: `HTTP status ${status}` });
}

/** Posts calls to a control server. @returns null if it accepts the connection, but has not answered in time */
export async function postWithin(
  target: HttpTarget,
  bodies: readonly string[],
  limitMs: number,
): Promise<HttpReplies | null> {
  const connection = httpClient.connect(target);
  const enough = new AbortController();
  const late = pause(limitMs, null, { signal: enough.signal }).catch(() => null);
  const replies = await Promise.race([connection.post("/RPC2", bodies), late]);
  enough.abort();
  connection.close();
  return replies;
}
