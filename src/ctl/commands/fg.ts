// fg: the output of a process on the screen; input goes to its stdin: lines, or keys if it has a terminal.

import { shellWord } from "../../core/base/shell-word.ts";
import { PROCESS_STATE_CODES } from "../../core/process/model.ts";
import { readProcessRow } from "../answers.ts";
import { faultOf } from "../client.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { faultRepr } from "../failure.ts";
import { EXITING, endOfRun, endOfStream, endsStreams, followRun, Turns } from "../fg/run.ts";
import { EXIT_HINT } from "./tail.ts";

export const fg: Command = {
  name: "fg",
  usage: [
    ["fg <name>", "Connect this terminal to a process: its output, your input"],
    ["", "Ctrl-C leaves; Ctrl-] if the process has a terminal of its own"],
  ],
  run: runFg,
};

async function runFg(context: CommandContext, [name, ...more]: readonly string[]): Promise<void> {
  if (!(await context.isUp())) return;
  if (name === undefined) return context.misuse(fg, "ERROR: no process name supplied");
  if (more.length > 0) return context.fail("ERROR: too many process names supplied");
  const result = await context.client.call("supervisor.getProcessInfo", [name]);
  if (!result.ok && result.error.kind === "fault") {
    if (faultOf(result) === "BAD_NAME") {
      return context.failUnknown(name, "ERROR: bad process name supplied");
    }
    const { code, text } = result.error;
    return context.fail(`ERROR: ${faultRepr(code, text)}`, context.exitStatus);
  }
  const { state, pid } = readProcessRow(expectValue(result));
  if (state !== PROCESS_STATE_CODES.RUNNING) {
    if (!context.isOwn) return context.fail("ERROR: process not running");
    return await context.complain(async ({ daemon, config }) => ({
      kind: "failed",
      message: `${name} is not running`,
      steps: [
        ["Start it", `tsv start ${shellWord(name)}${daemon}`],
        ["Find out why", `tsv why ${shellWord(name)}${config}`],
      ],
    }));
  }
  await attach(context, name, pid);
}

async function attach(context: CommandContext, name: string, pid: number): Promise<void> {
  const { stdinIsTty, stdoutIsTty } = context.terminal;
  if (stdinIsTty && stdoutIsTty) {
    // Loaded only with a terminal.
    const { attachTerminal } = await import("../fg/terminal.ts");
    if ((await attachTerminal(context, name, pid)) === "done") return;
  }
  context.report.notice(EXIT_HINT);
  await inForeground(context, name, pid);
}

/** Shows the logs and sends lines until the input ends, the process does, or Ctrl-C. */
async function inForeground(context: CommandContext, name: string, pid: number): Promise<void> {
  const streams = (["stdout", "stderr"] as const).map((channel) =>
    followRun(context, name, channel, (bytes) => context.report.chunk({ name, channel }, bytes)),
  );
  let leave: (why: string | null) => void = () => undefined;
  const left = new Promise<string | null>((resolve) => {
    leave = resolve;
  });
  const forget = [
    context.terminal.onInterrupt(() => leave(null)),
    context.terminal.onOutputClosed(() => leave(null)),
  ];
  const ended = Promise.all(streams.map((stream) => stream.ended)).then((ends) => {
    // The stream of a channel without a log ends with a status at once.
    const end = ends.find(({ kind }) => kind !== "status");
    return end === undefined ? KILLED : endOfStream(end, name);
  });
  void ended.then((why) => {
    if (why !== KILLED) leave(why);
  });
  const turns = new Turns();
  try {
    const why = await Promise.race([left, sendLines(context, name, turns, ended)]);
    if (why !== null) {
      const run = (): Promise<string> => endOfRun(context, name, pid);
      context.report.notice(why === "" ? await turns.take(run) : why);
    }
    context.report.notice(EXITING);
  } finally {
    turns.end();
    for (const forgetOne of forget) forgetOne();
    for (const stream of streams) stream.close();
  }
}

/**
 * Sends input line by line.
 * @param ended the message after the last output of the streams
 * @returns the message before leaving; null at the end of the input
 */
async function sendLines(
  context: CommandContext,
  name: string,
  turns: Turns,
  ended: Promise<string | null>,
): Promise<string | null> {
  for (;;) {
    const line = await context.terminal.readLine("");
    if (line === null) return null;
    const problem = await turns.take(() => sendLine(context, name, line));
    if (problem === null) continue;
    // Supervisor's streams continue forever.
    if (problem !== KILLED || !(await turns.take(() => endsStreams(context)))) return problem;
    return await ended;
  }
}

/** Sends a line and checks that the process still runs. @returns the message before leaving, or null */
async function sendLine(
  context: CommandContext,
  name: string,
  line: string,
): Promise<string | null> {
  const sent = await context.client.call("supervisor.sendProcessStdin", [name, `${line}\n`]);
  if (faultOf(sent) === "NOT_RUNNING") return KILLED;
  if (!sent.ok && sent.error.kind === "fault") {
    return `ERROR: ${faultRepr(sent.error.code, sent.error.text)}`;
  }
  expectValue(sent);
  const info = readProcessRow(await context.call("supervisor.getProcessInfo", [name]));
  return info.state === PROCESS_STATE_CODES.RUNNING ? null : KILLED;
}

const KILLED = "Process got killed";
