// Common code of methods on processes: a command for one process, for all of a group, or for all, and the array of results
// that Supervisor returns for many.

import type { Shape } from "../../core/api/signature.ts";
import { displayName } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { FAULT_CODES, type Fault, fault, faultText } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcStruct } from "../../core/xmlrpc/value.ts";
import type { ProcessView } from "../supervisor/api.ts";
import type { MethodContext, Outcome, RequestWork } from "./method.ts";
import { allByPriority, byPriority, resolveTarget } from "./namespec.ts";

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

/** Text describes a success in other words than "OK". */
type Done = Result<true | string, Fault>;

type Action = (process: ProcessView, name: string) => Done | Promise<Done>;

/** Bytes of one result in an answer, about. */
const RESULT_BYTES = 330;

/** Supervisor polls all processes at once; results that it finds together are in the order of the programs. */
const TOGETHER_MS = 100;

interface Completed {
  /** Position of the process. */
  readonly index: number;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly result: XmlRpcStruct;
}

/**
 * Begins the action on every process, in this order, without waiting for one before the next.
 * @returns one result a process in order of completion: those that were complete at once come first, and those that were
 * complete within TOGETHER_MS are in the order of the processes
 */
export async function forEach(
  { now }: Pick<MethodContext, "now">,
  processes: readonly ProcessView[],
  work: RequestWork,
  act: Action,
): Promise<Outcome> {
  const refused = await work.reserve(processes.length * RESULT_BYTES);
  if (refused !== null) return err(refused);
  const done: Completed[] = [];
  const actOn = async (process: ProcessView, index: number): Promise<void> => {
    const result = await act(process, displayName(process.group, process.config.name));
    done.push({ index, at: now().mono, result: describeResult(process, result) });
  };
  const begun: Promise<void>[] = [];
  for (const [index, process] of processes.entries()) {
    const pause = work.pause();
    if (pause !== null) await pause;
    const action = actOn(process, index);
    // One that fails meanwhile is looked at with the others, at the end.
    action.catch(() => {});
    begun.push(action);
  }
  await Promise.all(begun);
  return ok(inOrder(done));
}

/** @param done in order of completion */
function inOrder(done: readonly Completed[]): XmlRpcStruct[] {
  const batches: Completed[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const each of done) {
    if (each.at - last > TOGETHER_MS) batches.push([]);
    batches.at(-1)?.push(each);
    last = each.at;
  }
  return batches
    .flatMap((batch) => batch.sort((left, right) => left.index - right.index))
    .map(({ result }) => result);
}

/** What a method returns that acts on several processes. */
export const RESULTS = [
  { name: "string", group: "string", status: "int", description: "string" },
] as const satisfies Shape;

function describeResult(process: ProcessView, result: Done): XmlRpcStruct {
  const success = result.ok && result.value !== true ? result.value : "OK";
  return {
    name: process.config.name,
    group: process.group,
    status: result.ok ? FAULT_CODES.SUCCESS : FAULT_CODES[result.error.name],
    description: result.ok ? success : faultText(result.error),
  };
}
