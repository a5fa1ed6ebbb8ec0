// PROG-024: a program whose health check fails, now or in every run lately.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { shownCheck } from "../../../core/config/check-target.ts";
import { sizeText } from "../../../core/config/quantities.ts";
import type { CheckTarget } from "../../../core/config/value-types.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
import type { Listener, Probe } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  historyTable,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { check } from "../check.ts";
import { placeIn, programFinding } from "./program.ts";

/** Descriptions, errors and reasons of an unhealthy program begin with this. */
const UNHEALTHY = "unhealthy: ";

export const UNHEALTHY_PROGRAM = check(
  "programs",
  "PROG-024",
  "health check fails",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      if (program.config.healthCheck === null) return [];
      for (const status of statusesOf(program, statuses)) {
        const history = histories.get(`${status.group}:${status.name}`) ?? null;
        const failed = failureOf(status, history);
        if (failed !== null) return [findingOf(program, status, failed, situation)];
      }
      return [];
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

function findingOf(
  program: Supervised,
  { group, name, state }: ProgramStatus,
  failed: string,
  situation: Situation,
): Finding {
  const { healthCheck } = program.config;
  const address = healthCheck === null ? "" : shownCheck(healthCheck);
  const label = displayName(group, name);
  return programFinding(program, {
    severity: state === "FATAL" ? "error" : "warning",
    symptom: `${state} unhealthy: ${printable(failed)}`,
    cause: `${label} does not pass its health check.`,
    evidence: [`health_check=${printable(address)}`],
    place: placeIn(situation, program, "health_check"),
    repair: byHand("Find out why it does not answer", [
      ...(healthCheck?.kind === "http" ? [`curl -sv -o /dev/null '${healthCheck.url}'`] : []),
      tsvCommand(["why", label], situation),
    ]),
  });
}

// PROG-025: a check asks a port of this host, and another process than the program listens there.

export const FOREIGN_PORT = check(
  "programs",
  "PROG-025",
  "check asks another program",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const listeners = probe.listeners();
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const pids = statusesOf(program, statuses).flatMap(({ pid }) => (pid === 0 ? [] : [pid]));
      if (pids.length === 0) return [];
      for (const field of ["readyCheck", "healthCheck"] as const) {
        const check = program.config[field];
        const holder = check === null ? null : holderOf(check, pids, listeners, probe);
        if (check === null || holder === null) continue;
        const key = field === "readyCheck" ? "ready_check" : "health_check";
        return [foreignPortFinding(program, { key, check, holder }, situation, probe)];
      }
      return [];
    });
  },
);

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
  if (!isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"))) return null;
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
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
  const seen = new Set<number>();
  for (let at = pid; at > 0 && !seen.has(at); at = probe.process(at)?.parent ?? 0) {
    if (at === ancestor) return true;
    seen.add(at);
  }
  return false;
}

interface Asked {
  readonly key: "ready_check" | "health_check";
  readonly check: CheckTarget;
  readonly holder: number;
}

function foreignPortFinding(
  program: Supervised,
  { key, check, holder }: Asked,
  situation: Situation,
  probe: Probe,
): Finding {
  const other = situation.programs?.find(
    ({ pid }) => pid !== 0 && isDescendant(holder, pid, probe),
  );
  const name = probe.process(holder)?.name ?? "?";
  const who = other === undefined ? "another process" : `the program ${other.name}`;
  return programFinding(program, {
    severity: "warning",
    symptom: `${key} asks ${who}, not ${program.label}`,
    cause: `A process that does not belong to ${program.label} listens on the port of ${key}=.`,
    evidence: [`${key}=${printable(shownCheck(check))}`, `pid ${holder}: ${printable(name)}`],
    place: placeIn(situation, program, key),
    repair: byHand(`Correct the port in ${key}= or in the program, or stop the other process`),
  });
}

// PROG-026: a program may use more memory than the host has.

export const MAX_MEMORY = check(
  "programs",
  "PROG-026",
  "max_memory above the host's memory",
  (situation, probe) => {
    const kilobytes = /^MemTotal:\s+(\d+) kB/m.exec(probe.readText("/proc/meminfo") ?? "")?.[1];
    if (kilobytes === undefined) return [];
    const total = Number(kilobytes) * 1024;
    return supervisedPrograms(situation, probe).flatMap((program) => {
      const { maxMemory } = program.config;
      if (maxMemory === null || maxMemory <= total) return [];
      return programFinding(program, {
        severity: "warning",
        symptom: `max_memory=${sizeText(maxMemory)} has no effect`,
        cause: "The limit is above the memory of the host.",
        evidence: [`the host has ${sizeText(total)}`],
        place: placeIn(situation, program, "max_memory"),
        repair: byHand("Lower max_memory="),
      });
    });
  },
);
