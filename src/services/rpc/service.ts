// From a method's name and parameters to its outcome: which names exist, how many arguments, and what is refused while
// the daemon shuts down. How requests get here is of no concern.

import { err } from "../../core/base/result.ts";
import type { Turns } from "../../core/base/turns.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { Gate } from "./gate.ts";
import type { RpcInterface } from "./interfaces/interface.ts";
import type { Method, MethodContext, Outcome } from "./method.ts";
import { EVENT_METHODS } from "./methods/event-pools.ts";
import { HISTORY_METHODS } from "./methods/history.ts";
import { type Directory, systemMethods } from "./methods/system.ts";
import { TERMINAL_METHODS } from "./methods/terminal.ts";
import { UPGRADE_METHODS } from "./methods/upgrade.ts";
import { ownWork, type RequestWork } from "./request-work.ts";
import { SUPERVISOR_METHODS } from "./table.ts";

const SYSTEM = "system";
/** What Supervisor has no method for. */
const OWN = "tsv";

export interface RpcService {
  /**
   * Calls a method by its full name, for example `supervisor.getState`. Calls never wait for each other.
   * @param work the request's account; without one it is the daemon itself that calls
   * @returns the method's value or fault; a rejection is a mistake of tsv's own
   */
  call(fullName: string, params: readonly XmlRpcValue[], work?: RequestWork): Promise<Outcome>;
  /** For a request that begins now. */
  startTurns(): Turns;
  /** Large requests are decoded one after the other. */
  readonly decoding: Gate;
  /** So many bytes of text were made that are garbage now. */
  readonly madeText: (bytes: number) => void;
  /** Full names of all methods, sorted. */
  methodNames(): readonly string[];
}

export interface RpcServiceOptions extends MethodContext {
  /** Where the methods of the supervisor namespace are served, as `readNamespaces` found; usually `supervisor` alone. */
  readonly namespaces: readonly string[];
  /** Further namespaces, from other sections [rpcinterface:x]. */
  readonly interfaces?: readonly RpcInterface[];
  /** Shares out the time of each turn; absent where no other needs any. */
  readonly startTurns?: () => Turns;
  readonly madeText?: RpcService["madeText"];
}

const NEVER_PAUSING: Turns = { pause: () => null };

/** The RPC interface over a supervisor and its logs. */
export function createRpcService(options: RpcServiceOptions): RpcService {
  const table = new Map<string, Method>();
  const add = (namespace: string, methods: readonly Method[]) => {
    for (const method of methods) table.set(`${namespace}.${method.name}`, method);
  };
  const startTurns = options.startTurns ?? (() => NEVER_PAUSING);
  const call = async (
    fullName: string,
    params: readonly XmlRpcValue[],
    work: RequestWork = ownWork(startTurns()),
  ): Promise<Outcome> => {
    const method = table.get(fullName);
    if (method === undefined) return err(fault("UNKNOWN_METHOD"));
    const { min, max } = method.arity;
    if (params.length < min || params.length > max) return err(fault("INCORRECT_PARAMETERS"));
    const open = method.always || fullName.startsWith(`${SYSTEM}.`);
    if (!open && options.supervisor.state() !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
    return method.invoke(options, params, work);
  };
  for (const namespace of options.namespaces) add(namespace, SUPERVISOR_METHODS);
  for (const { name, methods } of options.interfaces ?? []) add(name, methods);
  const own = [...TERMINAL_METHODS, ...EVENT_METHODS, ...HISTORY_METHODS, ...UPGRADE_METHODS];
  if (options.namespaces.length > 0) add(OWN, own);
  const directory: Directory = {
    names: () => names,
    find: (fullName) => table.get(fullName) ?? null,
    call,
  };
  add(SYSTEM, systemMethods(directory));
  const names = [...table.keys()].sort();
  const madeText = options.madeText ?? (() => {});
  return { call, startTurns, decoding: new Gate(), madeText, methodNames: () => names };
}
