// Asks whether a program answers an HTTP request with a good status. Redirects are answers and not followed.

import { isIP } from "node:net";
import type { SecureContext } from "node:tls";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { codeOf } from "../error-code.ts";
import { replyReader } from "../http/http-message.ts";
import { errnoName, posix } from "../posix.ts";
import { type CheckRun, failed } from "./check-run.ts";
import type { CheckPipes, Dial } from "./connect.ts";
import { failureText } from "./connect.ts";

/** Of the head of a reply, which can be any program's and may never end. */
const MAX_HEAD_BYTES = 16 * 1024;

type HttpTarget = Extract<CheckTarget, { kind: "http" }>;

/** Passes when the status is one of those that are good. */
export function checkHttp(run: CheckRun, pipes: CheckPipes, dial: Dial, target: HttpTarget): void {
  const asked = questions.get(target) ?? questionOf(target);
  questions.set(target, asked);
  dial(run, asked.host, asked.port, (fd) => {
    if (asked.isSecure) {
      pipes.unwatch(fd);
      void askSecurely(run, fd, asked);
    } else ask(run, pipes, fd, asked);
  });
}

/** What is asked, and where. */
interface Question {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  readonly request: Buffer;
  readonly statuses: readonly number[];
}

/** Of the targets in use, which are asked again and again. */
const questions = new WeakMap<HttpTarget, Question>();

function questionOf({ url: text, statuses }: HttpTarget): Question {
  const url = new URL(text);
  const isSecure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  return { isSecure, host, port, request: Buffer.from(requestFor(url)), statuses };
}

/** Loads TLS when it is first needed: few programs need it, and it takes memory. */
async function askSecurely(
  run: CheckRun,
  fd: number,
  { host, request, statuses }: Question,
): Promise<void> {
  try {
    const [tls, { Socket }] = await Promise.all([import("node:tls"), import("node:net")]);
    if (run.isOver) return;
    const socket = new Socket({ fd: posix().duplicate(fd), readable: true, writable: true });
    run.hold(() => socket.destroy());
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
    socket.on("error", (error) => run.fail(failureText(codeOf(error))));
    secure.on("error", (error) => run.fail(secureText(codeOf(error))));
    const read = answerReader(run, statuses);
    secure.on("data", read);
    for (const event of ["end", "close"]) secure.on(event, () => run.fail(CLOSED));
    secure.write(request);
  } catch (error) {
    run.fail(`cannot use TLS: ${codeOf(error)}`);
  }
}

let context: SecureContext | undefined;

function secureText(code: string): string {
  return code === "EPROTO" || code.startsWith("ERR_") ? "no TLS answer" : failureText(code);
}

const CLOSED = "connection closed without an answer";

/** What was read last, of any check: it is used up at once. */
const received = new Uint8Array(MAX_HEAD_BYTES);

function ask(run: CheckRun, pipes: CheckPipes, fd: number, question: Question): void {
  const read = answerReader(run, question.statuses);
  let { request } = question;
  const readable = (): void => {
    const size = posix().read(fd, received);
    if (size > 0) read(received.subarray(0, size));
    else if (size === 0) run.fail(CLOSED);
    else failUnlessAgain(run, size);
  };
  const writable = (): void => {
    const size = posix().write(fd, request);
    if (size < 0) failUnlessAgain(run, size);
    else request = request.subarray(size);
    if (request.length === 0) pipes.watch(fd, "read", { readable });
  };
  writable();
  if (request.length > 0 && !run.isOver) pipes.watch(fd, "write", { writable });
}

function failUnlessAgain(run: CheckRun, result: number): void {
  const code = errnoName(result);
  if (code !== "EAGAIN") run.settleSoon(failed(failureText(code)));
}

function answerReader(run: CheckRun, statuses: readonly number[]): (bytes: Uint8Array) => void {
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
  return (bytes) => {
    if (!run.isOver) reader.read(bytes);
  };
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
