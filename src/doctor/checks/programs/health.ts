// Health of programs: a health check that fails (PROG-024), an event listener that violates the protocol (PROG-015), and lost
// events (PROG-016).

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { shownCheck } from "../../../core/config/check-target.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
import { readConfig } from "../../facts/access.ts";
import type { DoctorFacts, ProgramStatus } from "../../facts/doctor-facts.ts";
import { lastLines } from "../../facts/logs.ts";
import { statusTable } from "../../facts/supervised.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, setOptions } from "../check.ts";
import { historyOf, programCheck, programFinding } from "./program.ts";

/** Descriptions, errors and reasons of an unhealthy program begin with this. */
const UNHEALTHY = "unhealthy: ";

/** Now, or in every run lately. */
export const UNHEALTHY_PROGRAM = programCheck("PROG-024", (facts) => (program) => {
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
});

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

export const LISTENER_UNKNOWN = check("PROG-015", (facts) => {
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

export const EVENTS_DROPPED = check("PROG-016", (facts) =>
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
