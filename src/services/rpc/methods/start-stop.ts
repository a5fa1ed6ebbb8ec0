// supervisor.* that start and stop programs: one, a group, all.

import type { ProcessKey } from "../../../core/base/ids.ts";
import type { Result } from "../../../core/base/result.ts";
import { isRunningState } from "../../../core/process/model.ts";
import type { Fault } from "../../../core/xmlrpc/faults.ts";
import type { ProcessView, SupervisorApi } from "../../supervisor/api.ts";
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
  one: ({ supervisor }, process, name, wait) => stopOne(supervisor, process, name, wait),
  all(context, processes, wait, work) {
    // What was started first is needed last, as Supervisor's manual says (its code stops in the order of starting).
    const order = [...processes].reverse();
    const isStopping = ({ state }: ProcessView): boolean => wait && state === "STOPPING";
    const chosen = order.filter((process) => process.stoppable || isStopping(process));
    const together = new Set(chosen.map(({ key }) => key));
    return forEach(context, chosen, work, async (process, name) =>
      isStopping(process)
        ? named(await context.supervisor.whenStopped(process.key), name)
        : await stopOne(context.supervisor, process, name, wait, together),
    );
  },
};

/** @param together see `SupervisorApi.stop` */
async function stopOne(
  supervisor: SupervisorApi,
  { key }: ProcessView,
  name: string,
  wait: boolean,
  together?: ReadonlySet<ProcessKey>,
): Promise<Result<true, Fault>> {
  return named(await supervisor.stop(key, wait, together), name);
}

/** The methods of this area. */
export const START_STOP_METHODS: readonly Method[] = [
  method({
    name: "startProcess",
    params: [text("name"), flag("wait", true)],
    returns: "boolean",
    permission: "control",
    help:
      "Starts a program and, with wait, returns when it is RUNNING. For group:* see startProcessGroup. Faults: " +
      "BAD_NAME, NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, SPAWN_ERROR, ABNORMAL_TERMINATION.",
    run: toNamed(START),
  }),
  method({
    name: "startProcessGroup",
    params: [text("name"), flag("wait", true)],
    returns: "array",
    permission: "control",
    help:
      "Starts all programs of a group that are not running and, with wait, returns when each is RUNNING or failed. One " +
      "struct each: name, group, status, description. Fault: BAD_NAME.",
    run: toGroup(START),
  }),
  method({
    name: "startAllProcesses",
    params: [flag("wait", true)],
    returns: "array",
    permission: "control",
    help: "Starts all programs that are not running. Returns the same as startProcessGroup.",
    run: toAll(START),
  }),
  method({
    name: "stopProcess",
    params: [text("name"), flag("wait", true)],
    returns: "boolean",
    permission: "control",
    help:
      "Stops a program and, with wait, returns when it is down. For group:* see stopProcessGroup. Faults: BAD_NAME, " +
      "NOT_RUNNING, FAILED.",
    run: toNamed(STOP),
  }),
  method({
    name: "stopProcessGroup",
    params: [text("name"), flag("wait", true)],
    returns: "array",
    permission: "control",
    help:
      "Stops all running programs of a group and, with wait, returns when each is down, also those that are being " +
      "stopped already. One struct each: name, group, status, description. Fault: BAD_NAME.",
    run: toGroup(STOP),
  }),
  method({
    name: "stopAllProcesses",
    params: [flag("wait", true)],
    returns: "array",
    permission: "control",
    help: "Stops all running programs. Returns the same as stopProcessGroup.",
    run: toAll(STOP),
  }),
];
