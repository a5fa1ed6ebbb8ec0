// The state of `tsv top`: what is known of the programs, and what the user has chosen to see. Plain data.

import type { WindowSize } from "../../ports/terminal.ts";
import type { TreeProgram } from "../commands/tree.ts";
import type { Tone } from "../report.ts";

/** A process, as the table shows it. */
export interface TopProgram {
  /** `group:name`. */
  readonly key: string;
  /** As the user writes it. */
  readonly name: string;
  readonly state: string;
  readonly tone: Tone | null;
  readonly description: string;
  /** Of one processor, in percent; null if it is not known, as in all others. */
  readonly cpu: number | null;
  /** Bytes. */
  readonly memory: number | null;
  readonly restarts: number | null;
  /** Empty without a check. */
  readonly health: string;
  /** Seconds since its start; null if it does not run. */
  readonly up: number | null;
  /** CPU over the last minutes; null for a gap. */
  readonly chart: readonly (number | null)[];
}

/** By what the table can be sorted. */
export const ORDERS = ["name", "state", "cpu", "memory", "restarts", "up"] as const;
export type Order = (typeof ORDERS)[number];

export type TopAction = "start" | "stop" | "restart";

/** A log of a program. */
export interface LogSource {
  readonly kind: "log";
  readonly name: string;
  readonly channel: "stdout" | "stderr";
}

/** Where a text comes from. Each reading of one has an object of its own. */
export type TextSource =
  | LogSource
  | { readonly kind: "why"; readonly name: string }
  | { readonly kind: "help" };

/** A text in place of the table. */
export interface TextView {
  readonly source: TextSource;
  /** Printable. */
  readonly lines: readonly string[];
  /** The first row shown, after lines were folded; null for the end of the text. */
  readonly from: number | null;
  /** What is searched; empty for nothing. */
  readonly search: string;
}

/** A line that the user types, or a question. */
export type Prompt =
  | { readonly kind: "filter" | "search"; readonly text: string }
  | { readonly kind: "confirm"; readonly action: TopAction; readonly name: string };

export interface TopState {
  readonly programs: readonly TopProgram[];
  /** Dependencies; null while the table is not a tree. */
  readonly tree: readonly TreeProgram[] | null;
  readonly order: Order;
  readonly isReversed: boolean;
  /** Part of the names that are shown; empty for all. */
  readonly filter: string;
  /** The key of the program that actions are about; null for the first. */
  readonly selected: string | null;
  readonly text: TextView | null;
  readonly prompt: Prompt | null;
  /** What came of the last action; empty for nothing. */
  readonly message: string;
  /** Why the daemon has not answered; null if it has. */
  readonly problem: string | null;
  /** Why this user cannot control programs; null if it can. */
  readonly denied: string | null;
  readonly size: WindowSize;
  /** Of charts, from the smallest to the largest value. */
  readonly signs: string;
}

export function initialState(size: WindowSize, signs: string): TopState {
  return {
    ...{ programs: [], tree: null, order: "name", isReversed: false, filter: "", selected: null },
    ...{ text: null, prompt: null, message: "", problem: null, denied: null, size, signs },
  };
}

/** What a key asks of the daemon. */
export type Request =
  | { readonly kind: "quit" }
  | { readonly kind: "act"; readonly action: TopAction; readonly name: string }
  | { readonly kind: "read"; readonly source: TextSource }
  /** Dependencies, which the table is to be sorted by. */
  | { readonly kind: "tree" };
