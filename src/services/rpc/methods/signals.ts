// supervisor.* that send signals: to one process, a group, all.

import { err } from "../../../core/base/result.ts";
import { isSignallableState } from "../../../core/process/model.ts";
import { parseSignal } from "../../../core/process/signals.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { type Command, toAll, toGroup, toNamed } from "../commands.ts";
import { forEach } from "../each.ts";
import { type Method, method } from "../method.ts";
import { named } from "../namespec.ts";
import { signal, text } from "../params.ts";

const SIGNAL: Command<string> = {
  one({ supervisor }, { key, state }, name, wanted) {
    const number = parseSignal(wanted);
    if (!number.ok) return err(fault("BAD_SIGNAL", wanted));
    if (!isSignallableState(state)) return err(fault("NOT_RUNNING", name));
    return named(supervisor.signal(key, number.value), name);
  },
  all(context, processes, wanted, work) {
    const reachable = processes.filter(({ state }) => isSignallableState(state));
    return forEach(context, reachable, work, (process, name) =>
      SIGNAL.one(context, process, name, wanted),
    );
  },
};

/** The methods of this area. */
export const SIGNAL_METHODS: readonly Method[] = [
  method({
    name: "signalProcess",
    params: [text("name"), signal("signal")],
    returns: "boolean",
    permission: "control",
    help:
      "Sends a signal, by name (HUP, SIGHUP) or number, to one process. For group:* see signalProcessGroup. Faults: " +
      "BAD_NAME, BAD_SIGNAL, NOT_RUNNING, FAILED.",
    run: toNamed(SIGNAL),
  }),
  method({
    name: "signalProcessGroup",
    params: [text("name"), signal("signal")],
    returns: "array",
    permission: "control",
    help:
      "Sends a signal to all processes of a group that are up. One struct each: name, group, status, description. " +
      "Fault: BAD_NAME.",
    run: toGroup(SIGNAL),
  }),
  method({
    name: "signalAllProcesses",
    params: [signal("signal")],
    returns: "array",
    permission: "control",
    help: "Sends a signal to all processes that are up. Returns the same as signalProcessGroup.",
    run: toAll(SIGNAL),
  }),
];
