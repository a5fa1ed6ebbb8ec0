// Shared by supervisorctl and the verbs of tsv: standard input and output, the client, error messages.

import { printableLines } from "../core/base/printable.ts";
import { configOfDaemon } from "../core/command-line/daemon-config.ts";
import type { CtlOptions } from "../core/config/model.ts";
import { socketPathOf } from "../core/config/server-url.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { permissionFacts } from "../host/files/describe-path.ts";
import { blockingHttpClient } from "../host/http/blocking-http-client.ts";
import {
  findPrivateSocket,
  findRunSocket,
  findSocketOf,
  removeDeadSocket,
} from "../host/sockets/private-socket.ts";
import { containerCommand, containerProcess } from "../host/system/container-daemon.ts";
import { recordedService } from "../host/system/recorded-service.ts";
import { runOnTerminal } from "../host/terminal/run-on-terminal.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Terminal } from "../ports/terminal.ts";
import { mayBlock } from "./client-choice.ts";
import type { CtlPlugins } from "./context.ts";
import type { CallFailure } from "./failure.ts";
import { type CtlSetup, type FoundDaemon, type Named, readSetup } from "./options.ts";
import type { Explainer } from "./session.ts";
import { type Where, whereOf } from "./where.ts";

/** Accounts matter to ctl only in `~name`, which stays as written. */
const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };

/** Reads a command line. @param isOwn of one of tsv's own verbs, which reach a daemon without a server too */
export function setupOf(argv: readonly string[], isOwn = false): CtlSetup {
  const world = createConfigWorld(NO_ACCOUNTS);
  const recorded = () => recordedService()?.config ?? null;
  if (!isOwn) return readSetup(argv, world, recorded);
  const contained = () => containerConfig(world);
  return readSetup(
    ...([argv, world, recorded, findPrivateSocket, findRunSocket, contained] as const),
    foreignDaemon,
  );
}

/** In a container root reaches the daemon of another user too, without reading a file of that user. */
function foreignDaemon(): FoundDaemon | null {
  const listener = containerProcess();
  const path = listener === null ? null : findSocketOf(listener);
  return listener === null || path === null ? null : { path, listener };
}

/** In a container no `-c` is needed: there is one daemon. */
function containerConfig(world: ConfigWorld): string | null {
  const command = containerCommand();
  return command === null ? null : configOfDaemon(command.words, command.cwd, world);
}

/** How to repeat a call. */
export function whereFor(words: readonly string[], named: Named): Where {
  return whereOf({ ...named, words, service: recordedService() });
}

/** Loaded when something failed, which everyday use should not pay for. */
export function explainerFor(words: readonly string[], named: Named, isOwn: boolean): Explainer {
  return {
    get where() {
      return whereFor(words, named);
    },
    complaint: async (failure, access) => {
      if (isOwn && isRefused(failure)) removeDeadSocket(socketPathOf(access.serverUrl) ?? "");
      const { complaintOf, hasRemedy } = await import("./complaints.ts");
      if (!isOwn && !hasRemedy(failure, { access })) return null;
      const { orNoConfiguration } = await import("./setup-complaints.ts");
      const where = whereFor(words, named);
      const permission = (path: string) => permissionFacts(path, "connect");
      const complaint = complaintOf(failure, { access, where, permission });
      return orNoConfiguration(complaint, named, existsHere);
    },
  };
}

function isRefused(failure: CallFailure): boolean {
  return failure.kind === "connection" && failure.failure.code === "ECONNREFUSED";
}

function existsHere(path: string): boolean {
  return createConfigWorld(NO_ACCOUNTS).exists(path);
}

/** The client that an action can use. */
export async function chooseClient(
  interactive: boolean,
  action: string | undefined,
): Promise<HttpClient> {
  return mayBlock(interactive, action) ? blockingHttpClient : await socketClient();
}

/** The client for calls at the same time. */
export async function socketClient(): Promise<HttpClient> {
  return (await import("../host/http/http-client.ts")).httpClient;
}

const NO_PLUGINS: CtlPlugins = { load: () => Promise.resolve([]) };

/** Even when there are plugins, the everyday actions load none of them. */
export async function pluginsOf({ plugins }: CtlOptions, terminal: Terminal): Promise<CtlPlugins> {
  if (plugins.length === 0) return NO_PLUGINS;
  const { createPlugins } = await import("./plugins/load.ts");
  const { createModuleLoader } = await import("../host/files/module-loader.ts");
  const warn = (text: string): void => terminal.writeError(`Warning: ${text}.\n`);
  return createPlugins(plugins, { loader: createModuleLoader(), warn });
}

/** Sentences on stderr hold names and words of others. */
function withPrintableErrors(terminal: Terminal): Terminal {
  if (!terminal.stderrIsTty) return terminal;
  return { ...terminal, writeError: (text) => terminal.writeError(printableLines(text)) };
}

/** Runs with standard input and output. */
export function withTerminal(run: (terminal: Terminal) => Promise<number>): Promise<number> {
  return runOnTerminal((terminal) => run(withPrintableErrors(terminal)));
}
