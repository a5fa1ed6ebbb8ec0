// Declaration of an RPC method: a name, parameters, type of the result, a sentence of help, and the function.

import type { Permission } from "../../core/access/permissions.ts";
import type { Principal } from "../../core/access/principal.ts";
import { type Parameter, type Shape, wireType } from "../../core/api/signature.ts";
import { err, type Result } from "../../core/base/result.ts";
import type { Turns } from "../../core/base/turns.ts";
import type { DocType } from "../../core/plugins/module.ts";
import { BUSY, type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HttpRequest } from "../../ports/http-server.ts";
import type { AlertsApi } from "../alerts/api.ts";
import type { EventReader } from "../event-log/api.ts";
import type { EventPools } from "../events/api.ts";
import type { FindingsApi } from "../findings/api.ts";
import type { HistoryApi } from "../history/api.ts";
import type { LogsApi } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import type { UpgradeApi } from "../upgrade/api.ts";
import type { UsageApi } from "../usage/api.ts";
import type { Param } from "./params.ts";

/** What methods work on. */
export interface MethodContext {
  readonly supervisor: SupervisorApi;
  readonly logs: LogsApi;
  readonly events: EventPools;
  readonly eventLog: EventReader;
  readonly usage: UsageApi;
  /** Not limited to the programs of the caller; null with history=off. */
  readonly history: HistoryApi | null;
  readonly alerts: AlertsApi;
  readonly findings: FindingsApi;
  readonly upgrade: UpgradeApi;
  /** The daemon's own process id. */
  readonly pid: number;
  /** tsv's version, `major.minor.patch`. */
  readonly version: string;
  readonly now: Clock["now"];
}

export type Outcome = Result<XmlRpcValue, Fault>;

/** Calls a method for a principal. */
export type CallAs = (
  principal: Principal,
  fullName: string,
  params: readonly XmlRpcValue[],
) => Promise<Outcome>;

export interface Method {
  /** Without its namespace. */
  readonly name: string;
  /** Null for a method that takes whatever it is given. */
  readonly params: readonly Parameter[] | null;
  readonly returns: Shape;
  readonly help: string;
  /** Permission that the caller needs. */
  readonly permission: Permission;
  /** Answers also while the daemon shuts down. */
  readonly always: boolean;
  invoke(
    context: MethodContext,
    values: readonly XmlRpcValue[],
    work: RequestWork,
  ): Outcome | Promise<Outcome>;
}

type ArgumentsOf<P extends readonly Param<unknown>[]> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

/**
 * Makes a method whose function gets its arguments checked and typed.
 * @param always answers also while the daemon shuts down
 * @param run its last parameter bounds the work: pauses, slots for large answers
 */
export function method<const P extends readonly Param<unknown>[]>(
  name: string,
  params: P,
  returns: Shape,
  permission: Permission,
  {
    help,
    always = false,
    run,
  }: {
    readonly help: string;
    readonly always?: boolean;
    run(
      context: MethodContext,
      args: ArgumentsOf<P>,
      work: RequestWork,
    ): Outcome | Promise<Outcome>;
  },
): Method {
  return {
    name,
    ...{ params, returns },
    help,
    permission,
    always,
    invoke(context, values, work) {
      const args: unknown[] = [];
      for (const [i, param] of params.entries()) {
        const read = param.read(values[i]);
        if (!read.ok) return err(fault("INCORRECT_PARAMETERS", read.error));
        args.push(read.value);
      }
      // Each element was read by the parameter in its place, which the tuple type says.
      return run(context, args as unknown as ArgumentsOf<P>, work);
    },
  };
}

/** The types of what a method returns and takes, in Supervisor's form; null for one that takes whatever it is given. */
export function signatureOf({ params, returns }: Method): readonly DocType[] | null {
  return params === null ? null : [wireType(returns), ...params.map(({ type }) => type)];
}

/** Whether a method takes that many parameters. */
export function takes({ params }: Method, count: number): boolean {
  if (params === null) return true;
  return count <= params.length && params.slice(count).every(({ optional }) => optional);
}

/** The same method under the name it had in older versions, which old clients still call. */
export function alias(of: Method, name: string): Method {
  return { ...of, name };
}

/** Answers of one request that need no slot. In bytes. */
const SMALL_BYTES = 64 * 1024;

/** The bounds of one request. */
export interface RequestWork extends Turns {
  /** Who calls, in a multicall too. */
  readonly principal: Principal;
  /** Called with the name of a method that the principal is not permitted. */
  readonly denied: (fullName: string) => void;
  /**
   * To be called before an answer is made, with its bytes: waits for a slot when all of the request's are many.
   * @returns the fault to answer if there is no slot for too long
   */
  reserve(bytes: number): Promise<Fault | null>;
}

/** The bounds of a request that came by HTTP. */
export function workOf(
  principal: Principal,
  request: Pick<HttpRequest, "enter">,
  turns: Turns,
  denied: RequestWork["denied"],
): RequestWork {
  let sum = 0;
  return {
    principal,
    denied,
    pause: () => turns.pause(),
    async reserve(bytes) {
      sum += bytes;
      return sum <= SMALL_BYTES || (await request.enter()) ? null : BUSY;
    },
  };
}

/** For calls that are made within the daemon: in turns, and of any size. */
export function ownWork(principal: Principal, turns: Turns): RequestWork {
  return { principal, denied() {}, pause: () => turns.pause(), reserve: async () => null };
}
