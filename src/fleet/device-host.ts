// A host that is a device of a fleet: its daemon is called through the hub. All devices share one connection.

import type { FleetRole } from "../core/fleet/subjects.ts";
import { decodeReply } from "../core/xmlrpc/decode.ts";
import { encodeCall } from "../core/xmlrpc/encode.ts";
import type { CallResult } from "../ctl/client.ts";
import type { HttpStream, StreamEnd } from "../ports/http-client.ts";
import type { Host } from "./host.ts";
import { type CallEnd, callDevice, type DeviceCall } from "./nats/calls.ts";
import type { Session } from "./nats/connection.ts";
import { failedStream, failure, silent } from "./server-host.ts";

/** Of an answer, in bytes, as of the servers of other hosts. */
const LARGEST_ANSWER = 8 * 1024 * 1024;
const HEAD_MS = 30_000;
const XML = new Map([["content-type", "text/xml"]]);

const AWAY = failure("AWAY", "the connection to the hub is lost");

/** A device, and as whom it is called. */
export interface DeviceEntry {
  readonly name: string;
  /** Of the hub. */
  readonly url: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly role: FleetRole;
  readonly operator: string;
}

/** @param session the present connection to the hub, null while there is none; closing a host ends its calls only */
export function createDeviceHost(
  { name, url, labels, role, operator }: DeviceEntry,
  session: () => Session | null,
): Host {
  const calls = new Set<DeviceCall>();
  const callee = { device: name, role, operator };
  const begin = (...args: Parameters<typeof callDevice>): DeviceCall => {
    const call = callDevice(...args);
    calls.add(call);
    void call.ended.then(() => calls.delete(call));
    return call;
  };
  return {
    ...{ name, url, labels, run: null },
    async call(method, params, deadlineMs) {
      const parts: Uint8Array[] = [];
      let [status, size] = [0, 0];
      const body = encodeCall(method, params);
      const connection = session();
      if (connection === null) return AWAY;
      const call = begin(
        connection,
        callee,
        { method: "POST", path: "/RPC2", headers: XML, body, headMs: deadlineMs },
        {
          head(got) {
            status = got;
          },
          body(bytes) {
            size += bytes.length;
            if (size > LARGEST_ANSWER) call.close();
            else parts.push(bytes.slice());
          },
        },
      );
      return answerOf(await call.ended, status, Buffer.concat(parts), deadlineMs);
    },
    stream(path, onBytes, onHead): HttpStream {
      let status = 0;
      const connection = session();
      if (connection === null) return failedStream(AWAY.error);
      const call = begin(
        connection,
        callee,
        { method: "GET", path, headers: new Map(), body: "", headMs: HEAD_MS },
        {
          head(got, headers) {
            status = got;
            if (got === 200) onHead?.(headers);
            else call.close();
          },
          body(bytes) {
            if (status === 200) onBytes(bytes);
          },
        },
      );
      return { ended: call.ended.then((end) => streamEnd(end, status)), close: call.close };
    },
    close() {
      for (const call of calls) call.close();
    },
  };
}

function answerOf(end: CallEnd, status: number, body: Buffer, deadlineMs: number): CallResult {
  if (end.kind === "closed") return failure("TOO_LARGE", "the answer is larger than 8 MB");
  if (end.kind === "failed") {
    return end.problem === "timed-out" ? silent(deadlineMs) : failure(codeOf(end), end.text);
  }
  if (status !== 200) return { ok: false, error: { kind: "http", status, reason: "" } };
  const decoded = decodeReply(body.toString());
  if (decoded.kind === "value") return { ok: true, value: decoded.value };
  if (decoded.kind === "fault") {
    return { ok: false, error: { kind: "fault", code: decoded.code, text: decoded.text } };
  }
  return failure("BAD_REPLY", "the answer is not XML-RPC");
}

/** As a code of connection failures: NO_DEVICE, BUSY, DENIED … */
function codeOf({ problem }: CallEnd & { readonly kind: "failed" }): string {
  return problem.toUpperCase().replace("-", "_");
}

function streamEnd(end: CallEnd, status: number): StreamEnd {
  if (status !== 0 && status !== 200) return { kind: "status", status };
  if (end.kind !== "failed") return end;
  return { kind: "failed", failure: { code: codeOf(end), message: end.text } };
}
