// supervisor.* that act on programs: start, stop, signals, input, and groups that are added and removed.

import { err, ok } from "../../../core/base/result.ts";
import { isRunningState, isSignallableState } from "../../../core/process/model.ts";
import { parseSignal } from "../../../core/process/signals.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { ProcessView } from "../../supervisor/api.ts";
import { type Command, forEach, RESULTS, toAll, toGroup, toNamed } from "../commands.ts";
import { type Method, method } from "../method.ts";
import { named, resolveProcess } from "../namespec.ts";
import { anything, bytes, flag, signal, text } from "../params.ts";

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
    const together = new Set(chosen.map(({ key }) => key));
    const { supervisor } = context;
    return forEach(context, chosen, work, async (process, name) => {
      const stopped = isStopping(process)
        ? supervisor.whenStopped(process.key)
        : supervisor.stop(process.key, wait, together);
      return named(await stopped, name);
    });
  },
};

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

/** Methods of `supervisor.*`. */
export const PROCESS_METHODS: readonly Method[] = [
  method("startProcess", [text("name"), flag("wait", true)], ["boolean", RESULTS], "control", {
    help:
      "Starts a program and, with wait, returns when it is RUNNING. For group:* see startProcessGroup. Faults: " +
      "BAD_NAME, NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, SPAWN_ERROR, ABNORMAL_TERMINATION.",
    run: toNamed(START),
  }),
  method("startProcessGroup", [text("name"), flag("wait", true)], RESULTS, "control", {
    help:
      "Starts all programs of a group that are not running and, with wait, returns when each is RUNNING or failed. One " +
      "struct each: name, group, status, description. Fault: BAD_NAME.",
    run: toGroup(START),
  }),
  method("startAllProcesses", [flag("wait", true)], RESULTS, "control", {
    help: "Starts all programs that are not running. Returns the same as startProcessGroup.",
    run: toAll(START),
  }),
  method("stopProcess", [text("name"), flag("wait", true)], ["boolean", RESULTS], "control", {
    help:
      "Stops a program and, with wait, returns when it is down. For group:* see stopProcessGroup. Faults: BAD_NAME, " +
      "NOT_RUNNING, FAILED.",
    run: toNamed(STOP),
  }),
  method("stopProcessGroup", [text("name"), flag("wait", true)], RESULTS, "control", {
    help:
      "Stops all running programs of a group and, with wait, returns when each is down, also those that are being " +
      "stopped already. One struct each: name, group, status, description. Fault: BAD_NAME.",
    run: toGroup(STOP),
  }),
  method("stopAllProcesses", [flag("wait", true)], RESULTS, "control", {
    help: "Stops all running programs. Returns the same as stopProcessGroup.",
    run: toAll(STOP),
  }),
  method("signalProcess", [text("name"), signal("signal")], ["boolean", RESULTS], "control", {
    help:
      "Sends a signal, by name (HUP, SIGHUP) or number, to one process. For group:* see signalProcessGroup. Faults: " +
      "BAD_NAME, BAD_SIGNAL, NOT_RUNNING, FAILED.",
    run: toNamed(SIGNAL),
  }),
  method("signalProcessGroup", [text("name"), signal("signal")], RESULTS, "control", {
    help:
      "Sends a signal to all processes of a group that are up. One struct each: name, group, status, description. " +
      "Fault: BAD_NAME.",
    run: toGroup(SIGNAL),
  }),
  method("signalAllProcesses", [signal("signal")], RESULTS, "control", {
    help: "Sends a signal to all processes that are up. Returns the same as signalProcessGroup.",
    run: toAll(SIGNAL),
  }),
  method("addProcessGroup", [text("name")], "boolean", "configure", {
    help:
      "Activates a group of the configuration as last read, and starts its programs that have autostart. " +
      "Faults: ALREADY_ADDED, BAD_NAME.",
    run: ({ supervisor }, [name]) => named(supervisor.addGroup(name), name),
  }),
  method("removeProcessGroup", [text("name")], "boolean", "configure", {
    help: "Removes a group whose programs are all stopped. Faults: STILL_RUNNING, BAD_NAME.",
    run: ({ supervisor }, [name]) => named(supervisor.removeGroup(name), name),
  }),
  method("sendProcessStdin", [text("name"), bytes("chars")], "boolean", "control", {
    help:
      "Queues text for a program's stdin, as UTF-8; base64 goes out as its bytes. Faults: BAD_NAME, NOT_RUNNING, " +
      "NO_FILE when the program closed its stdin, FAILED when it has too much unread.",
    run({ supervisor }, [name, chars]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const written = supervisor.writeStdin(process.value.key, chars);
      if (!written.ok && written.error.name === "NO_FILE") {
        return { ok: false, error: { name: "NO_FILE", detail: name } };
      }
      return named(written, name);
    },
  }),
  method("sendRemoteCommEvent", [anything("type"), anything("data")], "boolean", "configure", {
    help: "Sends a REMOTE_COMMUNICATION event with this type and data to the event listeners that subscribed to it.",
    always: true,
    run({ supervisor }, [type, data]) {
      supervisor.remoteCommEvent(type, data);
      return ok(true);
    },
  }),
];
