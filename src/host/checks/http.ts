// Asks whether a program answers an HTTP request with a good status. Redirects are answers and not followed.

import { isIP, type Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { codeOf } from "../error-code.ts";
import { replyReader } from "../http/http-message.ts";
import type { CheckRun } from "./check-run.ts";
import type { Dial } from "./connect.ts";
import { failureText } from "./connect.ts";

/** Of the head of a reply, which can be any program's and may never end. */
const MAX_HEAD_BYTES = 16 * 1024;

type HttpTarget = Extract<CheckTarget, { kind: "http" }>;

/** Passes when the status is one of those that are good. */
export function checkHttp(run: CheckRun, dial: Dial, target: HttpTarget): void {
  const url = new URL(target.url);
  const isSecure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  dial(run, host, port, (socket) => {
    if (isSecure) void askSecurely(run, socket, host, url, target.statuses);
    else ask(run, socket, url, target.statuses);
  });
}

/** Loads TLS when it is first needed: few programs need it, and it takes memory. */
async function askSecurely(
  run: CheckRun,
  socket: Socket,
  host: string,
  url: URL,
  statuses: readonly number[],
): Promise<void> {
  try {
    const tls = await import("node:tls");
    if (run.isOver) return;
    // Without the certificates of authorities, which take a megabyte and are not needed.
    context ??= tls.createSecureContext({ ca: [] });
    const secure = tls.connect({
      socket,
      secureContext: context,
      servername: isIP(host) === 0 ? host : "",
      // The check tests the answer, not the identity, as in Kubernetes: certificates are often self-signed, or for
      // another name.
      rejectUnauthorized: false,
    });
    secure.disableRenegotiation();
    run.hold(() => secure.destroy());
    secure.on("error", (error) => run.fail(secureText(codeOf(error))));
    ask(run, secure, url, statuses);
  } catch (error) {
    run.fail(`cannot use TLS: ${codeOf(error)}`);
  }
}

let context: SecureContext | undefined;

function secureText(code: string): string {
  return code === "EPROTO" || code.startsWith("ERR_") ? "no TLS answer" : failureText(code);
}

function ask(run: CheckRun, socket: Socket, url: URL, statuses: readonly number[]): void {
  const reader = replyReader(MAX_HEAD_BYTES, {
    head: ({ start: { status } }) => {
      if (run.isOver) return;
      if (isGood(status, statuses)) run.pass(`status ${status}`);
      else run.fail(`status ${status}`);
    },
    body() {},
    end() {},
    broken: ({ kind }) => {
      if (run.isOver) return;
      run.fail(kind === "too long" ? "HTTP headers longer than 16 KB" : "no HTTP answer");
    },
  });
  const closed = (): void => run.fail("connection closed without an answer");
  socket.on("data", (bytes: Buffer) => {
    if (!run.isOver) reader.read(bytes);
  });
  socket.on("end", closed);
  socket.on("close", closed);
  socket.write(requestFor(url));
}

function isGood(status: number, statuses: readonly number[]): boolean {
  return statuses.length === 0 ? status >= 200 && status < 300 : statuses.includes(status);
}

/** The parts of a URL contain no spaces and no line ends: they are percent-encoded. */
function requestFor(url: URL): string {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "User-Agent: tsv",
    "Accept: */*",
    "Connection: close",
  ];
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
    lines.push(`Authorization: Basic ${Buffer.from(credentials).toString("base64")}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that encodes nothing is itself.
  }
}
