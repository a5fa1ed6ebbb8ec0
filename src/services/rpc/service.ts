// Executes a method by name and parameters: looks it up, checks permission and number of arguments, and refuses some while
// the daemon shuts down. Independent of the transport.

import { deniedText, may } from "../../core/access/permissions.ts";
import { err } from "../../core/base/result.ts";
import type { Turns } from "../../core/base/turns.ts";
import type { FactoryConfig } from "../../core/config/model.ts";
import { CallTimes } from "../../core/metrics/call-times.ts";
import { MAIN_FACTORY } from "../../core/plugins/known.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { RpcInterface } from "./interfaces/load.ts";
import {
  type CallAs,
  type Method,
  type MethodContext,
  type Outcome,
  ownWork,
  type RequestWork,
  takes,
} from "./method.ts";
import { ALERT_METHODS } from "./methods/alerts.ts";
import { CHANGE_METHODS } from "./methods/changes.ts";
import { FINDING_METHODS } from "./methods/findings.ts";
import { HISTORY_METHODS } from "./methods/history.ts";
import { INFO_METHODS } from "./methods/info.ts";
import { LOG_METHODS, OWN_LOG_METHODS } from "./methods/logs.ts";
import { MEASUREMENT_METHODS } from "./methods/measurements.ts";
import { PROCESS_METHODS } from "./methods/processes.ts";
import { type Directory, directoryMethods, systemMethods } from "./methods/system.ts";
import { TSV_METHODS } from "./methods/tsv.ts";
import { WHY_METHODS } from "./methods/why.ts";
import type { Scopes } from "./scope.ts";

const SYSTEM = "system";
/** Of methods that Supervisor lacks. */
const OWN = "tsv";
const SUPERVISOR = "supervisor";

/** The 37 methods of `supervisor.*`, old names included. */
export const SUPERVISOR_METHODS = [...INFO_METHODS, ...PROCESS_METHODS, ...LOG_METHODS];
const OWN_METHODS = [
  ...TSV_METHODS,
  ...HISTORY_METHODS,
  ...WHY_METHODS,
  ...MEASUREMENT_METHODS,
  ...OWN_LOG_METHODS,
  ...CHANGE_METHODS,
  ...ALERT_METHODS,
  ...FINDING_METHODS,
];

type Table = ReadonlyMap<string, Method>;

export interface RpcService {
  /**
   * Calls a method by its full name, for example `supervisor.getState`. Calls never wait for each other.
   * @param work the account of the caller
   * @returns the method's value or fault; a rejection is a mistake of tsv's own
   */
  call(fullName: string, params: readonly XmlRpcValue[], work: RequestWork): Promise<Outcome>;
  /** The same from within the daemon: the answer is not part of a reply, and may have any size. */
  readonly callAs: CallAs;
  /** Calls a method of `supervisor.*` as Supervisor has it, whatever the sections [rpcinterface:x] serve. */
  readonly callBuiltIn: CallAs;
  /** The time that all requests share. */
  readonly turns: Turns;
  /** The calls that were answered, by the full name of the method. */
  readonly calls: ReadonlyMap<string, CallTimes>;
  /** Full names of all methods, sorted. */
  methodNames(): readonly string[];
  /** The method of a full name; null if there is none. */
  find(fullName: string): Method | null;
}

interface RpcServiceOptions extends MethodContext {
  /** Where the methods of the supervisor namespace are served, as `readNamespaces` found; usually `supervisor` alone. */
  readonly namespaces: readonly string[];
  /** Further namespaces, from other sections [rpcinterface:x]. */
  readonly interfaces: readonly RpcInterface[];
  readonly turns: Turns;
  /** The part of the context that a caller sees. */
  readonly scopes: Scopes;
}

const BUILT_IN: Table = new Map(
  SUPERVISOR_METHODS.map((method) => [`${SUPERVISOR}.${method.name}`, method]),
);

/** The RPC interface over a supervisor and its logs. */
export function createRpcService(options: RpcServiceOptions): RpcService {
  const { namespaces, interfaces, turns } = options;
  const calls = new Map<string, CallTimes>();
  const context = { ...options, calls };
  const call: RpcService["call"] = (fullName, params, work) =>
    callIn(table, { fullName, params }, context, work);
  const table = new Map<string, Method>();
  const add = (namespace: string, methods: readonly Method[]) => {
    for (const method of methods) table.set(`${namespace}.${method.name}`, method);
  };
  for (const namespace of namespaces) add(namespace, SUPERVISOR_METHODS);
  for (const { name, methods } of interfaces) add(name, methods);
  const find: RpcService["find"] = (fullName) => table.get(fullName) ?? null;
  const directory: Directory = { names: () => names, find, call };
  if (namespaces.length > 0) add(OWN, [...OWN_METHODS, ...directoryMethods(directory)]);
  add(SYSTEM, systemMethods(directory));
  const names = [...table.keys()].sort();
  return {
    call,
    callAs: (principal, fullName, params) => call(fullName, params, ownWork(principal, turns)),
    callBuiltIn: (principal, fullName, params) =>
      callIn(BUILT_IN, { fullName, params }, context, ownWork(principal, turns)),
    turns,
    calls,
    methodNames: () => names,
    find,
  };
}

async function callIn(
  table: Table,
  { fullName, params }: { readonly fullName: string; readonly params: readonly XmlRpcValue[] },
  { scopes, calls, ...context }: RpcServiceOptions & { readonly calls: Map<string, CallTimes> },
  work: RequestWork,
): Promise<Outcome> {
  const method = table.get(fullName);
  if (method === undefined) return err(fault("UNKNOWN_METHOD"));
  const { permission, always } = method;
  if (!may(work.principal, permission)) {
    work.denied(fullName);
    return err(fault("FAILED", deniedText(permission)));
  }
  if (!takes(method, params.length)) return err(fault("INCORRECT_PARAMETERS"));
  const isOpen = always || fullName.startsWith(`${SYSTEM}.`);
  if (!isOpen && context.supervisor.state() !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
  const begun = context.now().mono;
  const outcome = await method.invoke({ ...context, ...scopes(work.principal) }, params, work);
  const times = calls.get(fullName) ?? new CallTimes();
  times.add(context.now().mono - begun, !outcome.ok);
  calls.set(fullName, times);
  return outcome;
}

/** Sorts the `[rpcinterface:x]` sections out: each that names the main factory serves its methods under `x`; `unknown` names another. */
export function readNamespaces(interfaces: readonly FactoryConfig[]) {
  const isMain = (each: FactoryConfig) => each.factory.trim() === MAIN_FACTORY;
  return {
    served: interfaces.filter(isMain).map((each) => each.name),
    unknown: interfaces.filter((each) => !isMain(each)),
  };
}
