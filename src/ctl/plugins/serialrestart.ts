// serialrestart: restarts processes one after another, so that the others serve meanwhile. The counterpart of the Python
// package supervisor-serialrestart.

import { err, ok } from "../../core/base/result.ts";
import { listensOnTcp } from "../../host/sockets/tcp-listening.ts";
import { readProcessRow } from "../answers.ts";
import { splitWords } from "../command-line.ts";
import { restart } from "../commands/restart.ts";
import type { Command, CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import type { CtlPluginFactory } from "./plugin.ts";
import { fullName, matchProcesses, readCount, readSwitch, shownName } from "./processes.ts";

const SECOND_MS = 1000;

/** Makes the action; `wait_for_listen = 1` waits after each restart until the process listens on a TCP port. */
export const createSerialRestart: CtlPluginFactory = ({ arguments: given }) => {
  const waits = readSwitch(given["wait_for_listen"]);
  if (waits === null) return err("wait_for_listen must be 0 or 1");
  const seconds = readCount(given["wait_for_listen_retries"] ?? "10");
  if (seconds === null) return err("wait_for_listen_retries must be a number of seconds");
  return ok([createCommand(waits ? seconds : 0)]);
};

function createCommand(listenSeconds: number): Command {
  const command: Command = {
    name: "serialrestart",
    usage: [
      ["serialrestart <name> [...]", "Restart processes one after another"],
      ["serialrestart <group>:*", "Restart every process of a group, one after another"],
      ["serialrestart a*", 'Restart every process whose name begins with "a"'],
      ["serialrestart all", "Restart every process, one after another"],
      ["", "The configuration is not read again: see reread and update"],
    ],
    async run(context, argument) {
      const names = splitWords(argument);
      if (names.length === 0) {
        if (await context.isUp()) {
          context.misuse(command, "Error: serialrestart requires a process name");
        }
        return;
      }
      const chosen = await chooseNames(context, names);
      for (const name of chosen ?? []) {
        await restart.run(context, name);
        if (listenSeconds > 0) await waitForListener(context, name, listenSeconds);
      }
    },
  };
  return command;
}

/** In the order of the names, each process once; a name that fits none is reported. */
async function chooseNames(
  context: CommandContext,
  names: readonly string[],
): Promise<readonly string[] | null> {
  if (names.includes("all")) {
    return (await matchProcesses(context, ["*"], shownName))?.map(fullName) ?? null;
  }
  const chosen = new Set<string>();
  for (const name of names) {
    const found = await matchProcesses(context, [name], shownName);
    if (found === null) return null;
    if (found.length === 0) context.fail(`No such process ${name}`, EXIT.GENERIC);
    for (const process of found) chosen.add(fullName(process));
  }
  return [...chosen];
}

/** Checks once a second, for the time in the option: the kernel has no event for a new listener. */
async function waitForListener(
  context: CommandContext,
  name: string,
  seconds: number,
): Promise<void> {
  const { pid } = readProcessRow(await context.call("supervisor.getProcessInfo", [name]));
  if (pid === 0) return;
  for (let tries = 0; tries < seconds; tries += 1) {
    if (listensOnTcp(pid)) {
      context.report.notice("listen");
      return;
    }
    context.report.notice("Wait for listen ...");
    await context.startPause(SECOND_MS).over;
  }
}
