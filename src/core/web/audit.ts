// Lines of the activity log about clients: requested changes, and wrong passwords; and how long the answer to a wrong
// password is delayed.

import { type Client, type Principal, peerText, principalText } from "../access/principal.ts";
import { isArray, isStruct, type XmlRpcValue } from "../xmlrpc/value.ts";

/** @param who with the name of the server section, where the client gave it and the password */
export function askedText(what: string, who: Principal): string {
  return `asked: ${what} by ${principalText(who)}`;
}

/** The line after that, or the only one about a method that reads. */
export function notPermittedText(what: string, who: Principal): string {
  return `not permitted: ${what} to ${principalText(who)}`;
}

/** Nothing that the client sent is shown: people type passwords into the wrong field. */
export function refusedText({ section, peer }: Pick<Client, "section" | "peer">): string {
  return `wrong user name or password for [${section}] from ${peerText(peer)}`;
}

/** The end of a line before which others were left out. */
export function heldBackText(count: number): string {
  return count === 0 ? "" : ` (${count} more since the last such line)`;
}

/** Methods that only read. All others count as changes, those of modules too. */
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
  const { method: methodName, params } = call;
  const [calls] = methodName === MULTICALL ? params : [[{ methodName, params }]];
  for (const each of calls !== undefined && isArray(calls) ? calls.slice(0, MOST_CALLS) : []) {
    const { methodName: method, params = [] } = isStruct(each) ? each : {};
    if (typeof method !== "string" || !isArray(params)) continue;
    const text = changeText({ method, params });
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

/** So many peers are remembered; a new one takes the place of the one that was quiet longest. */
const MOST_PEERS = 256;
const FIRST_DELAY_MS = 50;
const MOST_DELAY_MS = 1000;
/** Longest wait for one answer. */
const MOST_WAIT_MS = 2000;
/** After that long without a try a peer starts again. */
const FORGET_MS = 60_000;

interface Peer {
  readonly failures: number;
  readonly lastMs: number;
  /** When the last of its answers is due. */
  readonly busyUntilMs: number;
}

/**
 * The delay doubles after each failure, up to a second. Attempts of a peer wait for one another, so that many connections at
 * once do not help. A correct password is never delayed.
 */
export class FailedLogins {
  /** In the order of their last tries. */
  readonly #peers = new Map<string, Peer>();

  /**
   * A wrong password.
   * @param peer who, as an address or a user, without a port
   * @param nowMs monotonic
   * @returns how many milliseconds the answer waits
   */
  failed(peer: string, nowMs: number): number {
    const before = this.#peers.get(peer);
    const isNew = before === undefined || nowMs - before.lastMs > FORGET_MS;
    const failures = isNew ? 1 : before.failures + 1;
    const delay = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10));
    const start = Math.max(nowMs, isNew ? nowMs : before.busyUntilMs);
    const busyUntilMs = Math.min(nowMs + MOST_WAIT_MS, start + delay);
    this.#peers.delete(peer);
    this.#peers.set(peer, { failures, lastMs: nowMs, busyUntilMs });
    if (this.#peers.size > MOST_PEERS) {
      for (const quietest of this.#peers.keys()) {
        this.#peers.delete(quietest);
        break;
      }
    }
    return busyUntilMs - nowMs;
  }

  /** How many peers are remembered. */
  get size(): number {
    return this.#peers.size;
  }
}
