// Calls to devices: HTTP requests of an operator, over NATS. A call has a subject of its own. The first message there has the request,
// later ones say how many pieces of the answer the caller takes, which also shows that it is there. The answer goes to a
// subject that follows from that of the call: a head, pieces that are numbered, and the end.

import { USER_ROLES } from "../access/permissions.ts";
import { err, ok, type Result } from "../base/result.ts";
import { answerSubject, type FleetRole } from "./subjects.ts";

/** Headers of messages. */
export const CALL = {
  /** Of the caller: `GET /path`. */
  request: "Tsv-Request",
  /** How many pieces it takes in all. */
  credit: "Tsv-Credit",
  /** It wants no more. */
  cancel: "Tsv-Cancel",
  /** Of the device: the status, with headers of HTTP as JSON in the data. */
  head: "Tsv-Head",
  /** The number of a piece, from 0. */
  piece: "Tsv-Piece",
  /** How many pieces there were. */
  end: "Tsv-End",
  /** Why there is no (more) answer: a `CallProblem`, with a clause in the data. */
  failed: "Tsv-Failed",
  /** It is at work. */
  alive: "Tsv-Alive",
} as const;

export const CALL_PROBLEMS = [
  /** Of the caller: no agent is connected. */
  "no-device",
  "timed-out",
  /** Pieces are missing, or the connection was lost. */
  "lost",
  /** By nats-server: the key has no permission for the role. */
  "denied",
  /** Of the device: the request cannot be passed on. */
  "bad-request",
  /** It has too many calls. */
  "busy",
  /** Its daemon cannot be reached. */
  "no-daemon",
] as const;
export type CallProblem = (typeof CALL_PROBLEMS)[number];

/** Calls that a device answers at the same time. */
export const MOST_CALLS = 32;
/** Of those, so many are left to admins, whom others must not lock out. */
export const CALLS_OF_ADMINS = 8;
/** Bytes of a piece. */
export const LONGEST_PIECE = 64 * 1024;
/** Pieces that a caller takes before it has used one. */
export const WINDOW = 16;
/** More is not sent ahead, whatever the caller says. */
export const MOST_WINDOW = 64;
/** Of the body of a request: what a daemon takes. */
export const LONGEST_BODY = 512 * 1024;
/** Milliseconds between messages of a caller, and after which a silent side counts as gone. */
export const ALIVE_MS = 20_000;
export const GONE_MS = 60_000;

/** Headers of a request that are passed on. All others are about the connection, or about who asks. */
const PASSED = ["accept", "accept-language", "content-type", "last-event-id", "range"];
/** Of an answer that are not: they are about the connection. */
const OF_CONNECTION = ["connection", "transfer-encoding", "content-length", "keep-alive"];

export interface CallRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  /** Of names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The text of a request, with its headers after it in lines. */
export function requestText({ method, path, headers }: CallRequest): string {
  const lines = Array.from(headers).filter(([name]) => PASSED.includes(name));
  return JSON.stringify([method, path, Object.fromEntries(lines)]);
}

const PATH = /^\/[!-~]*$/;
const LONGEST_PATH = 8192;
const VALUE = /^[\t -~]{0,4096}$/;

/** @returns the error is a clause */
export function readRequest(text: string): Result<CallRequest, string> {
  const [method, path, headers] = parsed(text);
  if (method !== "GET" && method !== "POST") return err("the method is neither GET nor POST");
  if (typeof path !== "string" || !PATH.test(path) || path.length > LONGEST_PATH) {
    return err("the path is no path of HTTP");
  }
  const read = new Map<string, string>();
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!PASSED.includes(name)) continue;
    if (typeof value !== "string" || !VALUE.test(value)) return err(`header ${name} is wrong`);
    read.set(name, value);
  }
  return ok({ method, path, headers: read });
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

export function headText(fields: ReadonlyMap<string, string>): string {
  const kept = Array.from(fields).filter(([name]) => !OF_CONNECTION.includes(name));
  return JSON.stringify(Object.fromEntries(kept));
}

export function readHead(text: string): ReadonlyMap<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    const pairs = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return new Map(pairs.map(([name, each]) => [name, String(each)]));
  } catch {
    return new Map();
  }
}

/** Who calls, of the subject `tsv.call.DEVICE.ROLE.OPERATOR.ID`, which nats-server has checked. */
export interface Caller {
  readonly role: FleetRole;
  readonly operator: string;
  /** Where the answer goes. */
  readonly answers: string;
}

/** Null for another subject. */
export function readCaller(subject: string): Caller | null {
  const [, , device = "", role, operator = "", id, ...more] = subject.split(".");
  const known = USER_ROLES.find((each) => each === role);
  if (known === undefined || operator === "" || id === undefined || more.length > 0) return null;
  return { role: known, operator, answers: answerSubject(device, operator, id) };
}

/** How much of an answer may be sent. A caller that is slow stops the daemon's. */
export class Credit {
  #taken = 0;
  #sent = 0;

  /** @param taken pieces that the caller takes in all; less than before changes nothing */
  grant(taken: number): void {
    if (!Number.isSafeInteger(taken) || taken <= this.#taken) return;
    this.#taken = Math.min(taken, this.#sent + MOST_WINDOW);
  }

  get isUsed(): boolean {
    return this.#sent >= this.#taken;
  }

  /** @returns the number of a piece that is sent now */
  use(): number {
    return this.#sent++;
  }

  get sent(): number {
    return this.#sent;
  }
}
