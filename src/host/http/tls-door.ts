// TLS handshakes of a listening socket. A connection is looked at before: plain HTTP gets an answer that a person understands. The
// files of the certificate are looked at when a connection arrives, so that a renewed one is used without a reload, and an idle
// daemon does nothing. One that cannot be used leaves the one before in use. Loaded only for a server that speaks TLS.

import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { TLS_NEEDED, type TlsFiles } from "../../core/net/certificates.ts";
import type { HttpServerReports } from "../../ports/http-server.ts";
import { withinLimit } from "../files/answers.ts";
import { monotonic } from "../time/clock.ts";
import type { HttpLimits } from "./http-limits.ts";
import { readIdentity, stampOf } from "./tls-files.ts";

/** Milliseconds between two looks at the files. */
const LOOK_MS = 1000;
/** How long a connection waits for a look. */
const LOOK_WAIT_MS = 1000;

const TEXT = "This port speaks TLS: write https:// in the address.\n";
const PLAIN_ANSWER =
  `HTTP/1.1 400 ${TLS_NEEDED}\r\nContent-Type: text/plain;charset=utf-8\r\nConnection: close\r\n` +
  `Content-Length: ${TEXT.length}\r\n\r\n${TEXT}`;

type Limits = Pick<HttpLimits, "handshakeMs" | "lingerMs">;
type Secured = (socket: TLSSocket) => void;

export class TlsDoor {
  readonly #files: TlsFiles;
  readonly #limits: Limits;
  readonly #reports: Pick<HttpServerReports, "certificate">;
  readonly #server: Server;
  /** Connections in their handshakes, by their two ends: the TLS server does not tell which connection it has secured. */
  readonly #handshakes = new Map<string, Secured>();
  /** Of the files that are in use; null for none. */
  #used: string | null = null;
  /** Of the files that cannot be used, and whether that was reported. */
  #broken: { readonly stamp: string; readonly isReported: boolean } | null = null;
  #lookAt = 0;

  /** Reads the files. Those that cannot be used are reported, and no connection is accepted then. */
  static async open(
    files: TlsFiles,
    limits: Limits,
    reports: Pick<HttpServerReports, "certificate">,
  ): Promise<TlsDoor> {
    const door = new TlsDoor(files, limits, reports);
    await door.#look();
    return door;
  }

  private constructor(
    files: TlsFiles,
    limits: Limits,
    reports: Pick<HttpServerReports, "certificate">,
  ) {
    this.#files = files;
    this.#limits = limits;
    this.#reports = reports;
    const needsClient = files.clientCa !== null;
    this.#server = createServer({
      ...{ requestCert: needsClient, rejectUnauthorized: needsClient },
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: limits.handshakeMs,
    });
    this.#server.on("secureConnection", (socket) => {
      const end = endsOf(socket);
      const secured = this.#handshakes.get(end);
      this.#handshakes.delete(end);
      socket.on("error", () => socket.destroy());
      socket.disableRenegotiation();
      if (secured === undefined) socket.destroy();
      else secured(socket);
    });
    // Anyone can fail a handshake as often as they like: the log would fill.
    this.#server.on("tlsClientError", (_, socket) => socket.destroy());
  }

  /** Begins the handshake of a connection, which ends in `secured` or in the end of the connection. */
  async admit(socket: Socket, secured: Secured): Promise<void> {
    const timer = setTimeout(() => socket.destroy(), this.#limits.handshakeMs).unref();
    socket.once("close", () => clearTimeout(timer));
    if (this.#isLookDue()) await withinLimit(this.#look(), LOOK_WAIT_MS);
    if (socket.destroyed) return;
    if (this.#used === null) {
      socket.destroy();
      return;
    }
    whenByte(socket, (first) => {
      if (isText(first)) this.#answerPlain(socket);
      else {
        this.#shake(socket, (socket) => {
          clearTimeout(timer);
          secured(socket);
        });
      }
    });
  }

  #shake(socket: Socket, secured: Secured): void {
    const end = endsOf(socket);
    this.#handshakes.set(end, secured);
    socket.once("close", () => {
      if (this.#handshakes.get(end) === secured) this.#handshakes.delete(end);
    });
    this.#server.emit("connection", socket);
  }

  #answerPlain(socket: Socket): void {
    socket.end(PLAIN_ANSWER);
    // Closing with unread input would reset the connection, and the client might never see the answer.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), this.#limits.lingerMs).unref();
    socket.once("close", () => clearTimeout(timer));
  }

  /** One look at a time: a file system that does not answer holds up the connection that began it, briefly, and no other. */
  #isLookDue(): boolean {
    return monotonic() >= this.#lookAt;
  }

  async #look(): Promise<void> {
    this.#lookAt = Number.POSITIVE_INFINITY;
    try {
      const stamp = await stampOf(this.#files);
      if (stamp !== this.#used) await this.#read();
    } finally {
      this.#lookAt = monotonic() + LOOK_MS;
    }
  }

  async #read(): Promise<void> {
    const read = await readIdentity(this.#files);
    if (!read.ok) return this.#report(await stampOf(this.#files), read.error);
    const isRenewed = this.#used !== null;
    this.#used = read.value.stamp;
    this.#broken = null;
    this.#server.setSecureContext(read.value.options);
    if (isRenewed) {
      this.#reports.certificate(
        "INFO",
        `the changed certificate ${this.#files.cert} is in use now`,
      );
    }
  }

  /** Two files are not replaced at once: what is broken is reported when it still is at the next look. */
  #report(stamp: string, problem: string): void {
    const isSame = this.#broken?.stamp === stamp;
    const isDue = this.#used === null ? !isSame : isSame && this.#broken?.isReported === false;
    this.#broken = { stamp, isReported: isDue || (isSame && this.#broken?.isReported === true) };
    if (!isDue) return;
    if (this.#used === null) {
      this.#reports.certificate(
        "CRIT",
        `no connection is accepted until this is repaired: ${problem}`,
      );
    } else {
      this.#reports.certificate("WARN", `the certificate before stays in use: ${problem}`);
    }
  }
}

/** Both ends of a connection, which no other connection has at the same time. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** Calls back with the first byte that a client sends, which stays in the socket. */
function whenByte(socket: Socket, then: (first: number) => void): void {
  const bytes = socket.read(1) as Buffer | null;
  const [first] = bytes ?? [];
  if (bytes === null || first === undefined) {
    socket.once("readable", () => whenByte(socket, then));
    return;
  }
  socket.unshift(bytes);
  then(first);
}

/** A method of HTTP begins with a letter, a handshake of TLS with 22 (RFC 8446, section 5.1). */
function isText(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}
