// Declaration of an RPC method: a name, parameters, type of the result, a sentence of help, and the function.

import type { Permission } from "../../core/access/permissions.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { Result } from "../../core/base/result.ts";
import { err } from "../../core/base/result.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventReader } from "../event-log/api.ts";
import type { EventPools } from "../events/api.ts";
import type { LogsApi } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import type { UpgradeApi } from "../upgrade/api.ts";
import type { UsageApi } from "../usage/api.ts";
import type { Param, SignatureType } from "./params.ts";
import type { RequestWork } from "./request-work.ts";

/** What methods work on. */
export interface MethodContext {
  readonly supervisor: SupervisorApi;
  readonly logs: LogsApi;
  /** Absent where there is no daemon behind. */
  readonly events?: EventPools;
  readonly eventLog?: EventReader;
  readonly usage?: UsageApi;
  readonly upgrade?: UpgradeApi;
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
  /** The return type, then the parameters' types. */
  readonly signature: readonly SignatureType[];
  readonly help: string;
  /** Permission that the caller needs. */
  readonly permission: Permission;
  /** Other than this many parameters is a fault even while the daemon shuts down. */
  readonly arity: { readonly min: number; readonly max: number };
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

/** A method as it is written down. */
interface MethodDefinition<P extends readonly Param<unknown>[]> {
  readonly name: string;
  readonly params: P;
  readonly returns: SignatureType;
  readonly help: string;
  readonly permission: Permission;
  readonly always?: boolean;
  /** @param work pauses in long work, books memory before a large answer is made, and says who calls */
  run(context: MethodContext, args: ArgumentsOf<P>, work: RequestWork): Outcome | Promise<Outcome>;
}

/** Makes a method whose function gets its arguments checked and typed. */
export function method<const P extends readonly Param<unknown>[]>(
  definition: MethodDefinition<P>,
): Method {
  const { name, params, returns, help, permission, always = false } = definition;
  return {
    name,
    signature: [returns, ...params.map((param) => param.type)],
    help,
    permission,
    arity: { min: params.filter((param) => !param.optional).length, max: params.length },
    always,
    invoke(context, values, work) {
      const args: unknown[] = [];
      for (const [i, param] of params.entries()) {
        const read = param.read(values[i]);
        if (!read.ok) return err(fault("INCORRECT_PARAMETERS", read.error));
        args.push(read.value);
      }
      // Each element was read by the parameter in its place, which is what the tuple type says.
      return definition.run(context, args as unknown as ArgumentsOf<P>, work);
    },
  };
}

/** The same method under the name it had in older versions, which old clients still call. */
export function alias(of: Method, name: string): Method {
  return { ...of, name };
}
