// The status of a program as the daemon reports it, as evidence.

import { printable } from "../../../core/base/printable.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Supervised } from "../../facts/supervised.ts";

/** "web is FATAL: Exited too quickly …"; empty for programs that run. */
export function describeStatus(
  { members }: Pick<Supervised, "members">,
  { programs }: Situation,
): readonly string[] {
  const [first] = members;
  const status = (programs ?? []).find(({ group, name }) => `${group}:${name}` === first);
  if (status === undefined || status.state === "RUNNING") return [];
  const { name, state, spawnError } = status;
  return [`${name} is ${state}${spawnError === "" ? "" : `: ${printable(spawnError)}`}`];
}
