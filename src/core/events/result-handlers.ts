// What becomes of a listener's result: Supervisor's own handler, and that of the Python package supervisor-stdout, which many
// configurations for containers name. Results have one character a byte.

import { DEFAULT_HANDLER, STDOUT_HANDLER } from "../plugins/known.ts";

/** What a handler makes of a result. After "failed" the listener's state is UNKNOWN (Supervisor, section 8.3). */
export type Verdict =
  | { readonly kind: "processed"; readonly print?: string }
  | { readonly kind: "rejected" }
  | { readonly kind: "failed" };

export interface ResultHandler {
  /** Bytes of a result that it needs; what is beyond is skipped. */
  readonly mostBytes: number;
  judge(result: string): Verdict;
}

/** By their names in the configuration. */
export const RESULT_HANDLERS = {
  [DEFAULT_HANDLER]: {
    // Enough to tell OK from anything else.
    mostBytes: 64,
    judge: (result) => ({ kind: result === "OK" ? "processed" : "rejected" }),
  },
  // Its listener answers each event of type PROCESS_LOG with the event itself: at most some 130 kB.
  [STDOUT_HANDLER]: {
    mostBytes: 256 * 1024,
    judge(result) {
      const print = prefixedLines(result);
      return print === null ? { kind: "failed" } : { kind: "processed", print };
    },
  },
} as const satisfies Readonly<Record<string, ResultHandler>>;

export type HandlerName = keyof typeof RESULT_HANDLERS;

/** The names, in the order of the table. */
export const HANDLER_NAMES = Object.keys(RESULT_HANDLERS) as HandlerName[];

/** The name of a handler in a configuration; Supervisor's own for one that is not built in, which no pool has. */
export function handlerOf(name: string): HandlerName {
  return HANDLER_NAMES.find((each) => each === name) ?? DEFAULT_HANDLER;
}

/** The lines of an event of output, with process and channel in front; null for a result that is none. */
function prefixedLines(result: string): string | null {
  const end = result.indexOf("\n");
  if (end < 0) return null;
  const headers = new Map(
    result
      .slice(0, end)
      .split(/\s+/)
      .map((word): [string, string] => {
        const colon = word.indexOf(":");
        return [word.slice(0, colon), word.slice(colon + 1)];
      }),
  );
  const [name, channel] = [headers.get("processname"), headers.get("channel")];
  if (name === undefined || channel === undefined) return null;
  const lines = result.slice(end + 1).split("\n");
  return lines.map((line) => `${name} ${channel} | ${line}\n`).join("");
}
