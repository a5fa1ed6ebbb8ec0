// The processes that can explain one program: a host may have thousands of others.

import type { DoctorFacts, KnownProcess } from "../facts/doctor-facts.ts";
import type { SeenProcess } from "../facts/probe.ts";

/** The children of a program, and those of init, where a process of an earlier run may be left. */
export function nearProcesses(
  { group, name }: KnownProcess,
  { probe, programs, histories }: Pick<DoctorFacts, "probe" | "programs" | "histories">,
): readonly SeenProcess[] {
  const isThis = (one: KnownProcess): boolean => one.group === group && one.name === name;
  const pid = programs?.find(isThis)?.pid ?? 0;
  const history = histories?.find(isThis);
  // A program that runs, and ended only when it was stopped, has left nothing behind.
  const isWell =
    history?.state === "RUNNING" && history.runs.every(({ ending }) => ending === "stopped");
  const parents = [...(isWell ? [] : [1]), ...(pid > 1 ? [pid] : [])];
  const lists = parents.map((parent) => probe.children(parent));
  if (lists.includes(null)) return probe.processes();
  const pids = new Set(lists.flatMap((list) => list ?? []));
  return Array.from(pids).flatMap((one) => probe.process(one) ?? []);
}
