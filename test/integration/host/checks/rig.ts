// Servers that checks are tried on, and checks as promises.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Claim } from "../../../../src/core/base/places.ts";
import { createChecker } from "../../../../src/host/checks/checker.ts";
import type { Names } from "../../../../src/host/checks/connect.ts";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import type { Checker, CheckOutcome, HostCheck } from "../../../../src/ports/checker.ts";
import { freePort } from "../../../rig/free-port.ts";

const pipes = createPipes();
const noCommands = { run: () => {} };

/** Of addresses only. @param hosts the text of /etc/hosts */
export function checkerOf(find?: Names["find"], hosts = ""): Checker {
  return createChecker(noCommands, pipes, find && { find, hosts: () => Promise.resolve(hosts) });
}

export const checker = checkerOf();

/** Of a program of root. */
export function claimOf(program: string): Claim {
  return { program, uid: null, isSuspect: false };
}

export function tcp(port: number, host = "127.0.0.1"): HostCheck {
  return { kind: "tcp", host, port };
}

export function http(port: number, path = "/", ...statuses: number[]): HostCheck {
  return { kind: "http", url: `http://127.0.0.1:${port}${path}`, statuses };
}

/** A directory that is removed after the test. */
export function temporaryDirectory(t: { after(free: () => void): void }): string {
  const directory = mkdtempSync("/tmp/tsv-checks-");
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Fails if the outcome comes twice, or before the call has returned. */
export function ask(
  target: HostCheck,
  timeoutMs = 10_000,
  by: Checker = checker,
  program = "a",
): Promise<CheckOutcome> {
  return new Promise((resolve, reject) => {
    let calls = 0;
    let hasReturned = false;
    const done = (outcome: CheckOutcome): void => {
      calls += 1;
      if (!hasReturned || calls > 1) reject(new Error(`call ${calls}, returned: ${hasReturned}`));
      else setImmediate(() => resolve(outcome));
    };
    by.check(target, timeoutMs, done, claimOf(program));
    hasReturned = true;
  });
}

/** A server whose connections are handled by a test. It ends with the test that uses it. */
export class Rig implements AsyncDisposable {
  readonly server: Server;
  readonly sockets = new Set<Socket>();

  constructor(serve: (socket: Socket) => void) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("close", () => void this.sockets.delete(socket));
      socket.on("error", () => {});
      serve(socket);
    });
  }

  async listen(host = "127.0.0.1", wanted?: number): Promise<number> {
    const port = wanted ?? (await freePort());
    this.server.listen(port, host);
    await once(this.server, "listening");
    return port;
  }

  async listenUnix(path: string): Promise<void> {
    this.server.listen(path);
    await once(this.server, "listening");
  }

  /** Waits until the other ends have closed all connections. */
  async drained(): Promise<void> {
    for (const socket of this.sockets) await new Promise((closed) => socket.once("close", closed));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }
}

/** Answers each request with a text, and reads what comes. */
export function replying(text: string, requests: string[] = []): Rig {
  return new Rig((socket) => {
    socket.once("data", (bytes) => {
      requests.push(String(bytes));
      socket.end(text, "latin1");
    });
  });
}

/** Takes connections, reads, and never answers. */
export function hanging(): Rig {
  return new Rig((socket) => void socket.resume());
}

/** Writes a beginning and then as much as the other end takes, up to a gigabyte. */
export function flooding(beginning: string, part: string): Rig & { readonly sent: () => number } {
  let sent = 0;
  const rig = new Rig((socket) => {
    const bytes = Buffer.from(part.repeat(Math.ceil(65_536 / part.length)));
    const more = (): void => {
      while (sent < 2 ** 30 && !socket.destroyed) {
        sent += bytes.length;
        if (!socket.write(bytes)) return;
      }
    };
    socket.on("drain", more);
    socket.once("data", () => {
      socket.write(beginning);
      more();
    });
  });
  return Object.assign(rig, { sent: () => sent });
}
