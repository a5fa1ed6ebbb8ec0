// Health and limits of programs: a health check that fails (PROG-024), a check that asks another program (PROG-025), a memory limit
// that the host cannot reach (PROG-026), an event listener that violates the protocol (PROG-015), and lost events (PROG-016).

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { shownCheck } from "../../../core/config/check-target.ts";
import { sizeText } from "../../../core/config/quantities.ts";
import type { CheckTarget } from "../../../core/config/value-types.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
import { readConfig } from "../../facts/access.ts";
import type { DoctorFacts, ProgramStatus } from "../../facts/doctor-facts.ts";
import { lastLines } from "../../facts/logs.ts";
import type { Listener, Probe } from "../../facts/probe.ts";
import { type Supervised, statusTable } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, setOptions } from "../check.ts";
import { isLoopback } from "../security/control-access.ts";
import { historyOf, programCheck, programFinding, withAncestors } from "./program.ts";

/** Descriptions, errors and reasons of an unhealthy program begin with this. */
const UNHEALTHY = "unhealthy: ";

/** Now, or in every run lately. */
export const UNHEALTHY_PROGRAM = programCheck(
  "PROG-024",
  "health check fails",
  (facts) => (program) => {
    const { healthCheck } = program.config;
    if (healthCheck === null) return null;
    const results = program.statuses.map((status) => ({
      ...status,
      failure: failureOf(status, historyOf(status, program)),
    }));
    const failed = results.find(({ failure }) => failure !== null);
    if (failed === undefined) return null;
    const { state, failure } = failed;
    const label = displayName(failed.group, failed.name);
    return programFinding(state === "FATAL" ? "error" : "warning", program, facts, "health_check", {
      symptom: `${state} unhealthy: ${printable(failure ?? "")}`,
      cause: `${label} does not pass its health check.`,
      evidence: [`health_check=${printable(shownCheck(healthCheck))}`],
      repair: byHand("Find out why it does not answer", [
        ...(healthCheck.kind === "http" ? [`curl -sv -o /dev/null '${healthCheck.url}'`] : []),
        tsvCommand(["why", label], facts),
      ]),
    });
  },
);

/** What the check says; null if it succeeds, or has not failed yet. */
function failureOf(
  { description, spawnError, state }: ProgramStatus,
  history: ProgramHistory | null,
): string | null {
  if (description.startsWith(UNHEALTHY)) return description.slice(UNHEALTHY.length);
  const isDown = state === "BACKOFF" || state === "FATAL";
  if (isDown && spawnError.startsWith(UNHEALTHY)) return spawnError.slice(UNHEALTHY.length);
  if (history === null || history.health === null || history.health.state === "healthy")
    return null;
  // Between two restarts it is not known yet.
  const reason = history.runs.at(-1)?.reason ?? "";
  return reason.startsWith(UNHEALTHY) ? reason.slice(UNHEALTHY.length) : null;
}

export const FOREIGN_PORT = programCheck("PROG-025", "check asks another program", (facts) => {
  const listeners = facts.probe.listeners();
  return (program) => {
    const pids = program.statuses.flatMap(({ pid }) => (pid === 0 ? [] : [pid]));
    if (pids.length === 0) return null;
    for (const key of ["ready_check", "health_check"] as const) {
      const target = program.config[key === "ready_check" ? "readyCheck" : "healthCheck"];
      const holder = target === null ? null : holderOf(target, pids, listeners, facts.probe);
      if (target === null || holder === null) continue;
      return foreignPort(program, key, target, holder, facts);
    }
    return null;
  };
});

/** The pid of the process that answers the check and is not of the program; null if there is none, or none is known. */
function holderOf(
  check: CheckTarget,
  pids: readonly number[],
  listeners: readonly Listener[],
  probe: Probe,
): number | null {
  const port = loopbackPort(check);
  if (port === null) return null;
  const holders = listeners.flatMap((one) =>
    one.kind === "tcp" && one.port === port && isReached(one.address) ? [one.pid] : [],
  );
  // Of a listener that cannot be seen nothing is known.
  const known = holders.filter((pid) => pid !== null);
  if (known.length === 0 || known.length < holders.length) return null;
  const isOwn = (pid: number): boolean => pids.some((own) => belongTogether(pid, own, probe));
  return known.some(isOwn) ? null : (known[0] ?? null);
}

/** The port of a check at the loopback address. */
function loopbackPort(check: CheckTarget): number | null {
  if (check.kind === "tcp") return isLoopback(check.host) ? check.port : null;
  if (check.kind !== "http" || !URL.canParse(check.url)) return null;
  const { hostname, port, protocol } = new URL(check.url);
  if (!isLoopback(hostname)) return null;
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** A listener at an address of the network only is not asked. */
function isReached(address: string): boolean {
  return isLoopback(address) || address === "0.0.0.0" || address === "::" || address === "";
}

/** One is an ancestor of the other, as the daemon that holds a socket for a program; or they are in one process group. */
function belongTogether(pid: number, own: number, probe: Probe): boolean {
  if (probe.process(pid)?.group === own) return true;
  return isDescendant(pid, own, probe) || isDescendant(own, pid, probe);
}

function isDescendant(pid: number, ancestor: number, probe: Probe): boolean {
  return withAncestors(pid, probe).includes(ancestor);
}

function foreignPort(
  program: Supervised,
  key: "ready_check" | "health_check",
  target: CheckTarget,
  holder: number,
  facts: DoctorFacts,
): Finding {
  const other = facts.programs?.find(
    ({ pid }) => pid !== 0 && isDescendant(holder, pid, facts.probe),
  );
  const name = facts.probe.process(holder)?.name ?? "?";
  const who = other === undefined ? "another process" : `the program ${other.name}`;
  return programFinding("warning", program, facts, key, {
    symptom: `${key} asks ${who}, not ${program.label}`,
    cause: `A process that does not belong to ${program.label} listens on the port of ${key}=.`,
    evidence: [`${key}=${printable(shownCheck(target))}`, `pid ${holder}: ${printable(name)}`],
    repair: byHand(`Correct the port in ${key}= or in the program, or stop the other process`),
  });
}

export const MAX_MEMORY = programCheck(
  "PROG-026",
  "max_memory above the host's memory",
  (facts) => {
    const kilobytes = /^MemTotal:\s+(\d+) kB/m.exec(
      facts.probe.readText("/proc/meminfo") ?? "",
    )?.[1];
    const total = kilobytes === undefined ? Number.POSITIVE_INFINITY : Number(kilobytes) * 1024;
    return (program) => {
      const { maxMemory } = program.config;
      if (maxMemory === null || maxMemory <= total) return null;
      return programFinding("warning", program, facts, "max_memory", {
        symptom: `max_memory=${sizeText(maxMemory)} has no effect`,
        cause: "The limit is above the memory of the host.",
        evidence: [`the host has ${sizeText(total)}`],
        repair: byHand("Lower max_memory="),
      });
    };
  },
);

export const LISTENER_UNKNOWN = check("PROG-015", "event listener out of step", (facts) => {
  const statuses = statusTable(facts);
  return (facts.pools ?? []).map(({ name: pool, listeners }) =>
    listeners.map(({ name, state }) => {
      if (state !== "UNKNOWN") return null;
      const log = statuses.get(name)?.stdoutLog ?? "";
      return finding("error", name, {
        symptom: `${name} has entered the UNKNOWN state and will no longer receive events`,
        cause: "Its standard output contains text that is not part of the protocol.",
        evidence: (lastLines(log, 3, facts.probe) ?? []).map(
          (line) => `${printable(log)}: ${line}`,
        ),
        place: optionPlace(facts.config, `eventlistener:${pool}`, "command"),
        repair: byHand("Make it write to standard error instead, and restart it", [
          tsvCommand(["restart", name], facts),
        ]),
      });
    }),
  );
});

/** Doctor does not offer more than this, because the daemon keeps the events in memory. */
const LARGEST = 10_000;

export const EVENTS_DROPPED = check("PROG-016", "events were lost", (facts) =>
  (facts.pools ?? []).map(({ name, dropped, bufferSize, waiting, listeners }) => {
    if (dropped === 0 || isRaised(name, bufferSize, facts)) return null;
    const section = `eventlistener:${name}`;
    return finding("warning", name, {
      symptom: `pool ${name} lost ${dropped} event${dropped === 1 ? "" : "s"}`,
      cause: "Its buffer was full when they occurred.",
      evidence: [
        `buffer_size=${bufferSize}, ${waiting} of it in use now`,
        `listeners: ${listeners.map((one) => one.state).join(", ") || "none"}`,
      ],
      place: optionPlace(facts.config, section, "buffer_size"),
      repair:
        bufferSize >= LARGEST
          ? byHand(
              "Make the listener faster, run more processes of it (numprocs=), or subscribe to fewer events",
            )
          : setOptions(
              "Raise buffer_size, or make the listener faster",
              section,
              { buffer_size: String(Math.min(LARGEST, bufferSize * 10)) },
              facts,
            ),
    });
  }),
);

/** Whether the configuration has a larger buffer already, which the daemon has not read yet. */
function isRaised(pool: string, bufferSize: number, facts: DoctorFacts): boolean {
  const group = readConfig(facts)?.groups.find(({ name }) => name === pool);
  const written = writtenValue(facts.config, `eventlistener:${pool}`, "buffer_size");
  const size = group?.kind === "eventlistener" ? group.bufferSize : Number(written ?? 0);
  return size > bufferSize;
}
