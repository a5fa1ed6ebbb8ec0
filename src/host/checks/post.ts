// Sends an alert by HTTP POST: passes when the answer has a status from 200 to 299. Unlike a check, it verifies certificates: it
// sends secrets. Redirects are not followed. Only the head of the answer is read.

import type { Socket } from "node:net";
import { isIP } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { HostCheck } from "../../ports/checker.ts";
import { codeOf } from "../error-code.ts";
import { type ReplyHead, replyReader } from "../http/http-message.ts";
import { posix } from "../posix.ts";
import { type CheckRun, failed } from "./check-run.ts";
import { type CheckPipes, type Dial, failureText } from "./connect.ts";

type Post = Extract<HostCheck, { kind: "post" }>;

const MAX_HEAD_BYTES = 16 * 1024;
const CLOSED = "connection closed without an answer";
/** Statuses that may say when to try again (RFC 9110, section 10.2.3). */
const MAY_WAIT = [429, 503];

export function postAlert(run: CheckRun, pipes: CheckPipes, dial: Dial, post: Post): void {
  const url = new URL(post.url);
  const isSecure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  dial(run, host, port, (fd) => {
    pipes.unwatch(fd);
    void send(run, fd, host, isSecure, requestText(url, post));
  });
}

async function send(
  run: CheckRun,
  fd: number,
  host: string,
  isSecure: boolean,
  request: string,
): Promise<void> {
  try {
    const { Socket } = await import("node:net");
    if (run.isOver) return;
    const socket = new Socket({ fd: posix().duplicate(fd), readable: true, writable: true });
    run.hold(() => socket.destroy());
    socket.on("error", (error) => run.fail(failureText(codeOf(error))));
    const stream = isSecure ? await secured(run, socket, host) : socket;
    if (run.isOver) return;
    const read = answerReader(run);
    stream.on("data", read);
    for (const event of ["end", "close"]) stream.on(event, () => run.fail(CLOSED));
    stream.write(request);
  } catch (error) {
    run.fail(`cannot send: ${codeOf(error)}`);
  }
}

let context: SecureContext | undefined;

/** Loads TLS when it is first needed: it takes memory. */
async function secured(run: CheckRun, socket: Socket, host: string): Promise<TLSSocket> {
  const tls = await import("node:tls");
  context ??= tls.createSecureContext();
  const servername = isIP(host) === 0 ? host : "";
  const secure = tls.connect({ socket, secureContext: context, host, servername });
  secure.disableRenegotiation();
  run.hold(() => secure.destroy());
  secure.on("error", (error) => run.fail(secureText(codeOf(error))));
  return secure;
}

const UNKNOWN_AUTHORITY =
  "its certificate is of an unknown authority: set NODE_EXTRA_CA_CERTS for the daemon";

/** Errors of OpenSSL and Node about a certificate, in words with what helps. */
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired: it must be renewed there",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: check the clocks of both hosts",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name",
};

function secureText(code: string): string {
  const known = CERTIFICATE[code];
  if (known !== undefined) return known;
  if (code === "EPROTO" || code.startsWith("ERR_")) return "no TLS answer";
  return code.startsWith("CERT") ? `its certificate is not accepted: ${code}` : failureText(code);
}

function answerReader(run: CheckRun): (bytes: Uint8Array) => void {
  const reader = replyReader(MAX_HEAD_BYTES, {
    head: (head) => {
      // 100 to 199 are no answer yet.
      if (!run.isOver && head.start.status >= 200) answered(run, head);
    },
    body() {},
    end() {},
    broken: ({ kind }) =>
      run.fail(kind === "too long" ? "HTTP headers longer than 16 KB" : "no HTTP answer"),
  });
  return (bytes) => {
    if (!run.isOver) reader.read(bytes);
  };
}

function answered(run: CheckRun, { start: { status }, fields }: ReplyHead): void {
  if (status < 300) {
    run.pass(`status ${status}`);
    return;
  }
  const more = status < 400 ? ": redirects are not followed" : "";
  const wait = /^\d{1,9}$/.exec(fields.get("retry-after") ?? "")?.[0];
  const outcome = failed(`status ${status}${more}`);
  const isWait = MAY_WAIT.includes(status) && wait !== undefined;
  run.settle(isWait ? { ...outcome, waitMs: Number(wait) * 1000 } : outcome);
}

/** The parts of a URL contain no spaces and no line ends: they are percent-encoded. The headers are checked by their maker. */
function requestText(url: URL, { headers, body }: Post): string {
  const lines = [
    `POST ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "User-Agent: tsv",
    "Accept: */*",
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  if (url.username !== "" || url.password !== "") {
    const credentials = [url.username, url.password].map(decodeURIComponent).join(":");
    lines.push(`Authorization: Basic ${Buffer.from(credentials).toString("base64")}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
