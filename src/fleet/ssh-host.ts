// A host that is reached by ssh(1), which makes a socket of the host one of ours: no port is open there, and nothing is installed.

import { err, ok, type Result, thrownMessage } from "../core/base/result.ts";
import type { SshAddress } from "../core/fleet/address.ts";
import {
  commandArguments,
  SSH_FAILED,
  socketReason,
  sshReason,
  USUAL_SOCKETS,
} from "../core/fleet/ssh.ts";
import type { CallResult, CtlAccess } from "../ctl/client.ts";
import type { CallFailure } from "../ctl/failure.ts";
import { startCommand } from "../host/ssh/commands.ts";
import { openTunnel } from "../host/ssh/tunnel.ts";
import { monotonic } from "../host/time/clock.ts";
import type { HttpStream, StreamEnd } from "../ports/http-client.ts";
import type { Host } from "./host.ts";
import { failedStream, failure, ServerLink, silent, within } from "./server-host.ts";

/** A failure of ssh, in its own words. */
export const SSH_CODE = "SSH";
/** A connection to a socket that nothing listens at is accepted here, and closed. */
const NOTHING_THERE = /^(?:DISCONNECTED|ECONNRESET|EPIPE)$/;
/** For a stream that must connect first. */
const CONNECT_MS = 30_000;
/** Characters of standard error that may tell why ssh failed. */
const MOST_SAID = 4096;
const SIGNALLED = 128;

type Opened = Result<ServerLink, CallFailure>;

export class SshLink implements Pick<Host, "call" | "stream" | "close"> {
  readonly #address: SshAddress;
  readonly #access: () => Result<CtlAccess, CallFailure>;
  /** Ends the present tunnel. */
  #endTunnel = (): void => undefined;
  /** Of the present tunnel; null without one. */
  #opened: Promise<Opened> | null = null;
  #link: ServerLink | null = null;
  readonly #commands = new Set<() => void>();

  /** @param access what the daemon is shown; its URL is not used */
  constructor(address: SshAddress, access: () => Result<CtlAccess, CallFailure>) {
    this.#address = address;
    this.#access = access;
  }

  call: Host["call"] = async (method, params, deadlineMs) => {
    const until = monotonic() + deadlineMs;
    this.#opened ??= this.#open(deadlineMs);
    const link = await within(this.#opened, deadlineMs);
    if (link === null) return silent(deadlineMs);
    if (!link.ok) return link;
    return await link.value.call(method, params, Math.max(1, until - monotonic()));
  };

  stream: Host["stream"] = (path, onBytes, onHead) => {
    let stream: HttpStream | null = null;
    let isClosed = false;
    const follow = async (): Promise<StreamEnd> => {
      this.#opened ??= this.#open(CONNECT_MS);
      const link = await this.#opened;
      if (isClosed) return { kind: "closed" };
      stream = link.ok ? link.value.stream(path, onBytes, onHead) : failedStream(link.error);
      return await stream.ended;
    };
    const close = (): void => {
      isClosed = true;
      stream?.close();
    };
    return { ended: follow(), close };
  };

  run: NonNullable<Host["run"]> = async (command, output, deadlineMs) => {
    let said = "";
    let end = (): void => undefined;
    const ended = new Promise<Result<number, CallFailure>>((resolve) => {
      end = startCommand(commandArguments(this.#address, command), {
        stdout: (piece) => output.stdout(piece),
        stderr: (piece) => {
          said = (said + Buffer.from(piece).toString()).slice(-MOST_SAID);
          output.stderr(piece);
        },
        ended: (outcome) => {
          if (outcome === null) resolve(failure(SSH_CODE, "it was ended"));
          else if (typeof outcome === "string") resolve(failure(SSH_CODE, outcome));
          else if (outcome.exitCode === SSH_FAILED) resolve(failure(SSH_CODE, sshReason(said)));
          else resolve(ok(outcome.exitCode ?? SIGNALLED + (outcome.signal ?? 0)));
        },
      });
    });
    this.#commands.add(end);
    const result = deadlineMs === null ? await ended : await within(ended, deadlineMs);
    this.#commands.delete(end);
    if (result === null) end();
    return result ?? silent(deadlineMs ?? 0);
  };

  close(): void {
    this.#link?.close();
    this.#endTunnel();
    for (const end of this.#commands) end();
    this.#opened = null;
  }

  async #open(limitMs: number): Promise<Opened> {
    const { socket } = this.#address;
    const sockets = socket === null ? USUAL_SOCKETS : [socket];
    const paths = await this.#connect(sockets);
    if (!paths.ok) return paths;
    for (const path of paths.value) {
      const link = new ServerLink(() => {
        const access = this.#access();
        return access.ok ? ok({ ...access.value, serverUrl: `unix://${path}` }) : access;
      });
      const answer = await link.call("supervisor.getVersion", [], limitMs);
      if (!isNothingThere(answer)) {
        this.#link = link;
        return ok(link);
      }
      link.close();
    }
    this.close();
    return failure(SSH_CODE, socketReason(socket));
  }

  #connect(sockets: readonly string[]): Promise<Result<readonly string[], CallFailure>> {
    return new Promise((resolve) => {
      try {
        this.#endTunnel = openTunnel(this.#address, sockets, {
          opened: (paths) => resolve(ok(paths)),
          ended: (reason) => {
            resolve(failure(SSH_CODE, reason));
            this.#link?.close();
            this.#opened = null;
          },
        });
      } catch (error) {
        resolve(
          err({ kind: "connection", failure: { code: "EIO", message: thrownMessage(error) } }),
        );
      }
    });
  }
}

function isNothingThere(answer: CallResult): boolean {
  if (answer.ok || answer.error.kind !== "connection") return false;
  return NOTHING_THERE.test(answer.error.failure.code);
}
