// What supervisorctl and the verbs of tsv have in common: standard input and output, the client, what is told of failures.

import { printableLines } from "../core/base/printable.ts";
import type { CtlOptions } from "../core/config/model.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { permissionFacts } from "../host/files/permission-facts.ts";
import { blockingHttpClient } from "../host/http/blocking-http-client.ts";
import { installedService } from "../host/system/installed-service.ts";
import { createTerminal } from "../host/terminal/terminal.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Terminal } from "../ports/terminal.ts";
import { parseCommandLine } from "./command-line.ts";
import { findCommand } from "./commands/table.ts";
import type { CtlPlugins } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import { type CtlSetup, type Named, readSetup } from "./options.ts";
import type { Explainer } from "./session.ts";
import { type Where, whereOf } from "./where.ts";

/** Accounts matter to ctl only in `~name`, which stays as written. */
const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };

/** Reads a command line; the record of an installation is looked at only where no configuration is named. */
export function setupOf(argv: readonly string[]): CtlSetup {
  const world = createConfigWorld(NO_ACCOUNTS);
  const isNamed = argv.some((word) => /^(?:-c|-s|--conf|--serverurl)/.test(word));
  return readSetup(argv, world, isNamed ? null : (installedService()?.config ?? null));
}

/** How to repeat a call. */
export function whereFor(words: readonly string[], named: Named): Where {
  return whereOf({ ...named, words, service: installedService() });
}

/** Loaded when something failed, which everyday use should not pay for. */
export function explainerFor(words: readonly string[], named: Named, isOwn: boolean): Explainer {
  return {
    get where() {
      return whereFor(words, named);
    },
    complaint: async (failure, access) => {
      const { complaintOf, hasRemedy } = await import("./complaints.ts");
      if (!isOwn && !hasRemedy(failure, { access })) return null;
      const { noConfiguration } = await import("./setup-complaints.ts");
      const where = whereFor(words, named);
      const permission = (path: string) => permissionFacts(path, "connect");
      const complaint = complaintOf(failure, { access, where, permission });
      const isUnfound = named.usedConfig === null && named.serverUrl === null;
      return isUnfound && complaint.kind === "not-running"
        ? noConfiguration(named, existsHere)
        : complaint;
    },
  };
}

function existsHere(path: string): boolean {
  return createConfigWorld(NO_ACCOUNTS).exists(path);
}

/**
 * Where a person types while calls are under way, none may block: the shell, and a terminal that is passed on. Plugins'
 * actions make calls at the same time.
 */
export async function chooseClient(
  interactive: boolean,
  action: string | undefined,
): Promise<HttpClient> {
  const name = parseCommandLine(action ?? "");
  const isOwn = name.kind !== "action" || findCommand(name.name) !== null;
  if (!interactive && isOwn && action !== "fg") return blockingHttpClient;
  return await socketClient();
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

/** Runs with standard input and output, and sees to it that everything written arrives. */
export async function withTerminal(run: (terminal: Terminal) => Promise<number>): Promise<number> {
  const terminal = withPrintableErrors(createTerminal(process.env));
  const exitStatus = await run(terminal);
  await terminal.flush();
  terminal.close();
  const lost = terminal.outputFailure();
  if (lost === null) return exitStatus;
  terminal.writeError(`Error: cannot write to standard output: ${lost}\n`);
  return exitStatus === EXIT.OK ? EXIT.GENERIC : exitStatus;
}
