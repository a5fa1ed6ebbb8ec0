// The face of ctl as supervisorctl, argument for argument. The everyday verbs of tsv are in run-verb.ts.

import type { Complaint } from "../core/base/complaint.ts";
import { ctlUsage } from "../core/command-line/help.ts";
import { permissionFacts } from "../host/files/describe-path.ts";
import { startPause } from "../host/time/pause.ts";
import type { Terminal } from "../ports/terminal.ts";
import { ACTION_NAMES } from "./commands/table.ts";
import type { CtlPlugins } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import type { CtlSetup } from "./options.ts";
import { accessOf, PASSWORD_VARIABLE } from "./password.ts";
import { createLineReporter } from "./report.ts";
import { Session } from "./session.ts";
import {
  chooseClient,
  explainerFor,
  pluginsOf,
  setupOf,
  whereFor,
  withTerminal,
} from "./surroundings.ts";

/**
 * Runs supervisorctl.
 * @param programName how the program was called, for its messages
 * @returns the exit status; everything is written by then
 */
export function runSupervisorctl(argv: readonly string[], programName: string): Promise<number> {
  return withTerminal(async (terminal) => {
    const setup = setupOf([programName, ...argv], programName === "tsv ctl");
    if (setup.kind === "help") {
      terminal.write(ctlUsage(programName, terminal.size()?.columns ?? null));
      return EXIT.OK;
    }
    const called = [...programName.split(" "), ...argv];
    if (setup.kind !== "run") return await refuse(setup, { terminal, programName, called });
    const { words } = setup;
    const options = await accessOf(setup, terminal, process.env[PASSWORD_VARIABLE]);
    const isShell = words.length === 0;
    const plugins = await pluginsOf(options, terminal);
    const session = new Session({
      http: await chooseClient(setup.interactive, words[0]),
      terminal,
      // Programs that give a command a terminal read its lines all the same; the shell is for people.
      report: createLineReporter(terminal, isShell && terminal.stdoutIsTty && terminal.colours),
      interactive: setup.interactive,
      suggestsActions: programName === "tsv ctl",
      access: options,
      startPause,
      explainer: terminal.stderrIsTty ? explainerFor(called, setup, false) : null,
      plugins,
    });
    if (!isShell) return (await session.runLine(words.join(" "))).exitStatus;
    const { runInteractive } = await import("./shell/interactive.ts");
    const { usualHistoryPath } = await import("../host/terminal/history-file.ts");
    const isOwn = programName === "tsv ctl";
    return runInteractive({
      terminal,
      session,
      startPause,
      prompt: options.prompt,
      historyFile: options.historyFile ?? (isOwn ? usualHistoryPath(process.env) : null),
      actions: ["help", ...ACTION_NAMES, ...(await actionsOf(plugins))],
    });
  });
}

async function actionsOf(plugins: CtlPlugins): Promise<readonly string[]> {
  return (await plugins.load()).flatMap(({ commands }) => commands.map(({ name }) => name));
}

interface Refused {
  readonly terminal: Terminal;
  readonly programName: string;
  readonly called: readonly string[];
}

/** Supervisor's two lines, and for people what they leave out. */
async function refuse(
  setup: Extract<CtlSetup, { kind: "usage" | "config" }>,
  { terminal, programName, called }: Refused,
): Promise<number> {
  const text = setup.kind === "usage" ? setup.text : setup.error.text;
  terminal.writeError(`Error: ${text}\nFor help, use ${programName} -h\n`);
  if (setup.kind === "config" && terminal.stderrIsTty) {
    const { configComplaint } = await import("./setup-complaints.ts");
    const lookAt = (path: string) => permissionFacts(path, "read");
    const complaint: Complaint = configComplaint(setup.error, whereFor(called, setup), lookAt);
    if (complaint.steps.length > 0) createLineReporter(terminal, false).complain(complaint);
  }
  return EXIT.INVALID_ARGS;
}
