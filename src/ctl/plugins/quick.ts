// quickstart, quickstop and quickrestart: many processes at once. The counterpart of the Python package
// supervisor-quick, which looks every tenth of a second whether they are there yet; here each is waited for.

import { ok } from "../../core/base/result.ts";
import { splitWords } from "../command-line.ts";
import type { Command, CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { UnhandledFailure } from "../failure.ts";
import type { CtlPluginFactory } from "./plugin.ts";
import { fullName, inParallel, matchProcesses, type ProcessName } from "./processes.ts";

const NOTHING = "No process matched given expression.";

interface Way {
  readonly method: string;
  /** The state that it ends in. */
  readonly state: string;
}

const START: Way = { method: "supervisor.startProcess", state: "RUNNING" };
const STOP: Way = { method: "supervisor.stopProcess", state: "STOPPED" };

/** Makes the actions. The package's `retries` said how long to continue looking, and means nothing here. */
export const createQuick: CtlPluginFactory = () =>
  ok([
    quick("quickstart", "Start", [START]),
    quick("quickstop", "Stop", [STOP]),
    quick("quickrestart", "Stop, then start", [STOP, START]),
  ]);

function quick(name: string, what: string, ways: readonly Way[]): Command {
  return {
    name,
    usage: [
      [`${name} <group>:<name> [...]`, `${what} processes, all at once; patterns may be used`],
      [`${name} <group>:`, `${what} every process of a group`],
      [`${name} all`, `${what} every process`],
    ],
    async run(context, argument) {
      const patterns = splitWords(argument).map(readPattern);
      const processes = await matchProcesses(context, patterns, fullName);
      if (processes === null) return;
      if (processes.length === 0) context.report.notice(NOTHING);
      for (const way of ways) {
        await inParallel(context, processes, (own, process) => perform(own, process, way));
      }
    },
  };
}

function readPattern(word: string): string {
  if (word === "all") return "*";
  return word.endsWith(":") ? `${word}*` : word;
}

async function perform(own: CommandContext, process: ProcessName, way: Way): Promise<void> {
  const name = fullName(process);
  const result = await own.client.call(way.method, [name]);
  if (!result.ok && result.error.kind !== "fault") throw new UnhandledFailure(result.error);
  if (result.ok) {
    const line = `${name}: ${way.state}`;
    own.report.item({ line, data: { ...process, ok: true, result: way.state } });
    return;
  }
  const error = (result.error.kind === "fault" ? result.error.text : "").replace(/:.*/s, "");
  own.report.item({ line: `${name} ERROR(${error})`, data: { ...process, ok: false, error } });
  // A process that is where it should be is no failure of the action.
  if (error !== "ALREADY_STARTED" && error !== "NOT_RUNNING") own.exitStatus = EXIT.GENERIC;
}
