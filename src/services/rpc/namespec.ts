// Names in calls to active processes and groups, and how a fault repeats the name that the caller wrote.

import { parseNamespec } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { GroupView, ProcessView, SupervisorApi } from "../supervisor/api.ts";

/** What a name stands for. */
type Target =
  | { readonly kind: "process"; readonly process: ProcessView }
  | { readonly kind: "group"; readonly group: GroupView };

/** One process, or with `group:*` or `group:` all of a group. Fault: BAD_NAME. */
export function resolveTarget(supervisor: SupervisorApi, name: string): Result<Target, Fault> {
  const spec = parseNamespec(name);
  const group = supervisor.group(spec.group);
  if (group === null) return err(fault("BAD_NAME", name));
  if (spec.process === null) return ok({ kind: "group", group });
  const process = supervisor.process(spec.group, spec.process);
  return process === null ? err(fault("BAD_NAME", name)) : ok({ kind: "process", process });
}

/** One process, not a group. Fault: BAD_NAME. */
export function resolveProcess(
  supervisor: SupervisorApi,
  name: string,
): Result<ProcessView, Fault> {
  const target = resolveTarget(supervisor, name);
  if (!target.ok) return target;
  if (target.value.kind === "group") return err(fault("BAD_NAME", name));
  return ok(target.value.process);
}

/** The processes of a name, of `group:*`, or all without a name. Fault: BAD_NAME. */
export function processesOf(
  supervisor: SupervisorApi,
  name: string | null,
): Result<readonly ProcessView[], Fault> {
  if (name === null) return ok(allByPriority(supervisor));
  const target = resolveTarget(supervisor, name);
  if (!target.ok) return target;
  return ok(
    target.value.kind === "group" ? byPriority(target.value.group) : [target.value.process],
  );
}

/** The processes of a group by priority; those of one priority in the order of their definition. */
export function byPriority(group: GroupView): readonly ProcessView[] {
  return [...group.processes].sort((a, b) => a.config.priority - b.config.priority);
}

/** All processes: groups by (priority, name), processes by priority. */
export function allByPriority(supervisor: SupervisorApi): readonly ProcessView[] {
  return supervisor.groups().flatMap(byPriority);
}

/** The faults whose detail is the name of what was asked for, as opposed to what went wrong. */
const NAMING = new Set<Fault["name"]>([
  "BAD_NAME",
  "ALREADY_STARTED",
  "NOT_RUNNING",
  "SPAWN_ERROR",
  "ABNORMAL_TERMINATION",
  "ALREADY_ADDED",
  "STILL_RUNNING",
]);

/** Clients compare fault texts: they repeat the name exactly as the caller wrote it. */
export function named<T>(result: Result<T, Fault>, name: string): Result<T, Fault> {
  if (result.ok || !NAMING.has(result.error.name)) return result;
  return err(fault(result.error.name, name));
}
