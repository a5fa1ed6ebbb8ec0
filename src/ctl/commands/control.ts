// start, stop, restart and signal: act on processes, and wait for the results.

import { displayName } from "../../core/base/ids.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { textOf } from "../../core/xmlrpc/value.ts";
import { type Command, type CommandContext, EXIT } from "../context.ts";
import { overNames } from "../over-names.ts";
import type { ResultWords } from "../results.ts";

const STARTED: ResultWords = {
  success: "started",
  ignored: "ALREADY_STARTED",
  faults: {
    BAD_NAME: "no such process",
    NO_FILE: "no such file",
    NOT_EXECUTABLE: "file is not executable",
    ALREADY_STARTED: "already started",
    SPAWN_ERROR: "spawn error",
    ABNORMAL_TERMINATION: "abnormal termination",
    // From a daemon that is being upgraded.
    FAILED: null,
  },
};

const SIGNALLED: ResultWords = {
  success: "signalled",
  faults: {
    BAD_NAME: "no such process",
    BAD_SIGNAL: "bad signal name",
    NOT_RUNNING: "not running",
    FAILED: null,
  },
};

const STOPPED: ResultWords = { ...SIGNALLED, success: "stopped", ignored: "NOT_RUNNING" };

export const start: Command = {
  name: "start",
  usage: [
    ["start <name> [...]", "Start processes and wait until each is up"],
    ["start <group>:*", "Start every process of a group"],
    ["start all", "Start every process"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length > 0) return await startNames(context, names);
    context.misuse(start, "Error: start requires a process name", EXIT.INVALID_ARGS);
  },
};

async function startNames(context: CommandContext, names: readonly string[]): Promise<void> {
  if (context.isOwn) await announceRequired(context, names);
  const rows = await overNames(context, names, {
    verb: "start",
    words: STARTED,
    noGroupStatus: EXIT.INVALID_ARGS,
  });
  const failed = rows
    .filter(({ status }) => status !== FAULT_CODES.SUCCESS)
    .map(({ group, name, status }) => ({ name: displayName(group, name), fault: status }));
  if (failed.length === 0) return;
  await context.hint(async (where) => (await import("../hints.ts")).startHint(failed, where));
}

/** For more names than these, only results are shown. */
const MOST_ANNOUNCED = 20;

/** Reports which programs are started first because others need them. A daemon without this method starts none. */
async function announceRequired(context: CommandContext, names: readonly string[]): Promise<void> {
  for (const name of names.slice(0, MOST_ANNOUNCED)) {
    const required = await context.client.call("tsv.getNeededStarts", [name]);
    const starts = required.ok && Array.isArray(required.value) ? required.value.map(textOf) : [];
    if (starts.length > 0)
      context.report.notice(`${name} needs ${starts.join(", ")}: started first`);
  }
}

export const stop: Command = {
  name: "stop",
  usage: [
    ["stop <name> [...]", "Stop processes and wait until each is down"],
    ["stop <group>:*", "Stop every process of a group"],
    ["stop all", "Stop every process"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length > 0) return await stopNames(context, names);
    context.misuse(stop, "Error: stop requires a process name");
  },
};

async function stopNames(context: CommandContext, names: readonly string[]): Promise<void> {
  await overNames(context, names, { verb: "stop", words: STOPPED, noGroupStatus: EXIT.GENERIC });
}

/** A process that is down is started, too. */
export const restart: Command = {
  name: "restart",
  usage: [
    ["restart <name> [...]", "Stop processes, then start them again"],
    ["restart <group>:*", "Restart every process of a group"],
    ["restart all", "Restart every process"],
    ["", "The configuration is not read again: see reread and update"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length === 0) {
      return context.misuse(restart, "Error: restart requires a process name");
    }
    await stopNames(context, names);
    await startNames(context, names);
  },
};

export const signal: Command = {
  name: "signal",
  usage: [
    ["signal <signal> <name> [...]", "Send a signal, by name or number, to processes"],
    ["signal <signal> <group>:*", "Send it to every process of a group"],
    ["signal <signal> all", "Send it to every process"],
  ],
  run: async (context, [name, ...names]) => {
    if (!(await context.isUp())) return;
    if (name === undefined || names.length === 0) {
      return context.misuse(signal, "Error: signal requires a signal name and a process name");
    }
    await overNames(context, names, {
      verb: "signal",
      params: [name],
      words: SIGNALLED,
      noGroupStatus: EXIT.GENERIC,
    });
    if (!context.isOwn || context.exitStatus === EXIT.OK) return;
    await context.hint(async (where) => {
      const { signalHint } = await import("../hints.ts");
      return signalHint(name, names, where);
    });
  },
};
