// PROG-025: a check asks a port of this host, and another process than the program listens there.

import { printable } from "../../../core/base/printable.ts";
import { shownCheck } from "../../../core/config/check-target.ts";
import type { CheckTarget } from "../../../core/config/value-types.ts";
import type { Listener, Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const FOREIGN_PORT = defineCheck({
  code: "PROG-025",
  area: "programs",
  title: "check asks another program",
  repairs: ["C"],
  page: {
    symptom:
      "A program counts as ready or healthy although it does not work, or it is restarted although it does.",
    cause:
      "`ready_check=` or `health_check=` asks a port of this host on which another process listens, one that does not belong to the program. Often both are configured for the same port, and the other one was first; or the check has the port of another program. A check through a proxy on this host is reported too, because it also fails when only the proxy fails.",
    repair: "Correct the port in the check or in the program, or stop the other process.",
  },
  look(situation, probe) {
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
        return [findingOf(program, { key, check, holder }, situation, probe)];
      }
      return [];
    });
  },
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

function findingOf(
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
