// Questions to JetStream, which nats-server loses now and then.

import type { Result } from "../../core/base/result.ts";
import { startPause } from "../../host/time/pause.ts";
import type { Message, RequestFailure, Session } from "./connection.ts";

const ATTEMPTS = 4;
/** Milliseconds for an answer, and between two attempts. */
const ANSWER_MS = 4000;
const PAUSE_MS = 200;

/**
 * Asks what can be asked twice. nats-server (2.9) loses requests to JetStream, or says that there is none, while it reads its users again,
 * as it does for each device that joins.
 */
export async function askAgain(
  session: Session,
  subject: string,
  data: string,
): Promise<Result<Message, RequestFailure>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await session.request(subject, data, ANSWER_MS);
    if (answer.ok || attempt === ATTEMPTS) return answer;
    if (answer.error !== "timed-out" && answer.error !== "no-responders") return answer;
    await startPause(PAUSE_MS).over;
  }
}
