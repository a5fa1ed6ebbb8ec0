// Runs command lines against one server: finds the action, runs it, prints what it did not handle itself.

import type { Complaint } from "../core/base/complaint.ts";
import type { StartPause } from "../ports/clock.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Terminal } from "../ports/terminal.ts";
import { type CtlAccess, type CtlClient, createCtlClient } from "./client.ts";
import { parseCommandLine } from "./command-line.ts";
import { ACTION_NAMES, findCommand } from "./commands/table.ts";
import type { CtlPlugins } from "./context.ts";
import { CommandContext, findAction } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import { type CallFailure, errorLine, UnhandledFailure } from "./failure.ts";
import type { Hint, Reporter } from "./report.ts";
import type { Where } from "./where.ts";

/** What a session is made of. */
interface SessionOptions {
  readonly http: HttpClient;
  readonly terminal: Terminal;
  readonly report: Reporter;
  readonly interactive: boolean;
  readonly access: CtlAccess;
  readonly startPause: StartPause;
  /** tsv speaks under its own name, not as supervisorctl. */
  readonly isOwn?: boolean;
  /** The server is a `tsv run`. */
  readonly isRun?: boolean;
  /** An unknown action is answered with the one that was meant; supervisorctl says nothing more. */
  readonly suggestsActions?: boolean;
  /** What to say of a failure besides Supervisor's line; null when it has no reader. */
  readonly explainer: Explainer | null;
  /** What the configuration adds to the actions. */
  readonly plugins?: CtlPlugins;
  /** How long the daemon may be silent; absent for as long as each call may take. */
  readonly patienceMs?: number | undefined;
  /** Exit status when the daemon could not be asked, or did not do it; absent for 1. */
  readonly failureStatus?: number | undefined;
}

/** Knows what to tell a person. */
export interface Explainer {
  readonly where: Where;
  /** null where Supervisor's line says it all; never under the own name. */
  complaint(failure: CallFailure, access: CtlAccess): Promise<Complaint | null>;
}

/** What a line came to. */
export interface LineOutcome {
  readonly exitStatus: number;
  /** The line ends the shell. */
  readonly leaves: boolean;
}

/** A conversation with a server; `open` and a password asked for change its other end. */
export class Session {
  readonly #options: SessionOptions;
  readonly #client: CtlClient;
  #access: CtlAccess;
  #isQuietTold = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#access = options.access;
    this.#client = createCtlClient(options.http, () => this.#access, {
      onQuiet: this.#tellQuiet,
      patienceMs: options.patienceMs,
    });
  }

  /** A hint for a daemon that hangs and does not answer. */
  readonly #tellQuiet = (): void => {
    const { explainer, report } = this.#options;
    if (explainer === null || report.isData || this.#isQuietTold) return;
    this.#isQuietTold = true;
    const steps = [
      ["Find out why, or leave with Ctrl-C", `tsv doctor${explainer.where.config}`],
    ] as const;
    report.hint({ text: `${this.serverUrl} has not answered yet`, steps });
  };

  /** Runs a line as typed. */
  async runLine(text: string): Promise<LineOutcome> {
    const line = parseCommandLine(text);
    if (line.kind === "empty") return { exitStatus: EXIT.OK, leaves: false };
    return this.run(async (context) => {
      const name = line.kind === "action" ? line.name : null;
      const command =
        name === null ? null : (findCommand(name) ?? findAction(await context.plugins(), name));
      if (command !== null) {
        return await command.run(context, line.kind === "action" ? line.argument : "");
      }
      context.fail(`*** Unknown syntax: ${line.line}`);
      if (this.#options.suggestsActions !== true) return;
      await context.hint(async (where) => {
        const { unknownActionHint } = await import("./shell/unknown-action.ts");
        return unknownActionHint(line.line, ACTION_NAMES, where);
      });
    });
  }

  /** Runs an action; whatever it throws becomes the error line and a status. */
  async run(action: (context: CommandContext) => Promise<void>): Promise<LineOutcome> {
    const context = this.#createContext();
    for (;;) {
      try {
        await action(context);
        break;
      } catch (error) {
        const failure = toFailure(error);
        const isUnauthorized = failure.kind === "http" && failure.status === 401;
        const isOwn = this.#options.isOwn === true;
        if (isUnauthorized && !isOwn) context.report.error("Server requires authentication");
        if (isUnauthorized && context.interactive && (await this.#askCredentials())) continue;
        if (!isOwn) context.report.error(errorLine(failure));
        await this.#explain(failure);
        context.exitStatus = this.#options.failureStatus ?? EXIT.GENERIC;
        break;
      }
    }
    this.#client.close();
    return { exitStatus: context.exitStatus, leaves: context.leaves };
  }

  get serverUrl(): string {
    return this.#access.serverUrl;
  }

  /** Asks the server something on behalf of the shell, between two commands. */
  async ask<T>(question: (client: CtlClient) => Promise<T>): Promise<T> {
    try {
      return await question(this.#client);
    } finally {
      this.#client.close();
    }
  }

  async #explain(failure: CallFailure): Promise<void> {
    const { explainer, report } = this.#options;
    const complaint = (await explainer?.complaint(failure, this.#access)) ?? null;
    if (complaint !== null) report.complain(complaint);
  }

  async #hint(make: (where: Where) => Promise<Hint | null>): Promise<void> {
    const { explainer, report } = this.#options;
    const hint = explainer === null ? null : await make(explainer.where);
    if (hint !== null) report.hint(hint);
  }

  async #complain(make: (where: Where) => Promise<Complaint>): Promise<void> {
    const { explainer, report } = this.#options;
    if (explainer !== null) report.complain(await make(explainer.where));
  }

  #createContext(): CommandContext {
    const { report, terminal, interactive, startPause, plugins, http } = this.#options;
    const { isOwn = false, isRun = false } = this.#options;
    return new CommandContext({
      client: this.#client,
      report,
      terminal,
      interactive,
      startPause,
      explain: (failure) => this.#explain(failure),
      hint: (make) => this.#hint(make),
      complain: (make) => this.#complain(make),
      ...{ isOwn, isRun },
      access: () => this.#access,
      connect: () => createCtlClient(http, () => this.#access),
      ...(plugins === undefined ? {} : { plugins }),
      openServer: (serverUrl) => {
        this.#client.close();
        this.#access = { ...this.#access, serverUrl, daemonUser: null, listener: null };
      },
    });
  }

  /** @returns false when the input ended instead of an answer */
  async #askCredentials(): Promise<boolean> {
    const { terminal } = this.#options;
    const username = await terminal.readLine("Username:");
    const password = username === null ? null : await terminal.readSecret("Password:");
    terminal.write("\n");
    if (username === null || password === null) return false;
    this.#client.close();
    this.#access = { ...this.#access, username, password };
    return true;
  }
}

/** A mistake in tsv itself is shown like any other failure: the shell must live on. */
function toFailure(error: unknown): CallFailure {
  if (error instanceof UnhandledFailure) return error.failure;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: "other", exception: "RuntimeError", text: `internal error: ${text}` };
}
