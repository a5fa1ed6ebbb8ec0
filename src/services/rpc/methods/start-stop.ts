// supervisor.* that start and stop programs: one, a group, all.

import { isRunningState } from "../../../core/process/states.ts";
import type { ProcessView } from "../../supervisor/api.ts";
import { type Command, toAll, toGroup, toNamed } from "../commands.ts";
import { forEach } from "../each.ts";
import { type Method, method } from "../method.ts";
import { named } from "../namespec.ts";
import { flag, text } from "../params.ts";

const START: Command<boolean> = {
  one: async ({ supervisor }, { key }, name, wait) =>
    named(await supervisor.start(key, wait), name),
  all(context, processes, wait, work) {
    const idle = processes.filter(({ state }) => !isRunningState(state));
    return forEach(context, idle, work, (process, name) => START.one(context, process, name, wait));
  },
};

const STOP: Command<boolean> = {
  one: async ({ supervisor }, { key }, name, wait) => named(await supervisor.stop(key, wait), name),
  all(context, processes, wait, work) {
    // What was started first is needed last, as Supervisor's manual says (its code stops in the order of starting).
    const order = [...processes].reverse();
    const isStopping = ({ state }: ProcessView): boolean => wait && state === "STOPPING";
    const chosen = order.filter((process) => process.stoppable || isStopping(process));
    return forEach(context, chosen, work, async (process, name) =>
      isStopping(process)
        ? named(await context.supervisor.whenStopped(process.key), name)
        : await STOP.one(context, process, name, wait),
    );
  },
};

/** The methods of this area. */
export const START_STOP_METHODS: readonly Method[] = [
  method({
    name: "startProcess",
    params: [text("name"), flag("wait", true)],
    returns: "boolean",
    permission: "control",
    help:
      "Starts a program and, with wait, answers when it is RUNNING. For group:* see startProcessGroup. Faults: " +
      "BAD_NAME, NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, SPAWN_ERROR, ABNORMAL_TERMINATION.",
    run: toNamed(START),
  }),
  method({
    name: "startProcessGroup",
    params: [text("name"), flag("wait", true)],
    returns: "array",
    permission: "control",
    help:
      "Starts all programs of a group that do not run and, with wait, answers when each is RUNNING or failed. One " +
      "struct each: name, group, status, description. Fault: BAD_NAME.",
    run: toGroup(START),
  }),
  method({
    name: "startAllProcesses",
    params: [flag("wait", true)],
    returns: "array",
    permission: "control",
    help: "Starts all programs that do not run. Answers as startProcessGroup does.",
    run: toAll(START),
  }),
  method({
    name: "stopProcess",
    params: [text("name"), flag("wait", true)],
    returns: "boolean",
    permission: "control",
    help:
      "Stops a program and, with wait, answers when it is down. For group:* see stopProcessGroup. Faults: BAD_NAME, " +
      "NOT_RUNNING, FAILED.",
    run: toNamed(STOP),
  }),
  method({
    name: "stopProcessGroup",
    params: [text("name"), flag("wait", true)],
    returns: "array",
    permission: "control",
    help:
      "Stops all programs of a group that run and, with wait, answers when each is down, also those that are being " +
      "stopped already. One struct each: name, group, status, description. Fault: BAD_NAME.",
    run: toGroup(STOP),
  }),
  method({
    name: "stopAllProcesses",
    params: [flag("wait", true)],
    returns: "array",
    permission: "control",
    help: "Stops all programs that run. Answers as stopProcessGroup does.",
    run: toAll(STOP),
  }),
];
