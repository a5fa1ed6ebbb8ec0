// Waits until a daemon answers on its control server, which proves that an installation works.

import { setTimeout as pause } from "node:timers/promises";
import { err, ok, type Result } from "../../core/base/result.ts";
import { readServerUrl } from "../../core/config/server-address.ts";
import { encodeCall } from "../../core/xmlrpc/encode.ts";
import { httpClient } from "../../host/http/http-client.ts";
import { monotonic } from "../../host/time/clock.ts";
import type { HttpFailure } from "../../ports/http-client.ts";

/** Polling intervals for a socket to appear, which causes no event for other processes. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** For a server that should already answer. */
const GLANCE_SECONDS = 2;

/**
 * Waits for the daemon behind `unix:///path` or `http://host:port`. One that asks for a password has answered too.
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
  while (isAlive(pid)) {
    if (interruption.aborted) return err("interrupted");
    if (monotonic() >= end) return err(`process ${pid} has not exited within ${timeoutSeconds} s`);
    await pause(FIRST_PAUSE_MS, undefined, { signal: interruption }).catch(() => undefined);
  }
  return ok(true);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether a daemon answers there now; null if this user has no permission. */
export async function answersNow(server: string): Promise<boolean | null> {
  const answer = await askOnce(server, GLANCE_SECONDS * 1000);
  return answer.ok ? true : answer.error.code === "EACCES" ? null : false;
}

async function askOnce(server: string, limitMs: number): Promise<Result<true, HttpFailure>> {
  const address = readServerUrl(server);
  if (!address.ok) return err({ code: "EINVAL", message: address.error });
  const connection = httpClient.connect({ address: address.value, credentials: null });
  const enough = new AbortController();
  const late = pause(limitMs, null, { signal: enough.signal }).catch(() => null);
  const reply = await Promise.race([
    connection.post("/RPC2", [encodeCall("supervisor.getState", [])]),
    late,
  ]);
  enough.abort();
  connection.close();
  if (reply === null)
    return err({ code: "ETIMEDOUT", message: "it accepts connections but does not answer" });
  const status = reply.replies[0]?.status;
  if (status === 200 || status === 401) return ok(true);
  return err(reply.failure ?? { code: "STATUS", message: `HTTP status ${status}` });
}
