// From a command line to what a session needs: the server, the password, the client, standard input and output. Shared by
// supervisorctl and the verbs of tsv. The parsing of arguments and configurations is core's.

import type { Complaint } from "../core/base/complaint.ts";
import { printableLines } from "../core/base/printable.ts";
import {
  configOfDaemon,
  parseCtlArguments,
  withInstalled,
} from "../core/command-line/arguments.ts";
import type { ConfigError, CtlOptions } from "../core/config/model.ts";
import type { CtlArguments } from "../core/config/read.ts";
import { type FindPrivateSocket, readCtlConfig } from "../core/config/read.ts";
import { absoluteKey, socketPathOf } from "../core/config/server-address.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { permissionFacts } from "../host/files/describe-path.ts";
import { blockingHttpClient, httpClient } from "../host/http/http-client.ts";
import {
  findEarlier,
  findPrivateSocket,
  findRun,
  findSocketOf,
  removeDeadSocket,
} from "../host/sockets/private-socket.ts";
import { containerCommand, containerProcess } from "../host/system/container-daemon.ts";
import { recordedService } from "../host/system/recorded-service.ts";
import { runOnTerminal } from "../host/terminal/run-on-terminal.ts";
import type { HttpClient, Listener } from "../ports/http-client.ts";
import type { Terminal } from "../ports/terminal.ts";
import { parseCommandLine } from "./command-line.ts";
import { findCommand } from "./commands/table.ts";
import type { CtlPlugin, Explainer } from "./context.ts";
import { connectionCode } from "./failure.ts";
import { type NamedDaemon, type Where, whereOf } from "./where.ts";

/** A command line that can be run. */
interface RunSetup extends NamedDaemon {
  readonly kind: "run";
  readonly options: CtlOptions;
  readonly interactive: boolean;
  readonly words: readonly string[];
  /** As given with -p; null without. `-` stands for standard input. */
  readonly password: string | null;
  /** The configuration that would have been used but for a `tsv run` of the working directory. */
  readonly passedOver?: string | null;
  /** The server is a `tsv run`. */
  readonly isRun?: boolean;
  /** The daemon was started before its configuration named a server, and is reached at its private socket. */
  readonly isEarlier?: boolean;
}

/** A configuration that cannot be used; the exit status is 2. */
interface ConfigSetup extends NamedDaemon {
  readonly kind: "config";
  readonly error: ConfigError;
}

/** The result of reading a command line. */
type CtlSetup =
  | RunSetup
  | { readonly kind: "help" }
  /** `text` is a sentence for people; the exit status is 2. */
  | { readonly kind: "usage"; readonly text: string }
  | ConfigSetup;

/** Finds daemons that the command line does not name. Each is called only then. */
interface Finders {
  /** The configuration that `tsv install` has recorded, or null. */
  readonly recorded: () => string | null;
  /** For tsv's own verbs: see `readCtlConfig`. */
  readonly privateSocket?: FindPrivateSocket;
  /** The socket of a `tsv run`, or null: see `findRun`. */
  readonly run?: (configKey: string | null, cwd: string) => string | null;
  /** The private socket of a daemon that was started before its configuration named a server, or null: see `findEarlier`. */
  readonly earlier?: (configKey: string, options: CtlOptions) => string | null;
  /** The configuration of the daemon of this container, or null; used before all others. */
  readonly contained?: () => string | null;
  /**
   * For root, the private socket of the daemon of another user that this container consists of, and the process that must listen
   * there; or null. Called only if no configuration names a server.
   */
  readonly foreign?: () => { readonly path: string; readonly listener: Listener } | null;
}

/**
 * Reads supervisorctl's arguments, then the `[supervisorctl]` section they point to.
 * @param argv the program as it was called (configurations are searched for beside it), then the words
 */
export function readSetup(argv: readonly string[], world: ConfigWorld, find: Finders): CtlSetup {
  const parsed = parseCtlArguments(argv, world);
  if (!parsed.ok) return { kind: "usage", text: parsed.error };
  if (parsed.value.kind !== "run") return { kind: "help" };
  const { args } = parsed.value;
  const { configFile, serverUrl, searchPaths } = args;
  const isNamed = configFile !== null || serverUrl !== null;
  const contained = isNamed ? null : (find.contained?.() ?? null);
  const installed = isNamed ? null : find.recorded();
  const searched = [
    ...(contained === null ? [] : [contained]),
    ...withInstalled(searchPaths, installed),
  ];
  const usedConfig = configFile ?? searched.find((path) => world.exists(path)) ?? null;
  const named = { configFile, serverUrl, usedConfig, searched };
  const runHere = isNamed ? null : (find.run?.(null, world.cwd) ?? null);
  if (runHere !== null) {
    const setup = socketSetup(runHere, args, named, world);
    return setup.kind === "run" ? { ...setup, passedOver: usedConfig, isRun: true } : setup;
  }
  const config = readCtlConfig(
    { ...args, searchPaths: searched },
    world,
    find.privateSocket ?? null,
  );
  const isServerNamed = config.ok && config.value.isServerNamed;
  const foreign = isNamed || isServerNamed ? null : (find.foreign?.() ?? null);
  if (foreign !== null) return socketSetup(foreign.path, args, named, world, foreign.listener);
  if (!config.ok) return { kind: "config", error: config.error, ...named };
  const { interactive, words, password } = args;
  const key = serverUrl !== null || usedConfig === null ? null : absoluteKey(usedConfig, world.cwd);
  const run = key === null ? null : (find.run?.(key, world.cwd) ?? null);
  const earlier = key === null || run !== null ? null : (find.earlier?.(key, config.value) ?? null);
  const socket = run ?? earlier;
  const options = socket === null ? config.value : atSocket(config.value, socket);
  const found = { isRun: run !== null, isEarlier: earlier !== null };
  return { kind: "run", options, interactive, words, password, ...named, ...found };
}

/** A private socket needs no password, wherever the server of its configuration would be. */
function atSocket(options: CtlOptions, path: string): CtlOptions {
  return { ...options, serverUrl: `unix://${path}`, username: null, password: null };
}

/** A socket of a running daemon has precedence over a configuration that is found. */
function socketSetup(
  path: string,
  args: CtlArguments,
  named: NamedDaemon,
  world: ConfigWorld,
  listener: Listener | null = null,
): RunSetup | ConfigSetup {
  const read = readCtlConfig({ ...args, configFile: "", serverUrl: `unix://${path}` }, world);
  if (!read.ok) return { kind: "config", error: read.error, ...named };
  const { interactive, words, password } = args;
  const options = listener === null ? read.value : { ...read.value, listener };
  return { kind: "run", options, interactive, words, password, ...named, usedConfig: null };
}

/** Accounts matter to ctl only in `~name`, which stays as written. */
const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };

/** Reads a command line. @param isOwn of one of tsv's own verbs, which reach a daemon without a server too */
export function setupOf(argv: readonly string[], isOwn = false): CtlSetup {
  const world = createConfigWorld(NO_ACCOUNTS);
  const recorded = () => recordedService()?.config ?? null;
  if (!isOwn) return readSetup(argv, world, { recorded });
  return readSetup(argv, world, {
    recorded,
    privateSocket: findPrivateSocket,
    run: findRun,
    earlier: findEarlier,
    // In a container no `-c` is needed: there is one daemon.
    contained: () => {
      const command = containerCommand();
      return command === null ? null : configOfDaemon(command.words, command.cwd, world);
    },
    // There root reaches the daemon of another user too, without reading a file of that user.
    foreign: () => {
      const listener = containerProcess();
      const path = listener === null ? null : findSocketOf(listener);
      return listener === null || path === null ? null : { path, listener };
    },
  });
}

/** Its value is the password if the command line has none; it has precedence over the configuration. */
const PASSWORD_VARIABLE = "TSV_PASSWORD";

/**
 * Adds the password, which need not be on the command line, where every user of the host can read it (proc_pid_cmdline(5)). A person
 * is asked; else `-p -` reads the first line of standard input.
 */
export async function accessOf(
  { options, password }: Pick<RunSetup, "options" | "password">,
  terminal: Pick<Terminal, "stdinIsTty" | "readSecret" | "write">,
  variable = process.env[PASSWORD_VARIABLE],
): Promise<CtlOptions> {
  if (password !== "-") {
    return password !== null || variable === undefined
      ? options
      : { ...options, password: variable };
  }
  const typed = await terminal.readSecret(terminal.stdinIsTty ? "Password:" : "");
  if (terminal.stdinIsTty) terminal.write("\n");
  return { ...options, password: typed };
}

function whereFor(words: readonly string[], named: NamedDaemon): Where {
  return whereOf(named, words, recordedService());
}

/** Explains failures of calls. Its parts are loaded at a failure, so that everyday use does not pay for them. */
export function explainerFor(
  words: readonly string[],
  named: NamedDaemon,
  isOwn: boolean,
): Explainer {
  return {
    get where() {
      return whereFor(words, named);
    },
    complaint: async (failure, access) => {
      if (isOwn && connectionCode(failure) === "ECONNREFUSED") {
        removeDeadSocket(socketPathOf(access.serverUrl) ?? "");
      }
      const { complaintOf, hasFix, orNoConfiguration } = await import("./complaints.ts");
      if (!isOwn && !hasFix(failure, { access })) return null;
      const where = whereFor(words, named);
      const permission = (path: string) => permissionFacts(path, "connect");
      const complaint = complaintOf(failure, { access, where, permission });
      return orNoConfiguration(complaint, named, createConfigWorld(NO_ACCOUNTS).exists);
    },
  };
}

/** Explains why a configuration cannot be used. */
export async function explainConfig(
  words: readonly string[],
  setup: ConfigSetup,
): Promise<Complaint> {
  const { configComplaint } = await import("./complaints.ts");
  const permission = (path: string) => permissionFacts(path, "read");
  return configComplaint(setup.error, whereFor(words, setup), permission);
}

/**
 * Whether an action may wait for its calls one after another, and do nothing else meanwhile. Not in the shell and with a terminal
 * that is passed on, where a person types meanwhile; not for actions of plugins, which make calls at the same time.
 * @param action as typed; undefined for none
 */
export function mayBlock(interactive: boolean, action: string | undefined): boolean {
  const line = parseCommandLine(action ?? "");
  const isOwn = line.kind !== "action" || findCommand(line.name) !== null;
  return !interactive && isOwn && action !== "fg";
}

/** The client for an action. */
export function chooseClient(interactive: boolean, action: string | undefined): HttpClient {
  return mayBlock(interactive, action) ? blockingHttpClient : httpClient;
}

/** Loads the plugins of a configuration at the first call: the everyday actions need none. */
export function pluginLoader(
  { plugins }: CtlOptions,
  terminal: Terminal,
): () => Promise<readonly CtlPlugin[]> {
  let loaded: Promise<readonly CtlPlugin[]> | null =
    plugins.length === 0 ? Promise.resolve([]) : null;
  const load = async (): Promise<readonly CtlPlugin[]> => {
    const { loadPlugins } = await import("./plugins.ts");
    const { createModuleLoader } = await import("../host/files/module-loader.ts");
    const warn = (text: string): void => terminal.writeError(`Warning: ${text}.\n`);
    return await loadPlugins(plugins, createModuleLoader(), warn);
  };
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** Runs with standard input and output. Sentences on standard error contain names and words of others. */
export function withTerminal(run: (terminal: Terminal) => Promise<number>): Promise<number> {
  return runOnTerminal((terminal) => {
    if (!terminal.stderrIsTty) return run(terminal);
    const writeError = (text: string): void => terminal.writeError(printableLines(text));
    return run({ ...terminal, writeError });
  });
}
