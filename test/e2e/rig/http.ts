// Requests to a daemon: whole ones by node:http, raw ones byte for byte.

import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { type Answer, decodeResponse, encodeCall, type Value } from "./xmlrpc.ts";

/** Where a daemon listens. */
export type Endpoint =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

/** A whole reply. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

const TIMEOUT_MS = 60_000;

/** Sends one request on a connection of its own. */
export function send(
  to: Endpoint,
  what: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method, path, headers = {}, body } = what;
    const length = body === undefined ? {} : { "Content-Length": `${Buffer.byteLength(body)}` };
    const sent = request({ ...to, method, path, headers: { ...length, ...headers }, agent: false });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no reply to ${method} ${path}`)));
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.end(body);
  });
}

/** Calls a method. A reply that is no XML-RPC comes back as the HTTP status. */
export async function call(
  to: Endpoint,
  method: string,
  params: readonly Value[] = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | { readonly kind: "http"; readonly status: number }> {
  const body = encodeCall(method, params);
  const all = { "Content-Type": "text/xml", ...headers };
  const reply = await send(to, { method: "POST", path: "/RPC2", headers: all, body });
  return reply.status === 200 ? decodeResponse(reply.body) : { kind: "http", status: reply.status };
}

/** Opens a connection for bytes of the test's own choice. */
export function open(to: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = "socketPath" in to ? connect(to.socketPath) : connect(to.port, to.host);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => {}); // What comes later the test sees as "close".
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Sends bytes and reads until `until` is satisfied or the other side closes. */
export async function exchange(
  to: Endpoint,
  bytes: string | Uint8Array,
  until: (text: string) => boolean = () => false,
): Promise<{ readonly text: string; readonly closed: boolean }> {
  const socket = await open(to);
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const text = (): string => Buffer.concat(chunks).toString();
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer within ${TIMEOUT_MS} ms; so far: ${text()}`));
    }, TIMEOUT_MS);
    const finish = (closed: boolean): void => {
      clearTimeout(deadline);
      resolve({ text: text(), closed });
      socket.destroy();
    };
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (until(text())) finish(false);
    });
    socket.on("close", () => finish(true));
    socket.write(bytes);
  });
}

/** True once a text holds one whole reply with a Content-Length. */
export function isWholeReply(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /^content-length: *(\d+)/im.exec(text)?.[1];
  return (
    end >= 0 && length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length)
  );
}
