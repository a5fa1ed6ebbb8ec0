// tsv.*: methods that Supervisor lacks. The recent runs of a process, which explain why it is down.

import { err, ok } from "../../../core/base/result.ts";
import { epochSeconds } from "../../../core/base/time.ts";
import { PROCESS_STATE_CODES } from "../../../core/process/model.ts";
import type { EndedRun } from "../../../core/process/runs.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type { LostOutput } from "../../logs/api.ts";
import type { ProcessReport } from "../../supervisor/api.ts";
import { type Method, method } from "../method.ts";
import { resolveProcess } from "../namespec.ts";
import { text } from "../params.ts";

const MAX_INT = 2 ** 31 - 1;

/** The methods of this area. */
export const HISTORY_METHODS: readonly Method[] = [
  method("getProcessHistory", [text("name")], "struct", "read", {
    help:
      "The history of a process: name, group, state, statename, pid, now, start (seconds since 1970), spawnerr, " +
      "waits (for what, or what blocks its start; empty for nothing), blocked_by (the program that does), unready (what a ready_check asks, and what came of it), said (what it says itself by sd_notify), cause (of the last start: autostart, request, " +
      "retry, autorestart, dependency, restart-with, schedule, health, memory or age), restart_reason (why the daemon itself " +
      "started it again; empty for another cause), health (healthy, unhealthy or unknown; empty without health_check), " +
      "health_check, health_said (what came of the last check), health_failures (in a row), health_retries, health_action, " +
      "failures (starts in a row), next_start_ms " +
      "(until it is started again; -1 for not), schedule (empty for none), schedule_next (its next run, seconds since 1970; 0 for " +
      "none), schedule_suspended, schedule_queued, signals that the daemon sent to this run, total of ended runs, and the " +
      "last ten of them, oldest first, in runs: pid (0: it could not be spawned), cause, start, end, uptime and " +
      "uptime_ms, ending (exited, too-early, not-ready, stopped, not-spawned), exitstatus and signal (-1 and 0 for none), core, " +
      "expected, spawnerr, signals, reason (why the daemon itself ended it). Also what its running configuration says: type, startsecs, startretries, limited (restart_limit counts instead), stopwaitsecs, " +
      "autostart, autorestart, exitcodes. Fault: BAD_NAME.",
    always: true,
    run({ supervisor }, [name]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const report = supervisor.report(process.value.key);
      return report === null ? err(fault("BAD_NAME", name)) : ok(reportStruct(report));
    },
  }),
  method("getNeededStarts", [text("name")], "array", "read", {
    help:
      "What a start of a process would start before it, because it needs that (depends_on, restart_with) and that is " +
      "down: names. Fault: BAD_NAME.",
    always: true,
    run({ supervisor }, [name]) {
      const process = resolveProcess(supervisor, name);
      return process.ok ? ok(supervisor.neededStarts(process.value.key)) : process;
    },
  }),
  method("getAllProcessRuns", [], "array", "read", {
    help:
      "How often each process has exited since it was added, and its last exit: group, name, total of ended runs, failures " +
      "(starts in a row), and of the last one ending (exited, too-early, not-ready, stopped, not-spawned; empty for none), end " +
      "(seconds since 1970), exitstatus and signal (-1 and 0 for none), expected, reason (why the daemon itself ended it); " +
      "oneshot (type=oneshot); health, health_said and health_failures as in tsv.getProcessHistory; and log_error, the errno while its output is dropped because its log cannot be " +
      "written (empty otherwise), with log_path and log_lost (bytes); schedule, schedule_next, schedule_suspended and schedule_queued as in " +
      "tsv.getProcessHistory, which returns more.",
    always: true,
    run({ supervisor, logs }) {
      const keys = supervisor.groups().flatMap(({ processes }) => processes.map(({ key }) => key));
      return ok(keys.flatMap((key) => runsStruct(supervisor.report(key), logs.lost(key))));
    },
  }),
];

function runsStruct(
  report: ProcessReport | null,
  lost: LostOutput | null,
): readonly XmlRpcStruct[] {
  if (report === null) return [];
  const { config, runs } = report;
  const last = runs.ended.at(-1);
  return [
    {
      ...{ group: report.group, name: config.name },
      ...{ total: capped(runs.total), failures: report.failures },
      ending: last?.ending ?? "",
      end: last === undefined ? 0 : seconds(last.endWall),
      exitstatus: last?.outcome?.exitCode ?? -1,
      signal: last?.outcome?.signal ?? 0,
      expected: last?.expected ?? false,
      reason: last?.reason ?? "",
      ...{ health: report.health?.state ?? "", health_said: report.health?.lastResult ?? "" },
      health_failures: capped(report.health?.failures ?? 0),
      ...{ log_error: lost?.errno ?? "", log_path: lost?.path ?? "" },
      log_lost: capped(lost?.bytes ?? 0),
      oneshot: config.type === "oneshot",
      ...scheduleMembers(report),
    },
  ];
}

function reportStruct(report: ProcessReport): XmlRpcStruct {
  const { config, runs } = report;
  return {
    name: config.name,
    group: report.group,
    state: PROCESS_STATE_CODES[report.state],
    statename: report.state,
    pid: report.pid,
    now: seconds(report.now),
    start: seconds(report.start),
    spawnerr: report.spawnErr,
    waits: report.waits,
    unready: report.unready,
    said: report.reportedStatus,
    blocked_by: report.blockedBy,
    cause: runs.cause ?? "",
    restart_reason: report.restartReason,
    ...healthFields(report.health),
    failures: report.failures,
    next_start_ms: report.nextStart === null ? -1 : capped(report.nextStart),
    ...scheduleMembers(report),
    signals: runs.signals,
    total: capped(runs.total),
    runs: runs.ended.map(runStruct),
    type: config.type,
    startsecs: capped(config.startSecs),
    startretries: capped(config.startRetries),
    limited: config.restartLimit !== null,
    stopwaitsecs: capped(config.stopWaitSecs),
    autostart: config.autostart,
    autorestart: config.autorestart,
    exitcodes: config.exitCodes.map(capped),
  };
}

function healthFields(health: ProcessReport["health"]): XmlRpcStruct {
  return {
    health: health?.state ?? "",
    health_check: health?.check ?? "",
    health_said: health?.lastResult ?? "",
    health_failures: capped(health?.failures ?? 0),
    health_retries: capped(health?.retries ?? 0),
    health_action: health?.action ?? "",
  };
}

function scheduleMembers({ schedule }: ProcessReport): XmlRpcStruct {
  return {
    schedule: schedule?.text ?? "",
    schedule_next: seconds(schedule?.next ?? 0),
    schedule_suspended: schedule?.isSuspended ?? false,
    schedule_queued: schedule?.isQueued ?? false,
  };
}

function runStruct(run: EndedRun): XmlRpcStruct {
  const { outcome, upMs } = run;
  return {
    pid: run.pid,
    cause: run.cause,
    start: seconds(run.startWall),
    end: seconds(run.endWall),
    uptime: capped(epochSeconds(upMs)),
    uptime_ms: capped(upMs),
    ending: run.ending,
    exitstatus: outcome?.exitCode ?? -1,
    signal: outcome?.signal ?? 0,
    core: outcome?.coreDumped ?? false,
    expected: run.expected,
    spawnerr: run.spawnErr,
    signals: run.signals,
    reason: run.reason,
  };
}

function seconds(wallMs: number): number {
  return capped(epochSeconds(wallMs));
}

/** Clients read numbers into 32 bits. */
function capped(value: number): number {
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Math.trunc(value)));
}
