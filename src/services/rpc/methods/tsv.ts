// tsv.*: methods that Supervisor lacks: upgrades, terminals, resource usage, events, and environments.

import type { Shape } from "../../../core/api/signature.ts";
import { parseNamespec } from "../../../core/base/ids.ts";
import { err, ok } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import {
  type ShownVariable,
  shownVariables,
  withoutSecrets,
} from "../../../core/environment/layers.ts";
import { cursorText, eventFields, parseCursor } from "../../../core/event-log/event-log.ts";
import { phaseName } from "../../../core/events/listener-protocol.ts";
import type { Pool } from "../../../core/events/model.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { double, type XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type { UpgradePlan } from "../../upgrade/api.ts";
import { type Method, method, type Outcome } from "../method.ts";
import { named, resolveProcess } from "../namespec.ts";
import { flag, integer, optionalText, text } from "../params.ts";
import { EVENT } from "../shapes.ts";

/** Answered instead of an id when nothing is done. */
const NOTHING_BEGUN = 0;
/** The kernel keeps both numbers in 16 bits, and programs allocate by their product. */
const MAX_SIDE = 9999;
/** Events in one answer: some 200 bytes each. */
const MOST_EVENTS = 500;
/** Memory for one variable beside its texts. */
const VARIABLE_BYTES = 500;
const HELP =
  "group, name, pid (0: this is the environment of the next start), problem (why a file of the next start cannot be used; empty for none), " +
  "command (env_command, which is not run for this; empty for none, and while the program runs), and variables, sorted by name: name, " +
  "value (empty for a secret that is hidden), secret, hidden, source (daemon, terminal, user, supervisor, env_file, " +
  "env_command, environment, notify or socket), place (FILE:LINE; empty for none). With next, the environment of the next start even while the program runs.";

const USAGE = {
  ...{ group: "string", name: "string", pid: "int" },
  ...{ cpu_percent: "double", cpu_seconds: "double", memory_bytes: "double" },
} as const satisfies Shape;
const OUTCOME = {
  ...{ state: "string", "id?": "int", "from?": "string", "to?": "string", "reason?": "string" },
} as const satisfies Shape;
const EVENTS = {
  ...{ cursor: "string", missed: "boolean" },
  events: [EVENT],
} as const satisfies Shape;
const PLAN = { from: "string", to: "string", path: "string", same: "boolean" } as const;
const BEGUN = { ...PLAN, id: "int" } as const;
const LISTENER = { name: "string", state: "string", serial: "int", failures: "int" } as const;
const POOL = {
  ...{ name: "string", buffer_size: "int", waiting: "int", accepted: "int", processed: "int" },
  ...{ rejected: "int", dropped: "int", listeners: [LISTENER] },
} as const satisfies Shape;
const VARIABLE = {
  ...{ name: "string", value: "string", secret: "boolean", hidden: "boolean" },
  ...{ source: "string", place: "string" },
} as const satisfies Shape;
const ENVIRONMENT = {
  ...{ group: "string", name: "string", pid: "int", problem: "string", command: "string" },
  variables: [VARIABLE],
} as const satisfies Shape;

/** Methods of `tsv.*`. */
export const TSV_METHODS: readonly Method[] = [
  method("checkUpgrade", [optionalText("path")], PLAN, "shutdown", {
    help:
      "Checks whether the daemon could be upgraded to the executable at path, or to the one now at the path that the " +
      "daemon was started from. Returns a struct of from and to (versions of tsv), path, and same (a boolean: it is the file " +
      "that already runs). Clients over TCP, and of users other than root and the daemon's, may name that path, the " +
      "package's executable, and those in upgrade_paths= of [supervisord]. Fault: FAILED with the reason.",
    async run({ upgrade }, [path], { principal }): Promise<Outcome> {
      const plan = await upgrade.check({ path, caller: principal.peer });
      return plan.ok ? ok(planStruct(plan.value)) : err(fault("FAILED", plan.error));
    },
  }),
  method("upgrade", [optionalText("path"), flag("unless_same", false)], BEGUN, "shutdown", {
    help:
      "Upgrades the daemon to another executable while its programs keep running. Returns the struct of checkUpgrade, and id: " +
      "the successor answers later connections, and its getUpgrade returns the result. With " +
      "unless_same, nothing is done if that executable already runs; then the id is 0. Fault: FAILED with the reason.",
    async run({ upgrade }, [path, unlessSame], { principal }): Promise<Outcome> {
      const begun = await upgrade.begin({ path, caller: principal.peer }, unlessSame);
      if (!begun.ok) return err(fault("FAILED", begun.error));
      return ok({ ...planStruct(begun.value), id: begun.value.id ?? NOTHING_BEGUN });
    },
  }),
  method("getUpgrade", [], OUTCOME, "read", {
    help:
      "The result of the last upgrade of this daemon: a struct of state (none, under way, replaced, failed), and, " +
      "if known, id, from, to and reason.",
    always: true,
    run: ({ upgrade }) => ok({ ...upgrade.outcome() }),
  }),
  method(
    "setWindowSize",
    [text("name"), integer("rows"), integer("columns")],
    "boolean",
    "control",
    {
      help:
        "Sets the window size of the terminal that a process with tty=true runs on; the process gets SIGWINCH when that " +
        "changes it. Faults: BAD_NAME, BAD_ARGUMENTS when a side is not 1 to 9999, NOT_RUNNING, NO_FILE when it has no " +
        "terminal, FAILED.",
      run({ supervisor }, [name, rows, columns]) {
        const process = resolveProcess(supervisor, name);
        if (!process.ok) return process;
        if (!isSide(rows) || !isSide(columns)) {
          return err(fault("BAD_ARGUMENTS", `${rows} rows, ${columns} columns: 1 to ${MAX_SIDE}`));
        }
        return named(supervisor.resize(process.value.key, { rows, columns }), name);
      },
    },
  ),
  method("getAllProcessUsage", [], [USAGE], "read", {
    help:
      "The resource usage of each running process with its descendants: group, name, pid, cpu_percent (of one processor, a double; " +
      "-1 where it is too early to say), cpu_seconds (of processor time so far, a double; less than before if a child has exited) and " +
      "memory_bytes (resident, a double). The first answer gives the CPU since the " +
      "program started; while the status page is open, that of the last two seconds. Empty where the host does not tell.",
    always: true,
    async run({ supervisor, usage }) {
      const usages = (await usage.look()) ?? new Map();
      return ok(
        [...usages].map(([key, { cpuPercent, cpuMs, memoryBytes }]) => {
          const { group, process } = parseNamespec(key);
          const pid = supervisor.process(group, process ?? "")?.pid ?? 0;
          return {
            ...{ group, name: process ?? "", pid },
            cpu_percent: double(cpuPercent ?? -1),
            cpu_seconds: double(cpuMs / SECOND),
            memory_bytes: double(memoryBytes),
          };
        }),
      );
    },
  }),
  method("getEvents", [optionalText("cursor")], EVENTS, "read", {
    help:
      "The events after a cursor that an earlier call returned; without one, all that are kept, which is the last " +
      "thousand or more. Returns at most 500 in events, oldest first, the cursor for the next call, and missed: " +
      "events were dropped in between, or the daemon was restarted. Each event has seq, at_ms (since 1970, a " +
      "double), kind (state, executes, process-added, process-removed, configured, group-added, group-removed, stopping), and by " +
      "kind group, name, from, to, pid, tries, expected. /events/log is the same as a stream of server-sent events.",
    always: true,
    run({ eventLog }, [text]) {
      // A text that no event log wrote is a cursor of another epoch.
      const cursor = text === null ? null : (parseCursor(text) ?? { epoch: "", seq: 0 });
      const page = eventLog.after(cursor, MOST_EVENTS);
      const events = page.events.map(eventFields).map(({ at_ms: at, ...fields }) => ({
        ...fields,
        at_ms: double(Number(at)),
      }));
      return ok({ cursor: cursorText(page.cursor), missed: page.isGap, events });
    },
  }),
  method("getEventPools", [], [POOL], "read", {
    help:
      "For each pool of event listeners: how many events it accepted, and how many of them were processed, are " +
      "waiting, or were dropped because its buffer was full; how often one was rejected and sent again; and what each " +
      "listener is doing. serial is the event that a listener is handling, -1 for none.",
    always: true,
    run: ({ events }) => ok(events.pools().map(poolStruct)),
  }),
  environmentMethod(
    "getProcessEnvironment",
    false,
    "The environment of a process, without secrets, which are all that its files and its command give, and what looks like one:",
  ),
  environmentMethod(
    "revealProcessEnvironment",
    true,
    "The environment of a process, with secrets:",
  ),
];

function planStruct({ from, to, path, isSame }: UpgradePlan) {
  return { from, to, path, same: isSame };
}

function isSide(size: number): boolean {
  return size >= 1 && size <= MAX_SIDE;
}

function poolStruct({ name, bufferSize, buffer, counts, listeners }: Pool) {
  const { accepted, processed, rejected, dropped } = counts;
  return {
    ...{ name, buffer_size: bufferSize, waiting: buffer.length },
    ...{ accepted, processed, rejected, dropped },
    listeners: listeners.map(({ key, phase, event, failures }) => ({
      ...{ name: key, state: phaseName(phase), serial: event?.event.serial ?? -1, failures },
    })),
  };
}

/** Either needs a permission that reading is not: by which name a value is a secret is a guess. */
function environmentMethod(name: string, showsSecrets: boolean, help: string): Method {
  return method(name, [text("name"), flag("next", false)], ENVIRONMENT, "configure", {
    help: `${help} ${HELP} Fault: BAD_NAME.`,
    always: true,
    async run({ supervisor }, [asked, ofNext], work) {
      const process = resolveProcess(supervisor, asked);
      if (!process.ok) return process;
      const view = await supervisor.environment(process.value.key, ofNext);
      if (view === null) return err(fault("BAD_NAME", asked));
      const variables = shownVariables(view.layers, showsSecrets);
      const refused = await work.reserve(sizeOf(variables));
      if (refused !== null) return err(refused);
      const shown = (text: string) => (showsSecrets ? text : withoutSecrets(text, view.layers));
      return ok({
        ...{ group: view.group, name: view.name, pid: view.pid },
        ...{ problem: shown(view.problem), command: shown(view.command) },
        variables: variables.map(variableStruct),
      });
    },
  });
}

function sizeOf(variables: readonly ShownVariable[]): number {
  let bytes = 0;
  for (const { name, value } of variables) {
    bytes += VARIABLE_BYTES + (name.length + (value?.length ?? 0)) * 2;
  }
  return bytes;
}

function variableStruct({ name, value, isSecret, source, place }: ShownVariable): XmlRpcStruct {
  return {
    ...{ name, value: value ?? "", secret: isSecret, hidden: value === null },
    ...{ source, place: place ?? "" },
  };
}
