// Makes the streams of a hub, or changes them to what they should be.

import { err, ok, type Result } from "../../core/base/result.ts";
import { hasConfig, streamConfigs } from "../../core/fleet/streams.ts";
import type { Session } from "./connection.ts";
import { askAgain } from "./question.ts";

/** Code of JetStream's answer for a stream that does not exist. */
const NOT_FOUND = 404;

interface Answer {
  readonly error?: { readonly code: number; readonly description: string };
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Idempotent. The error is a clause. */
export async function makeStreams(session: Session): Promise<Result<true, string>> {
  for (const [name, config] of streamConfigs()) {
    const info = await ask(session, `STREAM.INFO.${name}`, "");
    if (!info.ok) return info;
    const { error, config: present } = info.value;
    if (error !== undefined && error.code !== NOT_FOUND) return err(error.description);
    if (present !== undefined && hasConfig(present, config)) continue;
    const action = present === undefined ? "CREATE" : "UPDATE";
    // Members that tsv does not know stay as they are.
    const wanted = JSON.stringify({ ...present, ...config });
    const made = await ask(session, `STREAM.${action}.${name}`, wanted);
    if (!made.ok) return made;
    if (made.value.error !== undefined) {
      return err(`the stream ${name} cannot be made: ${made.value.error.description}`);
    }
  }
  return ok(true);
}

async function ask(session: Session, what: string, data: string): Promise<Result<Answer, string>> {
  const answer = await askAgain(session, `$JS.API.${what}`, data);
  if (!answer.ok) return err(`JetStream does not answer: ${answer.error}`);
  return ok(JSON.parse(new TextDecoder().decode(answer.value.data)) as Answer);
}
