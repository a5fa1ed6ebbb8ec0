// Errors that reach the event loop uncaught: their handling, and their lines in the log.
//
// Every boundary of tsv's own code catches, so one that comes through from there has left something half done, and a fresh
// copy of the daemon puts all of it together again from plain data. One from a user's module has harmed the module, and a
// copy would load it again. One without a frame of either is an event of Node's, such as the error of a stream.

/** Where an error comes from. */
type ErrorOrigin = "own" | "module" | "node";

/** The messages so far. */
export interface ErrorState {
  /** By the frames of the stack. */
  readonly seen: ReadonlyMap<string, { readonly count: number; readonly loggedAt: number }>;
  /** Times of the last reports with a stack, monotonic milliseconds. */
  readonly reports: readonly number[];
  /** Errors since then that were not logged. */
  readonly unlogged: number;
}

export const NO_ERRORS: ErrorState = { seen: new Map(), reports: [], unlogged: 0 };

interface ErrorVerdict {
  readonly state: ErrorState;
  /** Lines for the activity log; null if the error was logged recently. */
  readonly text: string | null;
  /** "renew": upgrade to a fresh copy. "degraded": a renewal is due, but there were too many in the last hour. */
  readonly action: "continue" | "renew" | "degraded";
}

/** Fresh copies within an hour. */
export const MOST_RENEWALS = 3;
export const RENEWAL_WINDOW_MS = 3_600_000;
/** Reports with a stack within a minute. */
export const MOST_REPORTS = 10;
const REPORT_WINDOW_MS = 60_000;
/** Different stacks that are remembered. */
const MOST_SEEN = 100;
const MOST_LINES = 30;
const MOST_LENGTH = 4000;

/**
 * Decides about an error.
 * @param stack what was thrown, with its stack
 * @param renewals times of earlier fresh copies, monotonic milliseconds
 * @param now monotonic milliseconds
 */
export function judgeError(
  state: ErrorState,
  stack: string,
  origin: ErrorOrigin,
  renewals: readonly number[],
  now: number,
): ErrorVerdict {
  const recent = renewals.filter((at) => now - at < RENEWAL_WINDOW_MS).length;
  const wanted = recent < MOST_RENEWALS ? "renew" : "degraded";
  return { ...report(state, stack, now), action: origin === "own" ? wanted : "continue" };
}

function report(
  state: ErrorState,
  stack: string,
  now: number,
): Pick<ErrorVerdict, "state" | "text"> {
  const key = keyOf(stack);
  const before = state.seen.get(key);
  const count = (before?.count ?? 0) + 1;
  const reports = state.reports.filter((at) => now - at < REPORT_WINDOW_MS);
  const isLogged =
    before === undefined
      ? reports.length < MOST_REPORTS
      : now - before.loggedAt >= REPORT_WINDOW_MS;
  const loggedAt = isLogged ? now : (before?.loggedAt ?? Number.NEGATIVE_INFINITY);
  const seen = new Map(state.seen);
  seen.delete(key);
  seen.set(key, { count, loggedAt });
  const [oldest] = seen.keys();
  if (seen.size > MOST_SEEN && oldest !== undefined) seen.delete(oldest);
  if (!isLogged) return { state: { seen, reports, unlogged: state.unlogged + 1 }, text: null };
  const others =
    state.unlogged === 0 ? "" : ` (${state.unlogged} since the last report not logged)`;
  const text =
    before === undefined
      ? `uncaught error${others}: ${shortened(stack)}`
      : `uncaught error, ${count} times so far${others}: ${stack.split("\n")[0]}`;
  const reported = before === undefined ? [...reports, now] : reports;
  return { state: { seen, reports: reported, unlogged: 0 }, text };
}

/** Messages differ by numbers where the error is the same. */
function keyOf(stack: string): string {
  const frames = stack.split("\n").filter((line) => FRAME.test(line));
  return shortened(frames.length === 0 ? stack : frames.join("\n"));
}

function shortened(stack: string): string {
  return stack.split("\n").slice(0, MOST_LINES).join("\n").slice(0, MOST_LENGTH);
}

const FRAME = /^\s+at (?:async )?(?:.*\()?(.*?):\d+:\d+\)?$/;

/** @param own prefix of the paths of tsv's own frames */
export function errorOrigin(stack: string, own: string): ErrorOrigin {
  let origin: ErrorOrigin = "node";
  for (const line of stack.split("\n").slice(0, 2 * MOST_LINES)) {
    const frame = FRAME.exec(line)?.[1];
    if (frame === undefined || frame.startsWith("node:") || frame === "<anonymous>") continue;
    if (!frame.startsWith(own)) return "module";
    origin = "own";
  }
  return origin;
}
