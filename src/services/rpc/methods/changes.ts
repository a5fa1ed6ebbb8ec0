// tsv.*: what a configuration that was read changes in what runs, and changing it; programs that take up changed files.

import type { Shape } from "../../../core/api/signature.ts";
import { displayName, parseNamespec } from "../../../core/base/ids.ts";
import { err, ok } from "../../../core/base/result.ts";
import { type DecidedProgram, disabledText } from "../../../core/config/decisions.ts";
import { changedOptions, isSameGroup } from "../../../core/config/diff.ts";
import type { ProcessPlan } from "../../../core/config/planned.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { textOf, type XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type {
  AppliedProcess,
  PlannedProcess,
  ProcessView,
  SupervisorApi,
} from "../../supervisor/api.ts";
import { forEach, RESULTS } from "../commands.ts";
import { type Method, method } from "../method.ts";
import { processesOf, resolveProcess } from "../namespec.ts";
import { list, optionalText, text } from "../params.ts";

/** Names in one call. */
const MOST_NAMES = 10_000;
const PLAN =
  "an array of structs: group, name (* for the group itself), action (add, remove, restart or change, which a running process does not " +
  "notice), whole (the whole group is stopped, removed and added), and changes: option, before and after, without secrets.";
const SOCKETS =
  "And problems (why nothing of the group could be changed now: an address of socket= is taken) and untried (addresses that were not tried).";
const APPLIED =
  "Returns the same with outcome (up, down, done, failed, removed, unknown) and error, when all processes that start are up or have failed.";

const PLANNED = {
  ...{ group: "string", name: "string", action: "string", whole: "boolean" },
  changes: [{ option: "string", before: "string", after: "string" }],
} as const satisfies Shape;
/** See PlannedSockets. */
const TRIED = { ...PLANNED, problems: ["string"], untried: ["string"] } as const satisfies Shape;
const DONE = { ...PLANNED, outcome: "string", error: "string" } as const satisfies Shape;
const DECISION = {
  ...{ section: "string", key: "string", value: "string", since: "string" },
  ...{ filed: "string", problem: "string" },
} as const satisfies Shape;
const DECIDED = {
  programs: [
    {
      ...{ section: "string", before: "string", after: "string", filed: "string" },
      running: ["string"],
    },
  ],
  applied: [DONE],
} as const satisfies Shape;

/** Methods of `tsv.*`. */
export const CHANGE_METHODS: readonly Method[] = [
  method("getChangedOptions", [], [{ group: "string", options: ["string"] }], "read", {
    help:
      "For each active group that differs from the configuration as last read: group, and options, the keys of the " +
      "options that differ. Empty options: the group is of another kind now.",
    run({ supervisor }) {
      return ok(
        supervisor.config().groups.flatMap((next) => {
          const active = supervisor.group(next.name)?.config;
          if (active === undefined || isSameGroup(active, next)) return [];
          return [{ group: next.name, options: changedOptions(active, next) }];
        }),
      );
    },
  }),
  method("getPlan", [list("names")], [TRIED], "configure", {
    help: `Reads the configuration again and returns what apply would do, ${PLAN} ${SOCKETS} Names are groups, programs or group:process; none for all. Faults: CANT_REREAD, BAD_NAME.`,
    async run({ supervisor }, [names]) {
      if (names.length > MOST_NAMES) return TOO_MANY;
      const plan = await supervisor.plan(names.map(textOf));
      return plan.ok ? ok(plan.value.map(triedStruct)) : plan;
    },
  }),
  method("checkSockets", [text("group")], "boolean", "configure", {
    help:
      "Whether the sockets (socket=) of a group can be opened as the configuration was last read, before the group is stopped to be " +
      "replaced. Changes nothing. Returns true. Faults: BAD_NAME, FAILED with the reason.",
    async run({ supervisor }, [name]) {
      return await supervisor.checkSockets(name);
    },
  }),
  method("apply", [list("names")], [DONE], "configure", {
    help: `Makes what runs equal to the configuration, as getPlan says: ${PLAN} ${APPLIED}`,
    async run({ supervisor }, [names]) {
      if (names.length > MOST_NAMES) return TOO_MANY;
      const applied = await supervisor.apply(names.map(textOf));
      return applied.ok ? ok(applied.value.map(appliedStruct)) : applied;
    },
  }),
  method("restartProcess", [text("name")], "boolean", "control", {
    help:
      "Stops a process that runs and starts it again, in one decision: it also starts if the client goes away or the daemon " +
      "is upgraded meanwhile. Returns true when it is RUNNING, or has exited as it should. Nothing is stopped if its command " +
      "cannot be started. Faults: BAD_NAME, NOT_RUNNING, NO_FILE, NOT_EXECUTABLE, FAILED; SPAWN_ERROR with the reason, " +
      "ABNORMAL_TERMINATION when it was stopped meanwhile.",
    async run({ supervisor }, [name]) {
      const process = resolveProcess(supervisor, name);
      return process.ok ? await supervisor.restartProcess(process.value.key) : process;
    },
  }),
  method("reloadProcess", [optionalText("name")], RESULTS, "control", {
    help:
      "Lets a program read its files again: runs its reload_command, or sends its reload_signal. With group:*, or no name, each " +
      "running process that has one of them. One struct each: name, group, status, description (what was done, or the reason). " +
      "NO_FILE: it has neither; FAILED: the command did not exit with 0, with its last line. Other faults: BAD_NAME, NOT_RUNNING.",
    async run(context, [name], work) {
      const processes = processesOf(context.supervisor, name);
      if (!processes.ok) return processes;
      const isOne = name !== null && parseNamespec(name).process !== null;
      const chosen = processes.value.filter((process) => isOne || canReload(process));
      return await forEach(context, chosen, work, ({ key }) =>
        context.supervisor.reloadProcess(key),
      );
    },
  }),
  method("decide", [text("name"), text("key"), text("value")], DECIDED, "configure", {
    help:
      "Makes a decision of an operator about the programs of a name (a program, a group or group:*): key is numprocs or enabled, value is as in " +
      "a file, empty to drop the decision. It is kept above the files of the configuration, and nothing else changes. Returns a struct of " +
      "programs: section, before, after, filed (what the files say) and running (its processes that run), and applied: what apply returns. Faults: BAD_NAME, " +
      "INCORRECT_PARAMETERS, CANT_REREAD, FAILED when it cannot be kept; then nothing has changed.",
    async run({ supervisor }, [name, key, value]) {
      if (key !== "numprocs" && key !== "enabled") {
        return err(fault("INCORRECT_PARAMETERS", `${key}: numprocs or enabled`));
      }
      const isNumber = value === "" || /^0*[1-9]\d{0,8}$/.test(value);
      if (key === "numprocs" ? !isNumber : !["", "true", "false"].includes(value)) {
        const values = key === "numprocs" ? "a number from 1" : "true or false";
        return err(fault("INCORRECT_PARAMETERS", `${key} is ${values}, not ${value}`));
      }
      const decided = await supervisor.decide(name, key, value.replace(/^0+/, ""));
      if (!decided.ok) return decided;
      const { programs, applied } = decided.value;
      return ok({
        programs: programs.map((each) => ({ ...each, running: runningOf(supervisor, each) })),
        applied: applied.map(appliedStruct),
      });
    },
  }),
  method("getDecisions", [], [DECISION], "read", {
    help:
      "The decisions of operators, as last read: section, key, value, since (UTC; empty if unknown), filed (what the files say; empty " +
      "without such a section), and problem (why it does nothing; empty for nothing).",
    run: ({ supervisor }) =>
      ok(
        supervisor.config().decisions.map(({ filed, problem, ...decision }) => ({
          ...decision,
          ...{ filed: filed ?? "", problem: problem ?? "" },
        })),
      ),
  }),
  method("getDisabled", [], [{ group: "string", name: "string", disabled: "string" }], "read", {
    help:
      "The processes of the configuration as last read that only a request starts: group, name, and disabled (by what: by an operator " +
      "since a time in UTC, or in its file).",
    run({ supervisor }) {
      const { groups, decisions } = supervisor.config();
      return ok(
        groups.flatMap(({ name: group, processes }) =>
          processes.flatMap((process) => {
            const disabled = disabledText(process, decisions);
            return disabled === "" ? [] : [{ group, name: process.name, disabled }];
          }),
        ),
      );
    },
  }),
  method("rollBack", [], [DONE], "configure", {
    help: `Reverts the last apply of this daemon. ${APPLIED} Fault: FAILED when there is nothing to roll back.`,
    async run({ supervisor }) {
      const applied = await supervisor.rollBack();
      return applied.ok ? ok(applied.value.map(appliedStruct)) : applied;
    },
  }),
];

function canReload({ pid, config }: ProcessView): boolean {
  return pid !== 0 && (config.reloadCommand !== null || config.reloadSignal !== null);
}

/** The processes of a program that run, or will start. */
function runningOf(
  supervisor: Pick<SupervisorApi, "groups">,
  { section }: DecidedProgram,
): readonly string[] {
  return supervisor.groups().flatMap(({ processes }) =>
    processes.flatMap(({ config, group, stoppable }) => {
      const isOfProgram = config.origin.section === section && stoppable;
      return isOfProgram ? [displayName(group, config.name)] : [];
    }),
  );
}

const TOO_MANY = err(fault("INCORRECT_PARAMETERS", `more than ${MOST_NAMES} names`));

function planStruct({ group, name, action, isWhole, changes }: ProcessPlan): XmlRpcStruct {
  return { group, name, action, whole: isWhole, changes: changes.map((change) => ({ ...change })) };
}

function triedStruct(planned: PlannedProcess): XmlRpcStruct {
  const { problems, untried } = planned;
  return { ...planStruct(planned), problems: [...problems], untried: [...untried] };
}

function appliedStruct(applied: AppliedProcess): XmlRpcStruct {
  const { outcome, error } = applied;
  return { ...planStruct(applied), outcome, error };
}
