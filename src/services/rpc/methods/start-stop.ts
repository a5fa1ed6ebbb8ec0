// supervisor.* that start and stop programs: one, a group, all.

import { err } from "../../../core/base/result.ts";
import { isRunningState } from "../../../core/process/states.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { ProcessView } from "../../supervisor/api.ts";
import { forEach } from "../each.ts";
import { type Method, type MethodContext, method, type Outcome } from "../method.ts";
import { allByPriority, byPriority, named, resolveTarget } from "../namespec.ts";
import { flag, text } from "../params.ts";
import type { RequestWork } from "../request-work.ts";

/** The methods of this area. */
export const START_STOP_METHODS: readonly Method[] = [
  method({
    name: "startProcess",
    params: [text("name"), flag("wait", true)],
    returns: "boolean",
    help:
      "Starts a program and, with wait, answers when it is RUNNING. For group:* see startProcessGroup. Faults: " +
      "BAD_NAME, NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, SPAWN_ERROR, ABNORMAL_TERMINATION.",
    async run(context, [name, wait], work) {
      const target = resolveTarget(context.supervisor, name);
      if (!target.ok) return target;
      if (target.value.kind === "group")
        return startAll(context, byPriority(target.value.group), wait, work);
      return named(await context.supervisor.start(target.value.process.key, wait), name);
    },
  }),
  method({
    name: "startProcessGroup",
    params: [text("name"), flag("wait", true)],
    returns: "array",
    help:
      "Starts all programs of a group that do not run and, with wait, answers when each is RUNNING or failed. One " +
      "struct each: name, group, status, description. Fault: BAD_NAME.",
    run(context, [name, wait], work) {
      const group = context.supervisor.group(name);
      if (group === null) return err(fault("BAD_NAME", name));
      return startAll(context, byPriority(group), wait, work);
    },
  }),
  method({
    name: "startAllProcesses",
    params: [flag("wait", true)],
    returns: "array",
    help: "Starts all programs that do not run. Answers as startProcessGroup does.",
    run: (context, [wait], work) =>
      startAll(context, allByPriority(context.supervisor), wait, work),
  }),
  method({
    name: "stopProcess",
    params: [text("name"), flag("wait", true)],
    returns: "boolean",
    help:
      "Stops a program and, with wait, answers when it is down. For group:* see stopProcessGroup. Faults: BAD_NAME, " +
      "NOT_RUNNING, FAILED.",
    async run(context, [name, wait], work) {
      const target = resolveTarget(context.supervisor, name);
      if (!target.ok) return target;
      if (target.value.kind === "group")
        return stopAll(context, byPriority(target.value.group), wait, work);
      return named(await context.supervisor.stop(target.value.process.key, wait), name);
    },
  }),
  method({
    name: "stopProcessGroup",
    params: [text("name"), flag("wait", true)],
    returns: "array",
    help:
      "Stops all programs of a group that run and, with wait, answers when each is down, also those that are being " +
      "stopped already. One struct each: name, group, status, description. Fault: BAD_NAME.",
    run(context, [name, wait], work) {
      const group = context.supervisor.group(name);
      if (group === null) return err(fault("BAD_NAME", name));
      return stopAll(context, byPriority(group), wait, work);
    },
  }),
  method({
    name: "stopAllProcesses",
    params: [flag("wait", true)],
    returns: "array",
    help: "Stops all programs that run. Answers as stopProcessGroup does.",
    run: (context, [wait], work) => stopAll(context, allByPriority(context.supervisor), wait, work),
  }),
];

function startAll(
  context: MethodContext,
  processes: readonly ProcessView[],
  wait: boolean,
  work: RequestWork,
): Promise<Outcome> {
  const { supervisor } = context;
  const idle = processes.filter((process) => !isRunningState(process.state));
  return forEach(context, idle, work, async (process, name) =>
    named(await supervisor.start(process.key, wait), name),
  );
}

function stopAll(
  context: MethodContext,
  processes: readonly ProcessView[],
  wait: boolean,
  work: RequestWork,
): Promise<Outcome> {
  const { supervisor } = context;
  // What was started first is needed last, as Supervisor's manual says (its code stops in the order of starting).
  const order = [...processes].reverse();
  const isStopping = ({ state }: ProcessView): boolean => wait && state === "STOPPING";
  const chosen = order.filter((process) => process.stoppable || isStopping(process));
  return forEach(context, chosen, work, async (process, name) => {
    const { key } = process;
    const stopped = isStopping(process) ? supervisor.whenStopped(key) : supervisor.stop(key, wait);
    return named(await stopped, name);
  });
}
