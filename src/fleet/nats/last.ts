// Last messages of subjects, and publishing after them: streams and buckets as a device may use them, without a consumer.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { RequestFailure, Session } from "./connection.ts";
import { askAgain } from "./question.ts";

/** Milliseconds until a message is stored. */
const ANSWER_MS = 15_000;
const NOT_FOUND = 404;
/** The subject has another last message than the one that was expected: err_code of nats-server, server/errors.json. */
const WRONG_LAST_SEQUENCE = 10_071;

export interface LastMessage {
  /** Of the stream. */
  readonly sequence: number;
  readonly text: string;
}

/** @param subject `lastEvent` or `lastOfKey` of core/fleet/subjects @returns null where there is none */
export async function readLast(
  session: Session,
  subject: string,
): Promise<Result<LastMessage | null, RequestFailure>> {
  const answer = await askAgain(session, subject, "");
  if (!answer.ok) return answer;
  const { status, data, header } = answer.value;
  if (status === NOT_FOUND) return ok(null);
  const sequence = Number(header("Nats-Sequence"));
  if (status !== null || !Number.isSafeInteger(sequence)) return err("no-responders");
  return ok({ sequence, text: new TextDecoder().decode(data) });
}

/** Why a message was perhaps not stored; `text` is a clause. */
export type PublishFailure =
  | { readonly kind: "wrong-sequence" }
  | { readonly kind: RequestFailure | "not-stored"; readonly text: string };

/**
 * Publishes to a subject of a stream, and waits until it is stored.
 * @param after the sequence of the last message of the subject, 0 for none; null for any
 * @returns its sequence
 */
export async function publishStored(
  session: Session,
  subject: string,
  text: string,
  after: number | null = null,
): Promise<Result<number, PublishFailure>> {
  const headers = after === null ? {} : { "Nats-Expected-Last-Subject-Sequence": `${after}` };
  const answer = await session.request(subject, text, ANSWER_MS, headers);
  if (!answer.ok) return err({ kind: answer.error, text: `no answer: ${answer.error}` });
  const { seq, error } = parsed(new TextDecoder().decode(answer.value.data));
  // An error has a sequence, too: 0.
  if (error === undefined && typeof seq === "number") return ok(seq);
  const { err_code: code, description } = typeof error === "object" && error !== null ? error : {};
  if (code === WRONG_LAST_SEQUENCE) return err({ kind: "wrong-sequence" });
  return err({ kind: "not-stored", text: String(description ?? "JetStream refused it") });
}

interface Ack {
  readonly seq?: unknown;
  readonly error?: { readonly err_code?: unknown; readonly description?: unknown } | null;
}

function parsed(text: string): Ack {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
