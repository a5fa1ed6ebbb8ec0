// Calls the exports of a user's module and checks the result: the same for RPC methods and for actions of ctl.

import { err, ok, type Result } from "../base/result.ts";
import type { XmlRpcValue } from "../xmlrpc/value.ts";
import { toWire } from "./values.ts";

/** The warning about a Python factory without a counterpart in tsv. */
export const UNKNOWN_FACTORY =
  "it is a Python factory, which tsv cannot load. Use a JavaScript module instead: see docs/plugins.md";

/** A function out of a module, of which nothing is known. */
export type Callable = (...args: readonly unknown[]) => unknown;

/** How errors speak of a factory. */
interface FactoryWords {
  /** What it is to make, in the plural. */
  readonly what: string;
  /** The description of an error that it threw; a log has room for more than a terminal. */
  readonly describe: (thrown: unknown) => string;
}

/**
 * Calls a module's factory.
 * @returns the members of what it made but the private ones, or in one sentence why there are none
 */
export function callFactory(
  factory: unknown,
  args: readonly unknown[],
  { what, describe }: FactoryWords,
): Result<readonly (readonly [name: string, value: unknown])[], string> {
  if (!isCallable(factory)) return err("its export is not a function");
  let made: unknown;
  try {
    made = factory(...args);
  } catch (error) {
    return err(`its factory failed: ${describe(error)}`);
  }
  if (typeof made !== "object" || made === null || "then" in made) {
    return err(`its factory must return an object of ${what}, not a promise or anything else`);
  }
  // As in Supervisor, a name that begins with an underscore is private.
  return ok(Object.entries(made).filter(([name]) => !name.startsWith("_")));
}

/** Whether a value can be called. */
export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

/** The parameters of a call that a module makes. @throws TypeError naming what cannot be sent */
export function toWireParams(method: string, params: readonly unknown[]): readonly XmlRpcValue[] {
  return params.map((param) => {
    const value = toWire(param);
    if (!value.ok) throw new TypeError(`${value.error} cannot be sent to ${method}`);
    return value.value;
  });
}
