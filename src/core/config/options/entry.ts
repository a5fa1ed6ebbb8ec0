// An option is described once, in the table of its section. The rest follows: its field in the model, its reading, its part
// of a snapshot, the command line, the sample, `tsv help conf`, the checks for unknown keys and for numbers out of range.

import type { ValueKind, ValueTypes } from "../value-types.ts";

export interface OptionRow {
  /** As it is written in a file. */
  readonly key: string;
  readonly kind: ValueKind;
  /** As it would be written in a file; absent when there is none, or when it depends on something. */
  readonly default?: string;
  /** Without a default, and yet its field is never null: it is required, or its reader knows what to take instead. */
  readonly isFilled?: true;
  /** Read for each process, with its names; else once for all processes of a section. */
  readonly isEach?: true;
  /** Of [supervisord]: only a start of the daemon applies it, no reload. */
  readonly isStartOnly?: true;
  /** A change takes effect while the program runs. */
  readonly isLive?: true;
  /** Only [program:x] has it, although other sections have the options of programs. */
  readonly isOfPrograms?: true;
  /** Supervisor has no such option; docs/differences.md names it. */
  readonly isOwn?: true;
  /** A number below is an error of an own option; of Supervisor's, which takes it, a warning. */
  readonly minimum?: number;
  /** A number above is an error. */
  readonly maximum?: number;
  /** Supervisor's words before a value that cannot be read, in place of those of its kind. */
  readonly invalid?: string;
  /** Its letter among the options of supervisord, "" where it has only its name. */
  readonly letter?: string;
  /** Its long name among those options, where that is not its key. */
  readonly option?: string;
  /** Included in supervisor.getAllConfigInfo: under its key, or under this name. */
  readonly wire?: true | string;
  /** What the sample configuration shows instead of the default. */
  readonly sample?: string;
  /** The sample sets it, or has its value in a section that is a comment; else it is a comment there, with its default. */
  readonly isSampled?: true;
}

/** The options of a section by their fields in the model. */
export type OptionTable = Readonly<Record<string, OptionRow>>;

/** A row of a table. @param usual its default, as in `OptionRow`; null for none */
export function option<
  const K extends string,
  const V extends ValueKind,
  const D extends string | null,
  const M extends Omit<OptionRow, "key" | "kind" | "default"> = object,
>(key: K, kind: V, usual: D, more?: M) {
  const row = { key, kind, ...(usual === null ? {} : { default: usual }), ...more };
  return row as { readonly key: K; readonly kind: V } & M &
    (D extends string ? { readonly default: D } : unknown);
}

/** Rows of options that Supervisor lacks. */
export function own<const T extends OptionTable>(
  rows: T,
): { readonly [F in keyof T]: T[F] & { readonly isOwn: true } } {
  const marked = Object.entries(rows).map(([field, row]) => [field, { ...row, isOwn: true }]);
  return Object.fromEntries(marked);
}

/** What the reader makes of a text, or of none. */
export type ReadValue<R extends OptionRow> = R extends { readonly default: string }
  ? ValueTypes[R["kind"]]
  : ValueTypes[R["kind"]] | null;

/** What the model has. */
export type ValueOf<R extends OptionRow> = R extends { readonly isFilled: true }
  ? ValueTypes[R["kind"]]
  : ReadValue<R>;

/** A field for each option. */
export type ValuesOf<T extends OptionTable> = { readonly [F in keyof T]: ValueOf<T[F]> };
