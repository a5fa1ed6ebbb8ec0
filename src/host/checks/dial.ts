// TCP connections of checks, to numeric addresses and to names.

import { connect, isIP, type Socket } from "node:net";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { CHECK_LOOKUPS_AT_ONCE, Lookups } from "../system/accounts.ts";
import type { CheckRun } from "./check-run.ts";
import { failureText, isHostCode } from "./failure-text.ts";

/** Addresses of a name. @throws an error with a code */
export type FindAddresses = (host: string) => Promise<readonly string[]>;

/** Connects to a port. `connected` gets the socket, whose errors end the check already. */
export type Dial = (
  run: CheckRun,
  host: string,
  port: number,
  connected: (socket: Socket) => void,
) => void;

const LOCALHOST = ["127.0.0.1", "::1"];
/** Addresses of one name that are tried. */
const MOST_ADDRESSES = 8;
/** These say something about this host, not about the program: another address may say more. */
const NO_WAY = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH"]);

/** Dials with one lookup of a name at a time, whatever the name server does. */
export function createDial(find: FindAddresses = findAddresses): Dial {
  const names = new Lookups<string, Result<readonly string[], string>>(async (host) => {
    try {
      return ok(await find(host));
    } catch (error) {
      return err(codeOf(error));
    }
  }, CHECK_LOOKUPS_AT_ONCE);

  return (run, host, port, connected) => {
    if (isIP(host) !== 0) return tryEach(run, [host], port, connected);
    if (host === "localhost") return tryEach(run, LOCALHOST, port, connected);
    run.missing = "no answer from the name server";
    run.isOfHost = true;
    const forget = names.ask(host, (found) => {
      run.missing = "no answer";
      run.isOfHost = false;
      if (!found.ok) run.fail(lookupText(found.error));
      else if (found.value.length === 0) run.fail(lookupText("ENOTFOUND"));
      else tryEach(run, found.value.slice(0, MOST_ADDRESSES), port, connected);
    });
    run.hold(forget);
  };
}

async function findAddresses(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

function lookupText(code: string): string {
  return code === "ENOTFOUND" ? "unknown host name" : `lookup of the host name failed: ${code}`;
}

/** One address after the other. Each gets an equal part of the time that is left. */
function tryEach(
  run: CheckRun,
  addresses: readonly string[],
  port: number,
  connected: (socket: Socket) => void,
): void {
  const codes: string[] = [];
  const tryNext = (): void => {
    const host = addresses[codes.length];
    if (host === undefined) {
      const code = codes.find((each) => !NO_WAY.has(each)) ?? codes[0] ?? "ENOTFOUND";
      run.fail(failureText(code), isHostCode(code));
      return;
    }
    const partMs = run.leftMs / (addresses.length - codes.length);
    const isLast = codes.length === addresses.length - 1;
    connectTo(run, { host, port, partMs: isLast ? null : partMs }, connected, (code) => {
      codes.push(code);
      tryNext();
    });
  };
  tryNext();
}

interface Address {
  readonly host: string;
  readonly port: number;
  /** After this the next address is tried; null for the time limit of the check. */
  readonly partMs: number | null;
}

function connectTo(
  run: CheckRun,
  { host, port, partMs }: Address,
  connected: (socket: Socket) => void,
  failed: (code: string) => void,
): void {
  const socket = connect({ host, port });
  let isTrying = true;
  const giveUp = (code: string): void => {
    if (!isTrying) return;
    isTrying = false;
    clearTimeout(timer);
    socket.destroy();
    if (!run.isOver) failed(code);
  };
  const timer = partMs === null ? undefined : setTimeout(() => giveUp("ETIMEDOUT"), partMs).unref();
  run.hold(() => {
    clearTimeout(timer);
    socket.destroy();
  });
  socket.on("error", (error) => {
    if (isTrying) giveUp(codeOf(error));
    else run.fail(failureText(codeOf(error)));
  });
  socket.once("connect", () => {
    if (isConnectedToItself(socket)) {
      // A reset leaves nothing behind that keeps the port from the program.
      socket.resetAndDestroy();
      giveUp("ECONNREFUSED");
      return;
    }
    isTrying = false;
    clearTimeout(timer);
    if (!run.isOver) connected(socket);
  });
}

/**
 * The kernel may choose the port itself as the port of our end. Where nothing listens, the two ends are then one, which looks
 * like a connection.
 */
function isConnectedToItself(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}
