// Types of a user's RPC module and of its arguments, as docs/plugins.md documents them.

import type { LogLevel } from "../../../core/config/model.ts";
import type { FaultName } from "../../../core/xmlrpc/faults.ts";

/** Makes the methods of a namespace; called once for each section that names it, and again after a reload. */
export type RpcModuleFactory = (
  api: RpcModuleApi,
  /** The other keys of the section. */
  options: Readonly<Record<string, string>>,
) => Readonly<Record<string, RpcModuleMethod>>;

/** A method: a function, or one with a doc string that gives it a help text and a signature. */
export type RpcModuleMethod =
  | RpcModuleFunction
  | { readonly doc: string; readonly run: RpcModuleFunction };

/** Gets the client's parameters as plain values; what it returns, or what its promise becomes, is the answer. */
export type RpcModuleFunction = (...params: never[]) => unknown;

/** The daemon as a module sees it. */
export interface RpcModuleApi {
  /** `x` of the section `[rpcinterface:x]`. */
  readonly namespace: string;
  /** Calls any method that clients may call. @throws the method's fault */
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Writes a line into the activity log, INFO unless said otherwise. */
  log(text: string, level?: LogLevel): void;
  /** An error that reaches the client as this fault when it is thrown. */
  fault(name: FaultName, detail?: string): Error;
}
