// Common code of start, stop and signal: a command for one process, for all of a group, or for all.

import { err, type Result } from "../../core/base/result.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { ProcessView } from "../supervisor/api.ts";
import type { MethodContext, Outcome } from "./method.ts";
import { allByPriority, byPriority, resolveTarget } from "./namespec.ts";
import type { RequestWork } from "./request-work.ts";

type Answer = Outcome | Promise<Outcome>;
type Run<P> = (context: MethodContext, params: P, work: RequestWork) => Answer;

/** A command with one parameter besides the name. */
export interface Command<A> {
  one(
    context: MethodContext,
    process: ProcessView,
    name: string,
    argument: A,
  ): Result<true, Fault> | Promise<Result<true, Fault>>;
  /** To those of them that it concerns. */
  all(
    context: MethodContext,
    processes: readonly ProcessView[],
    argument: A,
    work: RequestWork,
  ): Promise<Outcome>;
}

/** To the process of a name, or with `group:*` to all of a group. Fault: BAD_NAME. */
export function toNamed<A>(command: Command<A>): Run<readonly [name: string, argument: A]> {
  return (context, [name, argument], work) => {
    const target = resolveTarget(context.supervisor, name);
    if (!target.ok) return target;
    return target.value.kind === "group"
      ? command.all(context, byPriority(target.value.group), argument, work)
      : command.one(context, target.value.process, name, argument);
  };
}

/** To all of a group. Fault: BAD_NAME. */
export function toGroup<A>(command: Command<A>): Run<readonly [name: string, argument: A]> {
  return (context, [name, argument], work) => {
    const group = context.supervisor.group(name);
    if (group === null) return err(fault("BAD_NAME", name));
    return command.all(context, byPriority(group), argument, work);
  };
}

/** To all there are. */
export function toAll<A>(command: Command<A>): Run<readonly [argument: A]> {
  return (context, [argument], work) =>
    command.all(context, allByPriority(context.supervisor), argument, work);
}
