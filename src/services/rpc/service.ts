// Executes a method by name and parameters: looks it up, checks permission and number of arguments, and refuses some while
// the daemon shuts down. Independent of the transport.

import { deniedText, may } from "../../core/access/permissions.ts";
import { err } from "../../core/base/result.ts";
import type { Turns } from "../../core/base/turns.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { RpcInterface } from "./interfaces/load.ts";
import type { CallAs, Method, MethodContext, Outcome } from "./method.ts";
import { CONFIG_CHANGE_METHODS } from "./methods/config-info.ts";
import { ENVIRONMENT_METHODS } from "./methods/environment.ts";
import { EVENT_LOG_METHODS } from "./methods/event-log.ts";
import { EVENT_METHODS } from "./methods/event-pools.ts";
import { HISTORY_METHODS } from "./methods/history.ts";
import { LOG_ACTION_METHODS } from "./methods/log-actions.ts";
import { LOG_FILE_METHODS } from "./methods/log-files.ts";
import { type Directory, systemMethods } from "./methods/system.ts";
import { TERMINAL_METHODS } from "./methods/terminal.ts";
import { UPGRADE_METHODS } from "./methods/upgrade.ts";
import { USAGE_METHODS } from "./methods/usage.ts";
import { ownWork, type RequestWork } from "./request-work.ts";
import { SUPERVISOR_METHODS } from "./table.ts";

const SYSTEM = "system";
/** What Supervisor has no method for. */
const OWN = "tsv";
const SUPERVISOR = "supervisor";

type Table = ReadonlyMap<string, Method>;

export interface RpcService {
  /**
   * Calls a method by its full name, for example `supervisor.getState`. Calls never wait for each other.
   * @param work the account of the caller
   * @returns the method's value or fault; a rejection is a mistake of tsv's own
   */
  call(fullName: string, params: readonly XmlRpcValue[], work: RequestWork): Promise<Outcome>;
  /** The same from within the daemon: the answer is no part of a reply, and may have any size. */
  readonly callAs: CallAs;
  /** Calls a method of `supervisor.*` as Supervisor has it, whatever the sections [rpcinterface:x] serve. */
  readonly callBuiltIn: CallAs;
  /** The time that all requests share. */
  readonly turns: Turns;
  /** Full names of all methods, sorted. */
  methodNames(): readonly string[];
}

interface RpcServiceOptions extends MethodContext {
  /** Where the methods of the supervisor namespace are served, as `readNamespaces` found; usually `supervisor` alone. */
  readonly namespaces: readonly string[];
  /** Further namespaces, from other sections [rpcinterface:x]. */
  readonly interfaces?: readonly RpcInterface[];
  /** Absent where nothing else needs time. */
  readonly turns?: Turns;
}

const BUILT_IN: Table = new Map(
  SUPERVISOR_METHODS.map((method) => [`${SUPERVISOR}.${method.name}`, method]),
);
const NEVER_PAUSING: Turns = { pause: () => null };

/** The RPC interface over a supervisor and its logs. */
export function createRpcService(options: RpcServiceOptions): RpcService {
  const turns = options.turns ?? NEVER_PAUSING;
  const call: RpcService["call"] = (fullName, params, work) =>
    callIn(table, { fullName, params }, options, work);
  const table = new Map<string, Method>();
  const add = (namespace: string, methods: readonly Method[]) => {
    for (const method of methods) table.set(`${namespace}.${method.name}`, method);
  };
  for (const namespace of options.namespaces) add(namespace, SUPERVISOR_METHODS);
  for (const { name, methods } of options.interfaces ?? []) add(name, methods);
  const own = [
    ...[...TERMINAL_METHODS, ...EVENT_METHODS, ...EVENT_LOG_METHODS, ...HISTORY_METHODS],
    ...LOG_ACTION_METHODS,
    ...[...UPGRADE_METHODS, ...USAGE_METHODS, ...CONFIG_CHANGE_METHODS],
    ...[...LOG_FILE_METHODS, ...ENVIRONMENT_METHODS],
  ];
  if (options.namespaces.length > 0) add(OWN, own);
  const directory: Directory = {
    names: () => names,
    find: (fullName) => table.get(fullName) ?? null,
    call,
  };
  add(SYSTEM, systemMethods(directory));
  const names = [...table.keys()].sort();
  return {
    call,
    callAs: (principal, fullName, params) => call(fullName, params, ownWork(principal, turns)),
    callBuiltIn: (principal, fullName, params) =>
      callIn(BUILT_IN, { fullName, params }, options, ownWork(principal, turns)),
    turns,
    methodNames: () => names,
  };
}

async function callIn(
  table: Table,
  { fullName, params }: { readonly fullName: string; readonly params: readonly XmlRpcValue[] },
  context: MethodContext,
  work: RequestWork,
): Promise<Outcome> {
  const method = table.get(fullName);
  if (method === undefined) return err(fault("UNKNOWN_METHOD"));
  const { permission, arity, always } = method;
  if (!may(work.principal, permission)) return err(fault("FAILED", deniedText(permission)));
  if (params.length < arity.min || params.length > arity.max) {
    return err(fault("INCORRECT_PARAMETERS"));
  }
  const isOpen = always || fullName.startsWith(`${SYSTEM}.`);
  if (!isOpen && context.supervisor.state() !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
  return method.invoke(context, params, work);
}
