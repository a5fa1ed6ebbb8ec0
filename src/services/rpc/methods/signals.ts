// supervisor.* that send signals: to one process, a group, all.

import type { Result } from "../../../core/base/result.ts";
import { err } from "../../../core/base/result.ts";
import { parseSignal } from "../../../core/process/signals.ts";
import { isSignallableState } from "../../../core/process/states.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { ProcessView, SupervisorApi } from "../../supervisor/api.ts";
import { forEach } from "../each.ts";
import { type Method, type MethodContext, method, type Outcome } from "../method.ts";
import { allByPriority, byPriority, named, resolveTarget } from "../namespec.ts";
import { signal, text } from "../params.ts";
import type { RequestWork } from "../request-work.ts";

/** The methods of this area. */
export const SIGNAL_METHODS: readonly Method[] = [
  method({
    name: "signalProcess",
    params: [text("name"), signal("signal")],
    returns: "boolean",
    help:
      "Sends a signal, by name (HUP, SIGHUP) or number, to one process. For group:* see signalProcessGroup. Faults: " +
      "BAD_NAME, BAD_SIGNAL, NOT_RUNNING, FAILED.",
    run(context, [name, wanted], work) {
      const target = resolveTarget(context.supervisor, name);
      if (!target.ok) return target;
      if (target.value.kind === "group")
        return signalAll(context, byPriority(target.value.group), wanted, work);
      return signalOne(context.supervisor, target.value.process, name, wanted);
    },
  }),
  method({
    name: "signalProcessGroup",
    params: [text("name"), signal("signal")],
    returns: "array",
    help:
      "Sends a signal to all processes of a group that are up. One struct each: name, group, status, description. " +
      "Fault: BAD_NAME.",
    run(context, [name, wanted], work) {
      const group = context.supervisor.group(name);
      if (group === null) return err(fault("BAD_NAME", name));
      return signalAll(context, byPriority(group), wanted, work);
    },
  }),
  method({
    name: "signalAllProcesses",
    params: [signal("signal")],
    returns: "array",
    help: "Sends a signal to all processes that are up. Answers as signalProcessGroup does.",
    run: (context, [wanted], work) =>
      signalAll(context, allByPriority(context.supervisor), wanted, work),
  }),
];

function signalAll(
  context: MethodContext,
  processes: readonly ProcessView[],
  wanted: string,
  work: RequestWork,
): Promise<Outcome> {
  const reachable = processes.filter((process) => isSignallableState(process.state));
  return forEach(context, reachable, work, (process, name) =>
    signalOne(context.supervisor, process, name, wanted),
  );
}

function signalOne(
  supervisor: SupervisorApi,
  process: ProcessView,
  name: string,
  wanted: string,
): Result<true, Fault> {
  const number = parseSignal(wanted);
  if (!number.ok) return err(fault("BAD_SIGNAL", wanted));
  if (!isSignallableState(process.state)) return err(fault("NOT_RUNNING", name));
  return named(supervisor.signal(process.key, number.value), name);
}
