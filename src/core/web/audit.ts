// What the activity log says of clients: who asked for a change, and who gave a wrong password.

import { isStruct } from "../xmlrpc/fields.ts";
import type { XmlRpcValue } from "../xmlrpc/value.ts";

/** The other end of a connection. */
export interface AuditPeer {
  readonly address: string;
  readonly port: number;
  /** Of a unix socket: who connected. */
  readonly user: { readonly uid: number; readonly pid: number } | null;
}

/** `uid 1000, pid 4242` for a unix socket, else `10.0.0.5:3123`. */
export function peerText({ address, port, user }: AuditPeer): string {
  if (user !== null) return `uid ${user.uid}, pid ${user.pid}`;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The same without what differs from one connection to the next. */
export function peerKey({ address, user }: AuditPeer): string {
  return user === null ? address : `uid ${user.uid}`;
}

/** @param username of the server section, where the client gave it and the password */
export function askedText(what: string, peer: AuditPeer, username: string | null): string {
  const who = username === null ? "" : `${username}, `;
  return `asked: ${what} by ${who}${peerText(peer)}`;
}

export function refusedText(section: string, peer: AuditPeer): string {
  return `wrong user name or password for [${section}] from ${peerText(peer)}`;
}

/** What is added to a line before which others were left out. */
export function heldBackText(count: number): string {
  return count === 0 ? "" : ` (${count} more since the last such line)`;
}

/** Methods that only tell something. All others are taken for changes, those of modules too. */
const READS = /^(?:get|read|tail|list|check|method)|^(?:setWindowSize|ping)$/;
const MULTICALL = "system.multicall";
const MOST_CHARACTERS = 100;
/** Of one request; the log would not show more of them either. */
const MOST_CALLS = 1000;

interface Call {
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}

/** The changes that a call asks for, as `supervisor.stopProcess(web)`. Nothing but names is shown: the rest may be secret. */
export function* changesIn(call: Call): Generator<string> {
  if (call.method !== MULTICALL) {
    const text = changeText(call);
    if (text !== null) yield text;
    return;
  }
  const [calls] = call.params;
  if (!Array.isArray(calls)) return;
  for (const each of (calls as readonly XmlRpcValue[]).slice(0, MOST_CALLS)) {
    if (!isStruct(each)) continue;
    const { methodName, params = [] } = each;
    if (typeof methodName !== "string" || !Array.isArray(params)) continue;
    const text = changeText({ method: methodName, params: params as readonly XmlRpcValue[] });
    if (text !== null) yield text;
  }
}

function changeText({ method, params }: Call): string | null {
  const name = method.slice(method.indexOf(".") + 1);
  if (READS.test(name) || method.startsWith("system.")) return null;
  // The second is a signal, or what must not be shown, such as input of a program.
  const shown = params.slice(0, name.startsWith("signal") ? 2 : 1);
  const words = shown.filter((value) => typeof value === "string" || typeof value === "number");
  return `${short(method)}(${words.map((word) => short(String(word))).join(", ")})`;
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
