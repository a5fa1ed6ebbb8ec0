// What a command is, and what it may use. The commands know nothing of sockets, terminals or each other.

import type { Complaint } from "../core/base/complaint.ts";
import { err } from "../core/base/result.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import type { StartPause } from "../ports/clock.ts";
import type { Terminal } from "../ports/terminal.ts";
import type { CallResult, CtlAccess, CtlClient } from "./client.ts";
import { EXIT, foldExitStatus } from "./exit-status.ts";
import { type CallFailure, connectionCode, UnhandledFailure } from "./failure.ts";
import type { Hint, Reporter } from "./report.ts";
import { type UpcheckProblem, upcheckProblem } from "./upcheck.ts";
import type { Where } from "./where.ts";

/** One way to use a command. */
export type Usage = readonly [form: string, meaning: string];

/** An action of ctl. */
export interface Command {
  readonly name: string;
  /** The usage lines that `help <action>` prints. */
  readonly usage: readonly Usage[];
  run(context: CommandContext, argument: string): Promise<void>;
}

/** The actions of one section. */
export interface CtlPlugin {
  /** `x` of `[ctlplugin:x]`: the heading in `help`. */
  readonly name: string;
  readonly commands: readonly Command[];
}

/** The action of that name; of several the first. */
export function findAction(plugins: readonly CtlPlugin[], name: string): Command | null {
  return plugins.flatMap(({ commands }) => commands).find((each) => each.name === name) ?? null;
}

/** The plugins of a configuration, loaded when an action is not one of the built-in ones. */
export interface CtlPlugins {
  load(): Promise<readonly CtlPlugin[]>;
}

/** What a session hands to its commands. */
interface SessionParts {
  readonly client: CtlClient;
  readonly report: Reporter;
  readonly terminal: Terminal;
  /** A person answers: ask before shutting down, ask for a password. */
  readonly interactive: boolean;
  readonly access: () => CtlAccess;
  readonly startPause: StartPause;
  /** tsv speaks under its own name, not as supervisorctl. */
  readonly isOwn?: boolean;
  /** The server is a `tsv run`, which was found by its directory. */
  readonly isRun?: boolean;
  /** Says what to do about a failure; under its own name also what it is. */
  readonly explain: (failure: CallFailure) => Promise<void>;
  /** Says something more about results that were reported. What it is, is asked for only where it is read. */
  readonly hint?: (make: (where: Where) => Promise<Hint | null>) => Promise<void>;
  /** Says what is wrong with the command as a whole, with how to repeat it. */
  readonly complain?: (make: (where: Where) => Promise<Complaint>) => Promise<void>;
  /** Replaces the server for the commands to come. */
  readonly openServer: (serverUrl: string) => void;
  /** Further actions, loaded when asked for. */
  readonly plugins?: CtlPlugins;
  /** A client with a connection of its own, for calls at the same time. */
  readonly connect?: () => CtlClient;
}

/** The running of one command: its surroundings and its exit status so far. */
export class CommandContext {
  readonly client: CtlClient;
  readonly report: Reporter;
  readonly terminal: Terminal;
  readonly interactive: boolean;
  readonly openServer: (serverUrl: string) => void;
  readonly startPause: StartPause;
  exitStatus: number = EXIT.OK;
  /** Names that the daemon does not know. */
  readonly unknownNames: string[] = [];
  /** Set by the actions that end the shell. */
  leaves = false;
  readonly #parts: SessionParts;
  readonly #access: () => CtlAccess;
  readonly #explain: (failure: CallFailure) => Promise<void>;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.client = parts.client;
    this.report = parts.report;
    this.terminal = parts.terminal;
    this.interactive = parts.interactive;
    this.openServer = parts.openServer;
    this.startPause = parts.startPause;
    this.#explain = parts.explain;
    this.#access = parts.access;
  }

  get serverUrl(): string {
    return this.#access().serverUrl;
  }

  /** The actions of the plugins that the configuration names. */
  async plugins(): Promise<readonly CtlPlugin[]> {
    return (await this.#parts.plugins?.load()) ?? [];
  }

  /** The same surroundings with a connection and an exit status of their own, to do several things at once. */
  fork(): CommandContext {
    return new CommandContext({ ...this.#parts, client: this.#parts.connect?.() ?? this.client });
  }

  /** Ends well or badly with one more result; see `foldExitStatus`. */
  fold(faultCode: number, ignored: number | null = null): void {
    this.exitStatus = foldExitStatus(this.exitStatus, faultCode, ignored);
  }

  /** Reports an error of the command as a whole. */
  fail(line: string, exitStatus: number = EXIT.GENERIC): void {
    this.report.error(line);
    this.exitStatus = exitStatus;
  }

  /** Reports a usage error and shows the usage. */
  misuse(command: Pick<Command, "usage">, line: string, exitStatus: number = EXIT.GENERIC): void {
    this.fail(line, this.isOwn ? EXIT.INVALID_ARGS : exitStatus);
    this.report.usage(this.isOwn ? ownUsage(command) : usageLines(command));
  }

  /** tsv speaks under its own name: its words, its exit statuses, and progress for people. */
  get isOwn(): boolean {
    return this.#parts.isOwn ?? false;
  }

  /** The server is a `tsv run`: it ends with its programs, and nothing restarts it. */
  get isRun(): boolean {
    return this.#parts.isRun ?? false;
  }

  /** Says something more about what was reported, on stderr. */
  async hint(make: (where: Where) => Promise<Hint | null>): Promise<void> {
    await this.#parts.hint?.(make);
  }

  /** Says in tsv's words what is wrong with the command as a whole. */
  async complain(make: (where: Where) => Promise<Complaint>): Promise<void> {
    await this.#parts.complain?.(make);
  }

  /** Calls a method whose failures this command has nothing special to say about. */
  async call(method: string, params: readonly XmlRpcValue[] = []): Promise<XmlRpcValue> {
    return expectValue(await this.client.call(method, params));
  }

  /** Checks that there is a supervisor that ctl understands, and says so if not. */
  async isUp(): Promise<boolean> {
    return await this.#judge(await this.client.call(VERSION_METHOD));
  }

  /**
   * Reports that the daemon has gone in the middle of a command, like `isUp` does at its start.
   * @throws UnhandledFailure for any other failure
   */
  async refuse(failure: CallFailure): Promise<void> {
    await this.#judge(err(failure));
  }

  /** Like `isUp`, and asks for something in the same round trip; null when the check failed. */
  async query(method: string, params: readonly XmlRpcValue[] = []): Promise<CallResult | null> {
    const calls = [
      { method: VERSION_METHOD, params: [] },
      { method, params },
    ];
    const [version, result] = await this.client.query(calls);
    if (version === undefined || result === undefined) return null;
    return (await this.#judge(version)) ? result : null;
  }

  /** Like `query`, with calls besides whose failures do not matter: what only a tsv knows. */
  async queryWith(
    method: string,
    extras: readonly string[],
  ): Promise<{ readonly result: CallResult; readonly extras: readonly CallResult[] } | null> {
    const methods = [VERSION_METHOD, method, ...extras];
    const calls = methods.map((each) => ({ method: each, params: [] }));
    const [version, result, ...others] = await this.client.query(calls);
    if (version === undefined || result === undefined) return null;
    return (await this.#judge(version)) ? { result, extras: others } : null;
  }

  async #judge(version: CallResult): Promise<boolean> {
    const problem: UpcheckProblem | null = upcheckProblem(version, this.serverUrl);
    if (problem === null) return true;
    if (version.ok || !this.isOwn) this.fail(problem.line, problem.exitStatus);
    else this.exitStatus = problem.exitStatus;
    if (!version.ok) await this.#explain(version.error);
    return false;
  }
}

/** The deprecated name of getAPIVersion: the one that every Supervisor since 2.0 has. */
const VERSION_METHOD = "supervisor.getVersion";

/** The value; throws to the code that prints unhandled failures. */
export function expectValue(result: CallResult): XmlRpcValue {
  if (result.ok) return result.value;
  throw new UnhandledFailure(result.error);
}

/** True for a connection that failed with one of these codes. */
export function failedWith(result: CallResult, code: string): boolean {
  return !result.ok && connectionCode(result.error) === code;
}

/** The help text of a command. */
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
