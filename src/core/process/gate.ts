// Whether the programs that a program needs allow its start. The supervisor decides it, because it knows them all
// (core/supervisor/dependencies.ts); the state machine of one process only asks.

export type Gate =
  | { readonly kind: "open" }
  /** They may get there by themselves. @property text what is awaited */
  | { readonly kind: "waiting"; readonly text: string }
  /** One of them is down, and nothing will start it. */
  | Blocked;

/** Why a start cannot be. */
interface Blocked {
  readonly kind: "blocked";
  /** In words: "blocked: db is FATAL". */
  readonly text: string;
  /** The program that is down, as ctl shows it; empty when there is none of that name. */
  readonly on: string;
}

export const OPEN: Gate = { kind: "open" };
