// Keys and values of a fleet, without consumers, which members may not create: the last value, an older one and the history of a key by
// direct get (NATS ADR-31), and writing one that no other member has written meanwhile. Buckets are streams (NATS ADR-8).

import { err, ok, type Result } from "../../core/base/result.ts";
import {
  BUCKETS,
  keySubject,
  keysRequest,
  type ListedBucket,
  lastOfKey,
  streamOfBucket,
} from "../../core/fleet/subjects.ts";
import type { Headers, Message, RequestFailure, Session } from "./connection.ts";
import { askAgain } from "./question.ts";

export type Bucket = keyof typeof BUCKETS;

/** One revision of a key. */
export interface Entry {
  readonly key: string;
  /** Its sequence in the stream, from 1. */
  readonly revision: number;
  /** null after the key was deleted. */
  readonly text: string | null;
  /** When the hub took it: RFC 3339 in UTC. */
  readonly at: string;
  header(name: string): string | null;
}

/** `conflict`: the key has another revision than expected. A text is an error of JetStream. */
export type PutFailure = RequestFailure | "conflict" | { readonly text: string };

const ANSWER_MS = 10_000;
const OPERATION = "KV-Operation";
const EXPECTED = "Nats-Expected-Last-Subject-Sequence";
/** err_code of JetStream: "wrong last sequence". */
const WRONG_SEQUENCE = 10071;

/** @returns null for a key without a revision */
export async function lastEntry(
  session: Session,
  bucket: Bucket,
  key: string,
): Promise<Result<Entry | null, RequestFailure>> {
  return entryIn(bucket, await askAgain(session, lastOfKey(bucket, key), ""));
}

/** @returns null for a revision that the bucket does not have any more */
export function entryAt(
  session: Session,
  bucket: Bucket,
  revision: number,
): Promise<Result<Entry | null, RequestFailure>> {
  return entryBy(session, bucket, { seq: revision });
}

/** The revisions of a key that the bucket still has, from the oldest. */
export async function historyOf(
  session: Session,
  bucket: Bucket,
  key: string,
): Promise<Result<readonly Entry[], RequestFailure>> {
  const found: Entry[] = [];
  for (let seq = 1; ; ) {
    const next = await entryBy(session, bucket, { seq, next_by_subj: keySubject(bucket, key) });
    if (!next.ok) return next;
    if (next.value === null) return ok(found);
    found.push(next.value);
    seq = next.value.revision + 1;
  }
}

/** All keys of a bucket that have a revision, deleted ones too. */
export async function keysOf(
  session: Session,
  bucket: ListedBucket,
): Promise<Result<readonly string[], RequestFailure>> {
  const filter = JSON.stringify({ subjects_filter: keySubject(bucket, ">") });
  const answer = await askAgain(session, keysRequest(bucket), filter);
  if (!answer.ok) return answer;
  const { state } = jsonOf(answer.value);
  const subjects = isObject(state) && isObject(state["subjects"]) ? state["subjects"] : {};
  const prefix = keySubject(bucket, "");
  return ok(Object.keys(subjects).map((each) => each.slice(prefix.length)));
}

/**
 * Writes a key. @param text null to delete it
 * @param expected the revision that it must have, 0 for none; null for any
 * @returns its new revision
 */
export async function putEntry(
  session: Session,
  bucket: Bucket,
  key: string,
  text: string | null,
  { expected = null, headers = {} }: { expected?: number | null; headers?: Headers } = {},
): Promise<Result<number, PutFailure>> {
  const all: Headers = {
    ...headers,
    ...(text === null ? { [OPERATION]: "DEL" } : {}),
    ...(expected === null ? {} : { [EXPECTED]: `${expected}` }),
  };
  const answer = await session.request(keySubject(bucket, key), text ?? "", ANSWER_MS, all);
  if (!answer.ok) return answer;
  const { seq, error } = jsonOf(answer.value);
  // An error has a sequence, too: 0.
  if (error === undefined && typeof seq === "number") return ok(seq);
  const { err_code: code, description } = isObject(error) ? error : {};
  if (code === WRONG_SEQUENCE) return err("conflict");
  return err({ text: typeof description === "string" ? description : "no answer of JetStream" });
}

/** Forgets all revisions of a key but a mark that it was there. */
export function purgeKey(session: Session, bucket: Bucket, key: string): void {
  session.publish(keySubject(bucket, key), "", { [OPERATION]: "PURGE", "Nats-Rollup": "sub" });
}

/** The key of a message that a subscription to keys of a bucket got. */
export function keyOf(bucket: Bucket, { subject }: Message): string {
  return subject.slice(keySubject(bucket, "").length);
}

export function textOf({ data }: Message): string {
  return new TextDecoder().decode(data);
}

/** Why something that was asked of the hub failed, as a clause. */
export function hubFailure(failure: PutFailure): string {
  if (typeof failure === "object") return failure.text;
  const texts = {
    "no-responders": "the hub has no such stream: tsv fleet hub makes it",
    "timed-out": "the hub does not answer",
    denied: "the hub does not permit it to this key",
    lost: "the connection to the hub was lost",
    conflict: "another change came first",
  } as const;
  return texts[failure];
}

async function entryBy(
  session: Session,
  bucket: Bucket,
  query: object,
): Promise<Result<Entry | null, RequestFailure>> {
  const subject = `$JS.API.DIRECT.GET.${streamOfBucket(BUCKETS[bucket])}`;
  return entryIn(bucket, await askAgain(session, subject, JSON.stringify(query)));
}

/** An answer without a sequence is the status 404. */
function entryIn(
  bucket: Bucket,
  answer: Result<Message, RequestFailure>,
): Result<Entry | null, RequestFailure> {
  if (!answer.ok) return answer;
  const message = answer.value;
  const header = (name: string) => message.header(name);
  const revision = Number(header("Nats-Sequence") ?? Number.NaN);
  if (!Number.isSafeInteger(revision)) return ok(null);
  const key = (header("Nats-Subject") ?? "").slice(keySubject(bucket, "").length);
  const at = header("Nats-Time-Stamp") ?? "";
  const text = header(OPERATION) === null ? textOf(message) : null;
  return ok({ key, revision, text, at, header });
}

function jsonOf(message: Message): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(textOf(message));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
