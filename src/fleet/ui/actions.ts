// What the buttons of the pages do: the methods of every supervisor, on one host or on all that have the program.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { CallResult } from "../../ctl/client.ts";
import { hostComplaint, type Member } from "../on-host.ts";

export const UI_VERBS = ["start", "stop", "restart"] as const;
export type UiVerb = (typeof UI_VERBS)[number];

const DONE: Readonly<Record<UiVerb, string>> = {
  start: "started",
  stop: "stopped",
  restart: "restarted",
};
/** For a program that takes long to stop. */
const STOP_MS = 300_000;
const MOST_NAMED = 5;

/** @returns whether all hosts did it, and a sentence for people */
export async function actOn(
  members: readonly Member[],
  verb: UiVerb,
  program: string,
): Promise<{ readonly ok: boolean; readonly message: string }> {
  const failures = await Promise.all(
    members.map(async (member) => {
      const failure = await act(member, verb, program);
      return failure === null ? [] : [`${member.entry.name}: ${failure}`];
    }),
  );
  const failed = failures.flat();
  const count = members.length === 1 ? (members[0]?.entry.name ?? "") : `${members.length} hosts`;
  if (failed.length === 0) return { ok: true, message: `${program} ${DONE[verb]} on ${count}` };
  const named = failed.slice(0, MOST_NAMED).join("; ");
  const rest = failed.length - MOST_NAMED;
  const more = rest > 0 ? `; and ${rest} more hosts` : "";
  return { ok: false, message: `ERROR: ${verb} ${program}: ${named}${more}` };
}

/** @returns why it failed, or null */
async function act(member: Member, verb: UiVerb, program: string): Promise<string | null> {
  const { host, entry } = member;
  const failureOf = (answer: CallResult, moot: number): string | null => {
    if (answer.ok) return null;
    const { error } = answer;
    // It is as it shall be.
    if (error.kind === "fault" && error.code === moot) return null;
    return hostComplaint(error, entry).message;
  };
  if (verb !== "start") {
    const stopped = await host.call("supervisor.stopProcess", [program, true], STOP_MS);
    const failure = failureOf(stopped, FAULT_CODES.NOT_RUNNING);
    if (failure !== null || verb === "stop") return failure;
  }
  // It does not wait until the program has run for its startsecs: the page shows what becomes of it.
  const started = await host.call("supervisor.startProcess", [program, false], STOP_MS);
  return failureOf(started, FAULT_CODES.ALREADY_STARTED);
}
