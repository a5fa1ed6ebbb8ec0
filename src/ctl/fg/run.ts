// The run of a program in the foreground: its output as it comes, and how it ended. A tsv daemon ends a stream with `until=exit`
// with the run; Supervisor ignores that and continues.

import { PROCESS_STATE_CODES } from "../../core/process/model.ts";
import type { HttpStream, StreamEnd } from "../../ports/http-client.ts";
import { readProcessRow } from "../answers.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { streamFailureText, UnhandledFailure } from "../failure.ts";
import { logPath } from "../logs/follow.ts";

/** The last line. */
export const EXITING = "Exiting foreground";

/** The calls of one session, one after the other, since a connection carries one at a time. None begins after `end`. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  /** Runs after all that was queued before. */
  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() =>
      this.#isOver ? new Promise<never>(() => undefined) : run(),
    );
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Drops the rest of the queue: the connection belongs to the next action. */
  end(): void {
    this.#isOver = true;
  }
}

/** Shows the end of a log and what is added to it while the program runs. */
export function followRun(
  context: CommandContext,
  name: string,
  channel: "stdout" | "stderr",
  onBytes: (bytes: Uint8Array) => void,
): HttpStream {
  const stream = context.client.follow(`${logPath(name, channel)}?until=exit`, onBytes);
  if (!stream.ok) throw new UnhandledFailure(stream.error);
  return stream.value;
}

/** Whether the server ends streams with the run: true of every one that has methods of tsv's own. */
export async function endsStreams(context: CommandContext): Promise<boolean> {
  const method = "tsv.setWindowSize";
  return (await context.client.call("system.methodSignature", [method])).ok;
}

/** The message at the end of a stream: "" for the end of the run or of the daemon, null for none. */
export function endOfStream(end: StreamEnd, name: string): string | null {
  switch (end.kind) {
    case "end":
      return "";
    case "closed":
      return null;
    case "status":
      return `ERROR: the output of ${name} cannot be followed: status code ${end.status}`;
    case "failed":
      return `ERROR: the output of ${name} cannot be followed: ${streamFailureText(end.failure)}`;
  }
}

/** How the last run ended, in a sentence. @param pid of the run that was watched */
export async function endOfRun(
  context: CommandContext,
  name: string,
  pid: number,
): Promise<string> {
  const ask = () => context.client.call("supervisor.getProcessInfo", [name]);
  let result = await ask();
  // A daemon that is replaced cuts the connections that it has, maybe also a new one; its successor answers the next.
  for (let more = 2; more > 0 && !result.ok && result.error.kind !== "fault"; more--) {
    result = await ask();
  }
  if (!result.ok) {
    // Fault: the daemon is on its way down, or the group was removed.
    return result.error.kind === "fault"
      ? `${name} exited`
      : "ERROR: the connection to the daemon was lost";
  }
  const { state, exitStatus, pid: now } = readProcessRow(expectValue(result));
  // A daemon that is replaced ends its streams.
  if (now === pid && pid !== 0) {
    return `${name} is still running; its daemon was upgraded: fg ${name} attaches again`;
  }
  if (state === PROCESS_STATE_CODES.STOPPED) return `${name} was stopped`;
  if (exitStatus < 0) return `${name} was killed by a signal`;
  if (state === PROCESS_STATE_CODES.EXITED) return `${name} exited with status ${exitStatus}`;
  // The status is forgotten at the next start, and not kept of a run that was too short.
  const isUp = state === PROCESS_STATE_CODES.STARTING || state === PROCESS_STATE_CODES.RUNNING;
  return isUp ? `${name} exited and was restarted` : `${name} exited`;
}
