// From the command line and the configuration file to what a session needs. Parsing itself is core's.

import { parseCtlArguments, withInstalled } from "../core/command-line/arguments.ts";
import type { ConfigError, CtlOptions } from "../core/config/model.ts";
import type { CtlArguments } from "../core/config/read.ts";
import { type FindPrivateSocket, readCtlConfig } from "../core/config/read.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import type { Listener } from "../ports/http-client.ts";

/** What the command line named, and what was found without a name. */
export interface Named {
  /** As given with -c. */
  readonly configFile: string | null;
  /** As given with -s. */
  readonly serverUrl: string | null;
  /** Given or found; null for none. */
  readonly usedConfig: string | null;
  /** Where a configuration was looked for. */
  readonly searched: readonly string[];
  /** The configuration that would have been used but for a `tsv run` of the working directory. */
  readonly passedOver?: string | null;
  /** The server is a `tsv run` of the working directory. */
  readonly isRun?: boolean;
}

/** The private socket of a daemon, and the process that must listen there. */
export interface FoundDaemon {
  readonly path: string;
  readonly listener: Listener;
}

/** What the command line came to. */
export type CtlSetup =
  | ({
      readonly kind: "run";
      readonly options: CtlOptions;
      readonly interactive: boolean;
      readonly words: readonly string[];
      /** `-p -`: the password is to be read from standard input. */
      readonly asksPassword: boolean;
      /** The command line has a password. */
      readonly givesPassword: boolean;
    } & Named)
  | { readonly kind: "help" }
  /** `text` is a sentence for people; the exit status is 2. */
  | { readonly kind: "usage"; readonly text: string }
  /** The configuration cannot be used; the exit status is 2. */
  | ({ readonly kind: "config"; readonly error: ConfigError } & Named);

/**
 * Reads supervisorctl's arguments, then the `[supervisorctl]` section they point to.
 * @param argv the program as it was called (configurations are searched for beside it), then the words
 * @param findPrivate for tsv's own verbs: see `readCtlConfig`
 * @param findRun the socket of a `tsv run` of the working directory, or null; called only where no daemon is named
 * @param recorded the configuration that `tsv install` has recorded, or null; called only where no daemon is named
 * @param contained that of the daemon of this container, or null; likewise, and used before all others
 * @param foreign for root, the daemon of another user that this container consists of, or null; called only where no configuration
 *   names a server
 */
export function readSetup(
  argv: readonly string[],
  world: ConfigWorld,
  recorded: () => string | null = () => null,
  findPrivate: FindPrivateSocket | null = null,
  findRun: (cwd: string) => string | null = () => null,
  contained: () => string | null = () => null,
  foreign: () => FoundDaemon | null = () => null,
): CtlSetup {
  const parsed = parseCtlArguments(argv, world);
  if (!parsed.ok) return { kind: "usage", text: parsed.error };
  if (parsed.value.kind !== "run") return { kind: "help" };
  const { configFile, serverUrl, searchPaths } = parsed.value.args;
  const isNamed = configFile !== null || serverUrl !== null;
  const installed = isNamed ? null : recorded();
  const own = isNamed ? null : contained();
  const searched = [...(own === null ? [] : [own]), ...withInstalled(searchPaths, installed)];
  const args = { ...parsed.value.args, searchPaths: searched };
  const usedConfig = configFile ?? searched.find((path) => world.exists(path)) ?? null;
  const named = { configFile, serverUrl, usedConfig, searched };
  const run = configFile === null && serverUrl === null ? findRun(world.cwd) : null;
  if (run !== null) {
    const found = { ...named, passedOver: named.usedConfig, isRun: true };
    return ofSocket(run, parsed.value.args, found, world);
  }
  const config = readCtlConfig(args, world, findPrivate);
  const isServerNamed = config.ok && config.value.isServerNamed;
  const daemon = isNamed || isServerNamed ? null : foreign();
  if (daemon !== null) {
    return ofSocket(daemon.path, parsed.value.args, named, world, daemon.listener);
  }
  if (!config.ok) return { kind: "config", error: config.error, ...named };
  return {
    kind: "run",
    options: config.value,
    interactive: args.interactive,
    words: args.words,
    asksPassword: args.password === "-",
    givesPassword: args.password !== null,
    ...named,
  };
}

/** A socket that lives comes before a configuration that is found. */
function ofSocket(
  path: string,
  args: CtlArguments,
  named: Named,
  world: ConfigWorld,
  listener?: Listener,
): CtlSetup {
  const nothing = { ...args, configFile: "", serverUrl: `unix://${path}` };
  const read = readCtlConfig(nothing, world);
  if (!read.ok) return { kind: "config", error: read.error, ...named };
  const options = listener === undefined ? read.value : { ...read.value, listener };
  return {
    ...{ kind: "run", options, interactive: args.interactive, words: args.words },
    asksPassword: args.password === "-",
    givesPassword: args.password !== null,
    ...{ ...named, usedConfig: null },
  };
}
