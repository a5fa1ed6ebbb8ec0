// fg: both logs of a process on the screen, what is typed goes to its stdin.

import { PROCESS_STATE_CODES } from "../../core/process/states.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { readProcessRow } from "../answers.ts";
import { faultCode } from "../client.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { type CallFailure, faultRepr, UnhandledFailure } from "../failure.ts";
import { logPath } from "../log-stream.ts";
import { EXIT_HINT } from "./tail.ts";

export const fg: Command = {
  name: "fg",
  usage: [["fg <name>", "Connect this terminal to a process until Ctrl-C: its output, your input"]],
  run: runFg,
};

async function runFg(context: CommandContext, argument: string): Promise<void> {
  if (!(await context.isUp())) return;
  const [name, ...more] = splitWords(argument);
  if (name === undefined) return context.misuse(fg, "ERROR: no process name supplied");
  if (more.length > 0) return context.fail("ERROR: too many process names supplied");
  const result = await context.client.call("supervisor.getProcessInfo", [name]);
  if (!result.ok && result.error.kind === "fault") {
    const { code, text } = result.error;
    if (code === FAULT_CODES.BAD_NAME) return context.fail("ERROR: bad process name supplied");
    return context.fail(`ERROR: ${faultRepr(code, text)}`, context.exitStatus);
  }
  if (readProcessRow(expectValue(result)).state !== PROCESS_STATE_CODES.RUNNING) {
    return context.fail("ERROR: process not running");
  }
  context.report.notice(EXIT_HINT);
  await inForeground(context, name);
}

/** Streams the logs until the input ends, the process dies at an input line, or Ctrl-C. */
async function inForeground(context: CommandContext, name: string): Promise<void> {
  const streams = (["stdout", "stderr"] as const).map((channel) => {
    const onBytes = (bytes: Uint8Array): void => context.report.chunk({ name, channel }, bytes);
    const stream = context.client.follow(logPath(name, channel), onBytes);
    if (!stream.ok) throw new UnhandledFailure(stream.error);
    return stream.value;
  });
  let forget: () => void = () => undefined;
  const interrupted = new Promise<null>((resolve) => {
    forget = context.terminal.onInterrupt(() => resolve(null));
  });
  try {
    for (;;) {
      const line = await Promise.race([context.terminal.readLine(""), interrupted]);
      if (line === null) break;
      const trouble = await sendLine(context, name, line);
      if (trouble !== null) {
        context.report.notice(trouble);
        break;
      }
    }
    context.report.notice("Exiting foreground");
  } finally {
    forget();
    for (const stream of streams) stream.close();
  }
}

/** Sends a line and looks whether the process lives on. @returns what to say before leaving, or null */
async function sendLine(
  context: CommandContext,
  name: string,
  line: string,
): Promise<string | null> {
  const sent = await context.client.call("supervisor.sendProcessStdin", [name, `${line}\n`]);
  if (!sent.ok) return sendTrouble(sent.error);
  const info = readProcessRow(await context.call("supervisor.getProcessInfo", [name]));
  return info.state === PROCESS_STATE_CODES.RUNNING ? null : KILLED;
}

const KILLED = "Process got killed";

function sendTrouble(failure: CallFailure): string {
  if (faultCode(failure) === FAULT_CODES.NOT_RUNNING) return KILLED;
  if (failure.kind === "fault") return `ERROR: ${faultRepr(failure.code, failure.text)}`;
  throw new UnhandledFailure(failure);
}
