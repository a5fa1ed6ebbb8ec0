// Runs command lines against one server: finds the action, runs it, reports the failures that it did not handle.

import type { HttpClient } from "../ports/http-client.ts";
import { type CtlAccess, type CtlClient, createCtlClient } from "./client.ts";
import { parseCommandLine } from "./command-line.ts";
import { ACTION_NAMES, findCommand } from "./commands/table.ts";
import {
  type Command,
  CommandContext,
  EXIT,
  findAction,
  runCommand,
  type SharedParts,
} from "./context.ts";
import { type CallFailure, errorLine, UnhandledFailure } from "./failure.ts";

interface SessionOptions extends SharedParts {
  /** For one call after another. */
  readonly http: HttpClient;
  /** For calls at the same time. */
  readonly concurrentHttp: HttpClient;
  readonly access: CtlAccess;
  /** An unknown action is answered with the nearest one; supervisorctl adds nothing. */
  readonly suggestsActions?: boolean;
  /** How long the daemon may be silent; absent for as long as each call may take. */
  readonly patienceMs?: number | undefined;
  /** Exit status when the daemon could not be asked, or did not do it; absent for 1. */
  readonly failureStatus?: number | undefined;
}

/** The result of a line. */
export interface LineOutcome {
  readonly exitStatus: number;
  /** The line ends the shell. */
  readonly leaves: boolean;
}

/** A conversation with a server; `open` and a password that a person types change its other end. */
export class Session {
  readonly #options: SessionOptions;
  readonly #client: CtlClient;
  #access: CtlAccess;
  #hasHintedSilence = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#access = options.access;
    this.#client = createCtlClient(options.http, () => this.#access, {
      onQuiet: () => this.#hintSilence(),
      patienceMs: options.patienceMs,
      startPause: options.startPause,
    });
  }

  get serverUrl(): string {
    return this.#access.serverUrl;
  }

  /** Runs a line as typed. */
  async runLine(text: string): Promise<LineOutcome> {
    const parsed = parseCommandLine(text);
    if (parsed.kind === "empty") return { exitStatus: EXIT.OK, leaves: false };
    return this.run(async (context) => {
      const isAction = parsed.kind === "action";
      const command = isAction ? await this.#findCommand(parsed.name, context) : null;
      if (isAction && command !== null) {
        return await runCommand(command, context, parsed.argument);
      }
      context.fail(`*** Unknown syntax: ${parsed.line}`);
      if (this.#options.suggestsActions !== true) return;
      await context.hint(async (where) => {
        const { unknownActionHint } = await import("./hints.ts");
        return unknownActionHint(parsed.line, ACTION_NAMES, where);
      });
    });
  }

  async #findCommand(name: string, context: CommandContext): Promise<Command | null> {
    return findCommand(name) ?? findAction(await context.plugins(), name);
  }

  /** Runs an action. An error that it throws becomes the error line and an exit status. */
  async run(action: (context: CommandContext) => Promise<void>): Promise<LineOutcome> {
    const { isOwn, failureStatus = EXIT.GENERIC } = this.#options;
    const context = this.#createContext();
    for (;;) {
      try {
        await action(context);
        break;
      } catch (error) {
        const failure = toFailure(error);
        const isUnauthorized = failure.kind === "http" && failure.status === 401;
        if (isUnauthorized && !isOwn) context.report.error("Server requires authentication");
        if (isUnauthorized && context.interactive && (await this.#askCredentials())) continue;
        if (!isOwn) context.report.error(errorLine(failure));
        await context.explain(failure);
        context.exitStatus = failureStatus;
        break;
      }
    }
    this.#client.close();
    return { exitStatus: context.exitStatus, leaves: context.leaves };
  }

  /** Asks the server something on behalf of the shell, between two actions. */
  async ask<T>(question: (client: CtlClient) => Promise<T>): Promise<T> {
    try {
      return await question(this.#client);
    } finally {
      this.#client.close();
    }
  }

  #createContext(): CommandContext {
    return new CommandContext({
      ...this.#options,
      client: this.#client,
      access: () => this.#access,
      connect: () => createCtlClient(this.#options.concurrentHttp, () => this.#access),
      openServer: (serverUrl) => {
        this.#client.close();
        this.#access = {
          ...this.#access,
          serverUrl,
          daemonUser: null,
          listener: null,
          pinned: null,
        };
      },
    });
  }

  /** A daemon that should answer at once does not. */
  #hintSilence(): void {
    const { explainer, report } = this.#options;
    if (explainer === null || report.isData || this.#hasHintedSilence) return;
    this.#hasHintedSilence = true;
    const command = `tsv doctor${explainer.where.config}`;
    const steps = [["Find out why, or leave with Ctrl-C", command]] as const;
    report.hint({ text: `${this.serverUrl} has not answered yet`, steps });
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

/** An error of tsv itself is shown like any other failure: the shell continues. */
function toFailure(error: unknown): CallFailure {
  if (error instanceof UnhandledFailure) return error.failure;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: "other", exception: "RuntimeError", text: `internal error: ${text}` };
}
