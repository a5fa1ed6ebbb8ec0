// Actions of ctl, and the interface that they use. Actions know nothing of sockets, terminals or each other.

import type { Complaint } from "../core/base/complaint.ts";
import { err } from "../core/base/result.ts";
import { FAULT_CODES, type FaultName } from "../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import type { StartPause } from "../ports/clock.ts";
import type { Terminal } from "../ports/terminal.ts";
import {
  type CallResult,
  type CtlAccess,
  type CtlClient,
  faultOf,
  type MethodCall,
  methodCall,
} from "./client.ts";
import { splitWords } from "./command-line.ts";
import { type CallFailure, connectionCode, UnhandledFailure } from "./failure.ts";
import type { Hint, Reporter } from "./report.ts";
import type { Where } from "./where.ts";

/** Exit statuses, after the Linux Standard Base's conventions for init scripts. */
export const EXIT = {
  OK: 0,
  GENERIC: 1,
  INVALID_ARGS: 2,
  /** The server does not know the supervisor namespace. */
  NO_NAMESPACE: 3,
  REFUSED: 4,
  WRONG_API: 5,
  NOT_RUNNING: 7,
  /** `status`: a process shown is down. */
  STATUS_DOWN: 3,
  /** `status`: a name that does not exist, or no connection. */
  STATUS_UNKNOWN: 4,
} as const;

/** One way to use an action. */
export type Usage = readonly [form: string, meaning: string];

/** An action of ctl. */
export interface Command {
  readonly name: string;
  /** The usage lines that `help <action>` prints. */
  readonly usage: readonly Usage[];
  /** Arguments are a usage error. */
  readonly takesNoArguments?: true;
  /** @param argument the rest of the line, of which `words` are the words */
  run(context: CommandContext, words: readonly string[], argument: string): Promise<void>;
}

/** Runs an action. @param argument what follows its name */
export async function runCommand(
  command: Command,
  context: CommandContext,
  argument: string,
): Promise<void> {
  if (command.takesNoArguments === true && argument !== "") {
    return context.misuse(command, `Error: ${command.name} accepts no arguments`);
  }
  await command.run(context, splitWords(argument), argument);
}

/** The actions of a section `[ctlplugin:x]`. */
export interface CtlPlugin {
  /** `x`: the heading in `help`. */
  readonly name: string;
  readonly commands: readonly Command[];
}

/** The action of that name; of several the first. */
export function findAction(plugins: readonly CtlPlugin[], name: string): Command | null {
  return plugins.flatMap(({ commands }) => commands).find((each) => each.name === name) ?? null;
}

/** Explains errors to people, and to programs in JSON. */
export interface Explainer {
  readonly where: Where;
  /** Null if Supervisor's line is complete; never under the own name. */
  complaint(failure: CallFailure, access: CtlAccess): Promise<Complaint | null>;
}

/** The surroundings that all actions of a session share. */
export interface SharedParts {
  readonly report: Reporter;
  readonly terminal: Terminal;
  /** A person answers: ask before shutting down, ask for a password. */
  readonly interactive: boolean;
  readonly startPause: StartPause;
  /** Runs under tsv's own name, not as supervisorctl: its words, its exit statuses, and progress for people. */
  readonly isOwn?: boolean;
  /** The server is a `tsv run`, which was found by its directory: it ends with its programs, and nothing restarts it. */
  readonly isRun?: boolean;
  /** Null if only Supervisor's lines are read. */
  readonly explainer: Explainer | null;
  /** Loads the actions of the plugins that the configuration names. */
  readonly loadPlugins?: () => Promise<readonly CtlPlugin[]>;
}

/** The running of one action: its surroundings and its exit status so far. */
export class CommandContext {
  readonly client: CtlClient;
  readonly report: Reporter;
  readonly terminal: Terminal;
  readonly interactive: boolean;
  readonly isOwn: boolean;
  readonly isRun: boolean;
  readonly startPause: StartPause;
  /** Replaces the server for the actions to come. */
  readonly openServer: (serverUrl: string) => void;
  exitStatus: number = EXIT.OK;
  /** Names that the daemon does not know. */
  readonly unknownNames: string[] = [];
  /** Set by the actions that end the shell. */
  leaves = false;
  readonly #parts: ConstructorParameters<typeof CommandContext>[0];

  constructor(
    parts: SharedParts & {
      readonly client: CtlClient;
      readonly access: () => CtlAccess;
      readonly openServer: (serverUrl: string) => void;
      /** A client with a connection of its own, for calls at the same time. */
      readonly connect?: () => CtlClient;
    },
  ) {
    this.#parts = parts;
    this.client = parts.client;
    this.report = parts.report;
    this.terminal = parts.terminal;
    this.interactive = parts.interactive;
    this.isOwn = parts.isOwn ?? false;
    this.isRun = parts.isRun ?? false;
    this.startPause = parts.startPause;
    this.openServer = parts.openServer;
  }

  /** How the user named the daemon, and its configuration; null as supervisorctl. */
  get where(): Where | null {
    return this.#parts.explainer?.where ?? null;
  }

  get serverUrl(): string {
    return this.#parts.access().serverUrl;
  }

  /** The actions of the plugins that the configuration names. */
  async plugins(): Promise<readonly CtlPlugin[]> {
    return (await this.#parts.loadPlugins?.()) ?? [];
  }

  /**
   * The same surroundings with a connection and an exit status of their own, to do several things at once.
   * @param others parts that replace those of this context
   */
  fork(
    others: Partial<Pick<SharedParts, "report" | "terminal" | "explainer">> = {},
  ): CommandContext {
    const client = this.#parts.connect?.() ?? this.client;
    return new CommandContext({ ...this.#parts, ...others, client });
  }

  /**
   * Includes one more result in the exit status: later failures overwrite earlier ones, successes change nothing.
   * @param ignored a fault that this action does not count as a failure
   */
  fold(faultCode: number, ignored: number | null = null): void {
    if (faultCode === FAULT_CODES.SUCCESS || faultCode === ignored) return;
    this.exitStatus = DEAD_PROGRAM_FAULTS.includes(faultCode) ? EXIT.NOT_RUNNING : EXIT.GENERIC;
  }

  /** Reports an error of the action as a whole. */
  fail(line: string, exitStatus: number = EXIT.GENERIC): void {
    this.report.error(line);
    this.exitStatus = exitStatus;
  }

  /** Reports a name that the daemon does not know. */
  failUnknown(name: string, line: string): void {
    this.unknownNames.push(name);
    this.fail(line);
  }

  /** Reports a usage error and shows the usage. */
  misuse(command: Pick<Command, "usage">, line: string, exitStatus: number = EXIT.GENERIC): void {
    this.fail(line, this.isOwn ? EXIT.INVALID_ARGS : exitStatus);
    this.report.usage(this.isOwn ? ownUsage(command) : usageLines(command));
  }

  /** Adds a hint to what was reported, on stderr. It is made only if it is read. */
  async hint(make: (where: Where) => Promise<Hint | null>): Promise<void> {
    const { explainer } = this.#parts;
    const hint = explainer === null ? null : await make(explainer.where);
    if (hint !== null) this.report.hint(hint);
  }

  /** Reports in tsv's words an error of the action as a whole. */
  async complain(
    make: (where: Where) => Promise<Complaint>,
    exitStatus: number = EXIT.GENERIC,
  ): Promise<void> {
    this.exitStatus = exitStatus;
    const { explainer } = this.#parts;
    if (explainer !== null) this.report.complain(await make(explainer.where));
  }

  /** Explains a failure: as supervisorctl how to fix it, under tsv's own name also the failure itself. */
  async explain(failure: CallFailure): Promise<void> {
    const { explainer, access } = this.#parts;
    const complaint = (await explainer?.complaint(failure, access())) ?? null;
    if (complaint !== null) this.report.complain(complaint);
  }

  /** Calls a method. @throws UnhandledFailure for any failure */
  async call(method: string, params: readonly XmlRpcValue[] = []): Promise<XmlRpcValue> {
    return expectValue(await this.client.call(method, params));
  }

  /**
   * Calls a method, and reports the faults that the action has a line for; the exit status is 1, or the given one.
   * @returns null after such a fault
   * @throws UnhandledFailure for any other failure
   */
  async tryCall(
    method: string,
    params: readonly XmlRpcValue[],
    faults: Partial<Record<FaultName, string | readonly [line: string, exitStatus: number]>>,
  ): Promise<XmlRpcValue | null> {
    const result = await this.client.call(method, params);
    const fault = faultOf(result);
    const line = fault === null ? undefined : faults[fault];
    if (line === undefined) return expectValue(result);
    if (typeof line === "string") this.fail(line);
    else this.fail(...line);
    return null;
  }

  /** Checks that there is a supervisor that ctl understands, and reports if not. */
  async isUp(): Promise<boolean> {
    return await this.#isUsable(await this.client.call(VERSION_METHOD));
  }

  /**
   * Reports that the daemon ended in the middle of an action, like `isUp` does at its start.
   * @throws UnhandledFailure for any other failure
   */
  async refuse(failure: CallFailure): Promise<void> {
    await this.#isUsable(err(failure));
  }

  /**
   * Like `isUp`, and makes calls that change nothing in the same round trip.
   * @returns their results; null when the check failed, which is reported
   */
  async query(...calls: readonly MethodCall[]): Promise<readonly CallResult[] | null> {
    const [version, ...results] = await this.client.query([methodCall(VERSION_METHOD), ...calls]);
    return version !== undefined && (await this.#isUsable(version)) ? results : null;
  }

  async #isUsable(version: CallResult): Promise<boolean> {
    const problem = versionProblem(version, this.serverUrl);
    if (problem === null) return true;
    const [line, exitStatus] = problem;
    if (version.ok || !this.isOwn) this.fail(line, exitStatus);
    else this.exitStatus = exitStatus;
    if (!version.ok) await this.explain(version.error);
    return false;
  }
}

const DEAD_PROGRAM_FAULTS: readonly number[] = [
  FAULT_CODES.SPAWN_ERROR,
  FAULT_CODES.ABNORMAL_TERMINATION,
  FAULT_CODES.NOT_RUNNING,
];

/** The deprecated name of getAPIVersion: the one that every Supervisor since 2.0 has. */
const VERSION_METHOD = "supervisor.getVersion";
const API_VERSION = "3.0";

/**
 * Why ctl cannot use a server, from its answer to getVersion; null if it can.
 * @throws UnhandledFailure for failures that every action shows alike
 */
export function versionProblem(
  version: CallResult,
  serverUrl: string,
): readonly [line: string, exitStatus: number] | null {
  if (version.ok && version.value === API_VERSION) return null;
  if (version.ok) {
    const line =
      "Sorry, this version of supervisorctl expects to talk to a server with API version " +
      `${API_VERSION}, but the remote version is ${version.value}.`;
    return [line, EXIT.WRONG_API];
  }
  const code = connectionCode(version.error);
  if (code === "ECONNREFUSED") return [`${serverUrl} refused connection`, EXIT.REFUSED];
  if (code === "ENOENT") return [`${serverUrl} no such file`, EXIT.NOT_RUNNING];
  if (faultOf(version) === "UNKNOWN_METHOD") {
    const line =
      "Sorry, supervisord responded but did not recognize the supervisor namespace commands that " +
      "supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section " +
      "is enabled in the configuration file (see sample.conf).";
    return [line, EXIT.NO_NAMESPACE];
  }
  throw new UnhandledFailure(version.error);
}

/** The value; throws to the code that prints unhandled failures. */
export function expectValue(result: CallResult): XmlRpcValue {
  if (result.ok) return result.value;
  throw new UnhandledFailure(result.error);
}

/** The help text of an action. */
export function usageLines(command: Pick<Command, "usage">): readonly string[] {
  const width = Math.max(...command.usage.map(([form]) => form.length));
  return command.usage.map(([form, meaning]) =>
    meaning === "" ? form : `${form.padEnd(width)}  ${meaning}`,
  );
}

function ownUsage({ usage }: Pick<Command, "usage">): readonly string[] {
  const [form = ""] = usage.map(([each]) => each);
  return [`  Usage: tsv ${form}`, `  For help: tsv ${form.replace(/ .*/, "")} -h`];
}
