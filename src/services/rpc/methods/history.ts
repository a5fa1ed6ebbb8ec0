// tsv.*: methods that Supervisor lacks. The recent runs of a process, which explain why it is down; what a start would need.

import type { Shape } from "../../../core/api/signature.ts";
import { err, ok } from "../../../core/base/result.ts";
import { dependenciesOf } from "../../../core/config/dependencies.ts";
import { encodeHistory, historyOf, type ProcessReport } from "../../../core/why/program-history.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { int32, type XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type { LostOutput } from "../../logs/api.ts";
import { forEach, RESULTS } from "../commands.ts";
import { type Method, method } from "../method.ts";
import { processesOf, resolveProcess } from "../namespec.ts";
import { optionalText, text } from "../params.ts";
import { RUN } from "../shapes.ts";

const DEPENDENCIES = {
  ...{ group: "string", program: "string", name: "string", statename: "string" },
  needs: [{ name: "string", condition: "string" }],
} as const satisfies Shape;

/** What `runsStruct` writes. */
const RUNS = {
  ...{ group: "string", name: "string", total: "int", failures: "int", ending: "string" },
  ...{ end: "int", exitstatus: "int", signal: "int", expected: "boolean", reason: "string" },
  ...{ reached: ["string"], left_ended: "int", left_running: "int", health: "string" },
  ...{ health_said: "string", health_failures: "int", log_error: "string", log_path: "string" },
  ...{ log_lost: "string", oneshot: "boolean", disabled: "boolean", numprocs: "int" },
  ...{ numprocs_filed: "int", awaits: "string", schedule: "string", schedule_next: "int" },
  ...{ schedule_suspended: "boolean", schedule_queued: "boolean" },
} as const satisfies Shape;

/** What `encodeHistory` writes. */
const HISTORY = {
  ...{ name: "string", group: "string", state: "int", statename: "string", pid: "int" },
  ...{ now: "int", start: "int", spawnerr: "string", waits: "string", awaits: "string" },
  ...{ unready: "string", said: "string", blocked_by: "string", cause: "string" },
  ...{ restart_reason: "string", health: "string", health_check: "string" },
  ...{ health_said: "string", health_failures: "int", health_retries: "int" },
  ...{ health_action: "string", failures: "int", next_start_ms: "int", schedule: "string" },
  ...{ schedule_next: "int", schedule_suspended: "boolean", schedule_queued: "boolean" },
  ...{ signals: ["int"], total: "int", runs: [RUN], stdout_part: "string" },
  ...{ stderr_part: "string", type: "string", startsecs: "int", startretries: "int" },
  ...{ limited: "boolean", stopwaitsecs: "int", autostart: "boolean", disabled: "string" },
  ...{ numprocs: "int", numprocs_filed: "int", autorestart: "string", exitcodes: ["int"] },
} as const satisfies Shape;

/** The methods of this area. */
export const HISTORY_METHODS: readonly Method[] = [
  method("getProcessHistory", [text("name")], HISTORY, "read", {
    help:
      "The history of a process: name, group, state, statename, pid, now, start (seconds since 1970), spawnerr, " +
      "waits (for what, or what blocks its start; empty for nothing), blocked_by (the program that does), awaits (what starts it with start_on; empty while that does not), unready (what a ready_check asks, and what came of it), said (what it says itself by sd_notify), cause (of the last start: autostart, request, " +
      "retry, autorestart, dependency, restart-with, apply, restart, schedule, connect, health, memory, age or watch), restart_reason (why the daemon itself " +
      "started it again; empty for another cause), health (healthy, unhealthy or unknown; empty without health_check), " +
      "health_check, health_said (what came of the last check), health_failures (in a row), health_retries, health_action, " +
      "failures (starts in a row), next_start_ms " +
      "(until it is started again; -1 for not), schedule (empty for none), schedule_next (its next run, seconds since 1970; 0 for " +
      "none), schedule_suspended, schedule_queued, signals that the daemon sent to this run, total of ended runs, and the " +
      "last ten of them, oldest first, in runs: pid (0: it could not be spawned), cause, start, end, uptime and " +
      "uptime_ms, ending (exited, too-early, not-ready, stopped, not-spawned), exitstatus and signal (-1 and 0 for none), core, " +
      "expected, spawnerr, signals, reason (why the daemon itself ended it), reached (the limits of its cgroup that it has reached, in words), left_ended and left_running (processes that it left, by kill_mode); stdout_part and stderr_part (where the logs have the " +
      "output of the last of these runs: first byte, byte after the last, size of the file, all in decimal; offsets below 0 are in its " +
      "backups; empty if that is unknown). Also what its running configuration says: type, startsecs, startretries, limited (restart_limit counts instead), stopwaitsecs, " +
      "autostart, disabled (by what; empty if it is enabled), numprocs and numprocs_filed (as an operator has decided and as the file says; 0 if they are the same), autorestart, exitcodes. Fault: BAD_NAME.",
    always: true,
    run({ supervisor, logs }, [name]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const { key } = process.value;
      const report = supervisor.report(key);
      if (report === null) return err(fault("BAD_NAME", name));
      const pid = report.runs.ended.at(-1)?.pid ?? 0;
      const stdout = logs.runPart(key, "stdout", pid);
      const stderr = logs.runPart(key, "stderr", pid);
      return ok(encodeHistory(historyOf(report, { stdout, stderr })));
    },
  }),
  method("getDependencies", [], [DEPENDENCIES], "read", {
    help:
      "Which programs need which. One struct for each process: group, program (several processes may be of one), name, " +
      "statename, and needs, an array of name (a program, GROUP:PROCESS or GROUP:*) and condition (running, ready or " +
      "completed).",
    always: true,
    run({ supervisor }) {
      return ok(
        supervisor.groups().flatMap(({ config: { name: group }, processes }) =>
          processes.map(({ config, state }) => ({
            ...{ group, program: config.programName, name: config.name, statename: state },
            needs: dependenciesOf(config).map((need) => ({ ...need })),
          })),
        ),
      );
    },
  }),
  method("getNeededStarts", [text("name")], ["string"], "read", {
    help:
      "What a start of a process would start before it, because it needs that (depends_on, restart_with) and that is " +
      "down: names. Fault: BAD_NAME.",
    always: true,
    run({ supervisor }, [name]) {
      const process = resolveProcess(supervisor, name);
      return process.ok ? ok(supervisor.neededStarts(process.value.key)) : process;
    },
  }),
  method("checkStarts", [optionalText("name")], RESULTS, "control", {
    help:
      "Whether the running processes of a name, of group:*, or all if no name is given, could be started again: their " +
      "commands exist, and the file systems of command, directory and env_file answer within 5 seconds. Starts nothing. One struct " +
      "each: name, group, status (NO_FILE, NOT_EXECUTABLE, FAILED), description. Fault: BAD_NAME.",
    run(context, [name], work) {
      const processes = processesOf(context.supervisor, name);
      if (!processes.ok) return processes;
      const running = processes.value.filter(({ pid }) => pid !== 0);
      return forEach(context, running, work, ({ key }) => context.supervisor.checkStart(key));
    },
  }),
  method("getProcessRuns", [text("name")], RUNS, "read", {
    help: "What tsv.getAllProcessRuns says of one process. Fault: BAD_NAME.",
    always: true,
    run({ supervisor, logs }, [name]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const { key } = process.value;
      const report = supervisor.report(key);
      return report === null
        ? err(fault("BAD_NAME", name))
        : ok(runsStruct(report, logs.lost(key)));
    },
  }),
  method("getAllProcessRuns", [], [RUNS], "read", {
    help:
      "How often each process has exited since it was added, and its last exit: group, name, total of ended runs, failures " +
      "(starts in a row), and of the last one ending (exited, too-early, not-ready, stopped, not-spawned; empty for none), end " +
      "(seconds since 1970), exitstatus and signal (-1 and 0 for none), expected, reason (why the daemon itself ended it), reached (the limits of its cgroup that it has reached, in words), left_ended and left_running; " +
      "oneshot (type=oneshot); disabled; awaits; numprocs and numprocs_filed (of an operator and of the file; 0 if they are the same); health, health_said and health_failures as in tsv.getProcessHistory; and log_error, the errno while its output is dropped because its log cannot be " +
      "written (empty otherwise), with log_path and log_lost (bytes, in decimal: a number of XML-RPC has 32 bits); schedule, schedule_next, schedule_suspended and schedule_queued as in " +
      "tsv.getProcessHistory, which returns more.",
    always: true,
    run({ supervisor, logs }) {
      const keys = supervisor.groups().flatMap(({ processes }) => processes.map(({ key }) => key));
      return ok(
        keys.flatMap((key) => {
          const report = supervisor.report(key);
          return report === null ? [] : [runsStruct(report, logs.lost(key))];
        }),
      );
    },
  }),
];

function runsStruct(report: ProcessReport, lost: LostOutput | null): XmlRpcStruct {
  const history = historyOf(report);
  const last = history.runs.at(-1);
  return {
    ...{ group: history.group, name: history.name },
    ...{ total: int32(history.total), failures: history.failures },
    ending: last?.ending ?? "",
    end: int32(last?.end ?? 0),
    exitstatus: last?.exitStatus ?? -1,
    signal: last?.signal ?? 0,
    expected: last?.expected ?? false,
    reason: last?.reason ?? "",
    reached: [...(last?.reached ?? [])],
    ...{ left_ended: int32(last?.leftEnded ?? 0), left_running: int32(last?.leftRunning ?? 0) },
    ...{ health: history.health?.state ?? "", health_said: history.health?.lastResult ?? "" },
    health_failures: int32(history.health?.failures ?? 0),
    ...{ log_error: lost?.errno ?? "", log_path: lost?.path ?? "" },
    log_lost: String(lost?.bytes ?? 0),
    oneshot: history.type === "oneshot",
    disabled: history.disabled !== "",
    ...{ numprocs: history.scaled?.to ?? 0, numprocs_filed: history.scaled?.filed ?? 0 },
    awaits: history.awaits,
    ...{ schedule: history.schedule, schedule_next: int32(history.nextRun) },
    ...{ schedule_suspended: history.isSuspended, schedule_queued: history.isQueued },
  };
}
