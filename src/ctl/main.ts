// ctl as supervisorctl, argument for argument. The everyday verbs of tsv are in run-verb.ts.

import { ctlUsage } from "../core/command-line/help.ts";
import { httpClient } from "../host/http/http-client.ts";
import { startPause } from "../host/time/pause.ts";
import { ACTION_NAMES } from "./commands/table.ts";
import { EXIT } from "./context.ts";
import { createLineReporter } from "./report.ts";
import { Session } from "./session.ts";
import {
  accessOf,
  chooseClient,
  explainConfig,
  explainerFor,
  pluginLoader,
  setupOf,
  withTerminal,
} from "./setup.ts";

/**
 * Runs supervisorctl.
 * @param programName how the program was called, for its messages
 * @returns the exit status; everything is written by then
 */
export function runSupervisorctl(argv: readonly string[], programName: string): Promise<number> {
  const isTsv = programName === "tsv ctl";
  return withTerminal(async (terminal) => {
    const setup = setupOf([programName, ...argv], isTsv);
    if (setup.kind === "help") {
      terminal.write(ctlUsage(programName, terminal.size()?.columns ?? null));
      return EXIT.OK;
    }
    const called = [...programName.split(" "), ...argv];
    if (setup.kind !== "run") {
      // Supervisor's two lines, and for people what they leave out.
      const text = setup.kind === "usage" ? setup.text : setup.error.text;
      terminal.writeError(`Error: ${text}\nFor help, use ${programName} -h\n`);
      if (setup.kind === "config" && terminal.stderrIsTty) {
        const complaint = await explainConfig(called, setup);
        if (complaint.steps.length > 0) createLineReporter(terminal, false).complain(complaint);
      }
      return EXIT.INVALID_ARGS;
    }
    const { words, interactive } = setup;
    const options = await accessOf(setup, terminal);
    const isShell = words.length === 0;
    const loadPlugins = pluginLoader(options, terminal);
    const session = new Session({
      http: chooseClient(interactive, words[0]),
      concurrentHttp: httpClient,
      terminal,
      // Programs that give a command a terminal read its lines all the same; the shell is for people.
      report: createLineReporter(terminal, isShell && terminal.stdoutIsTty && terminal.colours),
      interactive,
      suggestsActions: isTsv,
      access: options,
      startPause,
      explainer: terminal.stderrIsTty ? explainerFor(called, setup, false) : null,
      loadPlugins,
    });
    if (!isShell) return (await session.runLine(words.join(" "))).exitStatus;
    const { runInteractive } = await import("./shell/interactive.ts");
    const { usualHistoryPath } = await import("../host/terminal/history-file.ts");
    const added = (await loadPlugins()).flatMap(({ commands }) => commands.map(({ name }) => name));
    return runInteractive({
      terminal,
      session,
      startPause,
      prompt: options.prompt,
      historyFile: options.historyFile ?? (isTsv ? usualHistoryPath(process.env) : null),
      actions: ["help", ...ACTION_NAMES, ...added],
    });
  });
}
