// A connection that succeeds soon: nats-server reads its users, or starts, meanwhile.

import type { Result } from "../../core/base/result.ts";
import { monotonic } from "../../host/time/clock.ts";
import { startPause } from "../../host/time/pause.ts";
import type { ConnectFailure, Session } from "../nats/connection.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/** Failures that pass by themselves. */
const PASSING: readonly ConnectFailure["kind"][] = ["refused", "unreachable"];

/** Connects until that succeeds, or the time is over. @returns the last failure */
export async function connectSoon(
  connectOnce: () => Promise<Result<Session, ConnectFailure>>,
  limitMs: number,
): Promise<Result<Session, ConnectFailure>> {
  const end = monotonic() + limitMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const made = await connectOnce();
    if (made.ok || !PASSING.includes(made.error.kind) || monotonic() + pause > end) return made;
    await startPause(pause).over;
  }
}
