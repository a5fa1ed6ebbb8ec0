// The command line's part of the configuration: the file to read, and values that override the file's.

import { DAEMON } from "./options/daemon.ts";
import type { OptionRow, ValuesOf } from "./options/entry.ts";
import type { ValueTypes } from "./value-types.ts";

type Daemon = typeof DAEMON;
/** What an option is given as; a flag can only switch on. */
type Given<R extends OptionRow> = R["kind"] extends "boolean"
  ? boolean
  : ValueTypes[R["kind"]] | null;

/** What the command line sets over the configuration file, for each option that has a letter; null where it does not. */
type DaemonOverrides = {
  readonly [F in keyof Daemon as Daemon[F] extends { readonly letter: string } ? F : never]: Given<
    Daemon[F]
  >;
};

const GIVEN: readonly (readonly [string, OptionRow])[] = Object.entries<OptionRow>(DAEMON).filter(
  ([, { letter }]) => letter !== undefined,
);

/** Overrides from the values that were given, by field. */
export function overridesOf(given: ReadonlyMap<string, unknown>): DaemonOverrides {
  const values = GIVEN.map(([field, { kind }]) => {
    return [field, given.get(field) ?? (kind === "boolean" ? false : null)] as const;
  });
  return Object.fromEntries(values) as DaemonOverrides;
}

/** A command line that sets nothing. */
export const NO_OVERRIDES: DaemonOverrides = overridesOf(new Map());

/** Command line over file. An empty path on the command line counts as absent. */
export function overriding(
  section: ValuesOf<Daemon>,
  overrides: DaemonOverrides,
): ValuesOf<Daemon> {
  const given = Object.entries(overrides).filter(
    ([field, value]) => value !== null && value !== false && !isEmptyPath(field, value),
  );
  return { ...section, ...Object.fromEntries(given) };
}

function isEmptyPath(field: string, value: unknown): boolean {
  return value === "" && GIVEN.some(([name, { kind }]) => name === field && kind === "path");
}

/** A command line of supervisord, read. */
export interface DaemonArguments {
  /** `-c` verbatim, or null to search. */
  readonly configFile: string | null;
  readonly searchPaths: readonly string[];
  readonly overrides: DaemonOverrides;
}

/** A command line of supervisorctl, read. */
export interface CtlArguments {
  readonly configFile: string | null;
  readonly searchPaths: readonly string[];
  readonly interactive: boolean;
  readonly serverUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly historyFile: string | null;
  /** The action and its arguments; empty for the shell. */
  readonly words: readonly string[];
}
