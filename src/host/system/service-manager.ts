// The service manager by the protocols of sd_notify(3) and of s6 (a newline on a descriptor). What it set in the
// environment is for the daemon alone: with it, a program could send messages in the daemon's name.
//
// sync-ok(closeSync, fstatSync, sendDatagram, writeSync): datagrams that are sent without waiting,
// and a descriptor of the service manager

import { closeSync, fstatSync, writeSync } from "node:fs";
import { thrownMessage } from "../../core/base/result.ts";
import type { ServiceManager } from "../../ports/service-manager.ts";
import { quietly } from "../error-code.ts";
import { daemonPid, kept } from "../keeper/keeper.ts";
import { errnoName, posix } from "../posix.ts";

/** Interval for retries of a full queue, in milliseconds: there is no notification. */
const RETRY_MS = 50;

/** Messages that wait for room; of more than this the service manager reads none anyway. */
const MAX_WAITING = 64;

/** A descriptor to write a newline to when the daemon is up. */
const NOTIFY_FD = "TSV_NOTIFY_FD";

const OURS = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", NOTIFY_FD] as const;

/**
 * Takes what the service manager has set out of the environment: call it before programs are started.
 * @returns null if there is no service manager to notify
 */
export function takeServiceManager(
  environment: Record<string, string | undefined>,
): ServiceManager | null {
  const [socket, watchdog, watchdogPid, fd] = OURS.map((name) => environment[name] ?? "");
  for (const name of OURS) delete environment[name];
  if (!socket && !fd) return null;
  const isForUs = !watchdogPid || Number(watchdogPid) === daemonPid();
  const microseconds = socket && watchdog && isForUs ? Number(watchdog) : 0;
  const sender = socket ? createSender(socket) : null;
  let readiness = fd ? takeDescriptor(fd) : null;
  return {
    notify: (assignments) => sender?.(assignments) ?? null,
    reportUp() {
      const report = readiness;
      readiness = null;
      return report?.() ?? null;
    },
    watchdogMs: microseconds > 0 ? microseconds / 1000 : null,
  };
}

type Sender = (assignments: readonly string[]) => string | null;

function createSender(socket: string): Sender {
  const keeper = kept();
  if (keeper !== null) {
    return (assignments) => {
      keeper.notify(assignments.join("\n"));
      return null;
    };
  }
  if (!/^[/@]./.test(socket)) return () => `NOTIFY_SOCKET=${socket} is not a unix socket`;
  const path = socket.startsWith("@") ? `\0${socket.slice(1)}` : socket;
  const waiting: Uint8Array[] = [];
  const send = (bytes: Uint8Array): string | null => {
    const result = posix().sendDatagram(path, bytes);
    return result < 0 ? errnoName(result) : null;
  };
  const sendWaiting = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (isFull(send(next))) {
        setTimeout(sendWaiting, RETRY_MS).unref();
        return;
      }
      waiting.shift();
    }
  };
  return (assignments) => {
    const bytes = new TextEncoder().encode(assignments.join("\n"));
    if (waiting.length === 0) {
      const errno = send(bytes);
      if (!isFull(errno)) return errno === null ? null : `${socket}: ${errno}`;
      setTimeout(sendWaiting, RETRY_MS).unref();
    }
    if (waiting.length < MAX_WAITING) waiting.push(bytes);
    return null;
  };
}

function isFull(errno: string | null): boolean {
  return errno === "EAGAIN" || errno === "ENOBUFS";
}

/** Only a pipe or a socket: another number is a file of another purpose, or one of Node's own. */
function takeDescriptor(text: string): () => string | null {
  const fd = Number(text);
  if (!/^\d+$/.test(text) || fd < 3)
    return () => `${NOTIFY_FD}=${text} is not a descriptor above 2`;
  const kind = quietly(() => fstatSync(fd), null);
  if (kind === null) return () => `${NOTIFY_FD}=${text} is not open`;
  if (!kind.isFIFO() && !kind.isSocket()) return () => `${NOTIFY_FD}=${text} is no pipe`;
  posix().setCloexec(fd, 1);
  return () => {
    try {
      writeSync(fd, "\n");
      return null;
    } catch (error) {
      return `${NOTIFY_FD}=${text}: ${thrownMessage(error)}`;
    } finally {
      closeSync(fd);
    }
  };
}
