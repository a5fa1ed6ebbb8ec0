// pid: process ids, one a line.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { readNumber, readProcessRow, readProcessRows } from "../answers.ts";
import { type CallResult, faultCode } from "../client.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";

export const pid: Command = {
  name: "pid",
  usage: [
    ["pid", "Print the process id of supervisord"],
    ["pid <name> [...]", "Print the process id of each process, 0 for one that is down"],
    ["pid all", "Print the process id of every process"],
  ],
  run: runPid,
};

async function runPid(context: CommandContext, argument: string): Promise<void> {
  const names = splitWords(argument);
  if (names.length === 0) {
    const value = await queryValue(context, "supervisor.getPID");
    if (value === null) return;
    const number = readNumber(value);
    context.report.item({ line: String(number), data: { name: null, pid: number } });
    return;
  }
  if (names.includes("all")) {
    const value = await queryValue(context, "supervisor.getAllProcessInfo");
    if (value === null) return;
    context.report.items(
      readProcessRows(value).map(({ group, name, pid: number }) => ({
        line: String(number),
        data: { group, name, pid: number },
      })),
    );
    return;
  }
  if (!(await context.isUp())) return;
  for (const name of names) {
    onePid(context, name, await context.client.call("supervisor.getProcessInfo", [name]));
  }
}

async function queryValue(context: CommandContext, method: string): Promise<XmlRpcValue | null> {
  const result = await context.query(method);
  return result === null ? null : expectValue(result);
}

function onePid(context: CommandContext, name: string, result: CallResult): void {
  if (!result.ok && faultCode(result.error) === FAULT_CODES.BAD_NAME) {
    context.unknownNames.push(name);
    context.fail(`No such process ${name}`);
    return;
  }
  const row = readProcessRow(expectValue(result));
  context.report.item({
    line: String(row.pid),
    data: { group: row.group, name: row.name, pid: row.pid },
  });
  if (row.pid === 0) context.exitStatus = EXIT.NOT_RUNNING;
}
