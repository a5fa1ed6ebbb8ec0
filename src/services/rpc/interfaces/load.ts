// Loads the namespaces of [rpcinterface:x] sections: supervisor_twiddler, which is built in, and modules of users. One that
// cannot be loaded causes a warning, and the daemon runs without it. An error in a module becomes a fault for the caller and
// a line in the log. The types of modules are those that docs/plugins.md documents.

import { modulePrincipal } from "../../../core/access/principal.ts";
import { err, ok, type Result, thrownMessage, thrownStack } from "../../../core/base/result.ts";
import type { FactoryConfig, LogLevel } from "../../../core/config/model.ts";
import { linesOf } from "../../../core/logs/log-text.ts";
import { isLogLevel } from "../../../core/logs/record.ts";
import { REPLACED_PLUGINS, TWIDDLER_FACTORY } from "../../../core/plugins/known.ts";
import {
  type Callable,
  callFactory,
  isCallable,
  isOfType,
  type MethodDoc,
  parseDocString,
  toPlain,
  toWire,
  toWireParams,
  UNKNOWN_FACTORY,
} from "../../../core/plugins/module.ts";
import {
  FAULT_CODES,
  type Fault,
  type FaultName,
  fault,
  faultText,
} from "../../../core/xmlrpc/faults.ts";
import type { ModuleLoader } from "../../../ports/module-loader.ts";
import type { ActivityLog } from "../../logs/api.ts";
import type { CallAs, Method, Outcome } from "../method.ts";
import { createTwiddler } from "./twiddler.ts";

/** A namespace of methods in addition to supervisor.* and system.*. */
export interface RpcInterface {
  /** The namespace. */
  readonly name: string;
  readonly methods: readonly Method[];
}

/** Namespaces that are served whatever the configuration says. */
const TAKEN = new Set(["system", "tsv"]);

/** Makes the methods of every section but the main one's. */
export async function loadInterfaces(
  sections: readonly FactoryConfig[],
  deps: ModuleDeps & { readonly loader: ModuleLoader },
): Promise<readonly RpcInterface[]> {
  const interfaces: RpcInterface[] = [];
  for (const section of sections) {
    const methods = TAKEN.has(section.name)
      ? err(`the namespace ${section.name} is tsv's own`)
      : await make(section, deps);
    if (methods.ok) interfaces.push({ name: section.name, methods: methods.value });
    else deps.activity.log("WARN", linesOf(warning(section, methods.error)));
  }
  return interfaces;
}

async function make(
  section: FactoryConfig,
  deps: ModuleDeps & { readonly loader: ModuleLoader },
): Promise<Result<readonly Method[], string>> {
  const { module, factory } = section;
  if (module !== null) {
    const loaded = await deps.loader.load(module);
    return loaded.ok ? createModuleInterface(loaded.value, section, deps) : loaded;
  }
  if (factory.trim() === TWIDDLER_FACTORY) return createTwiddler(section, deps.activity);
  return err(REPLACED_PLUGINS.get(factory.trim())?.replacement ?? UNKNOWN_FACTORY);
}

function warning({ name, factory, origin }: FactoryConfig, why: string): string {
  return (
    `[rpcinterface:${name}] (${origin.file}, line ${origin.line}): its methods are not available: ` +
    `supervisor.rpcinterface_factory=${factory}: ${why}`
  );
}

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

export interface ModuleDeps {
  readonly activity: Pick<ActivityLog, "log">;
  /** Calls any method of the daemon by its full name. */
  readonly call: CallAs;
}

const METHOD_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Carries a fault through the code of a module. */
class FaultError extends Error {
  readonly fault: Fault;

  constructor(of: Fault) {
    super(faultText(of));
    this.name = "Fault";
    this.fault = of;
  }
}

/** A method of a module. */
interface ModuleMethod {
  readonly name: string;
  readonly doc: MethodDoc | null;
  readonly run: Callable;
}

/**
 * Makes the methods of a section from the factory that its module exports.
 * @returns the methods, or in one sentence why there are none
 */
export function createModuleInterface(
  factory: unknown,
  section: { readonly name: string; readonly arguments: Readonly<Record<string, string>> },
  deps: ModuleDeps,
): Result<readonly Method[], string> {
  const api = createApi(section.name, deps);
  const made = callFactory(factory, [api, { ...section.arguments }], "methods", thrownStack);
  if (!made.ok) return made;
  const methods: Method[] = [];
  for (const [name, value] of made.value) {
    const read = readMethod(name, value);
    if (!read.ok) return err(`its method ${name} cannot be served: ${read.error}`);
    methods.push(toMethod(read.value, section.name, deps));
  }
  return ok(methods);
}

function createApi(namespace: string, { activity, call }: ModuleDeps): RpcModuleApi {
  const principal = modulePrincipal(namespace);
  return Object.freeze({
    namespace,
    log(text: string, level: LogLevel = "INFO") {
      activity.log(isLogLevel(level) ? level : "INFO", linesOf(String(text)));
    },
    fault(name: Fault["name"], detail?: string): Error {
      if (!Object.hasOwn(FAULT_CODES, name)) {
        const names = Object.keys(FAULT_CODES).join(", ");
        return new TypeError(`unknown fault ${String(name)}; use one of ${names}`);
      }
      return new FaultError(fault(name, detail === undefined ? null : String(detail)));
    },
    async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
      const outcome = await call(principal, String(method), toWireParams(method, params));
      if (!outcome.ok) throw new FaultError(outcome.error);
      return toPlain(outcome.value);
    },
  });
}

function readMethod(name: string, value: unknown): Result<ModuleMethod, string> {
  if (!METHOD_NAME.test(name))
    return err("a name can only contain letters, digits and underscores");
  if (isCallable(value)) return ok({ name, doc: null, run: value });
  if (typeof value !== "object" || value === null || !("run" in value) || !("doc" in value)) {
    return err("it is neither a function nor an object with run and doc");
  }
  const { run, doc } = value;
  if (!isCallable(run)) return err("its run is not a function");
  if (typeof doc !== "string") return err("its doc is not a string");
  const parsed = parseDocString(doc);
  return parsed.ok ? ok({ name, doc: parsed.value, run: run.bind(value) }) : parsed;
}

function toMethod(
  { name, doc, run }: ModuleMethod,
  namespace: string,
  { activity }: ModuleDeps,
): Method {
  const params = doc?.params ?? [];
  return {
    name,
    params: doc?.params ?? null,
    returns: doc?.returns ?? "any",
    help: doc?.help ?? "",
    // Its effects are unknown, and it calls other methods with all permissions.
    permission: "configure",
    always: false,
    async invoke(_context, values) {
      const given = values.map(toPlain);
      const wrong = params.find(
        ({ type }, index) => index < given.length && !isOfType(type, given[index]),
      );
      if (wrong !== undefined) {
        return err(fault("INCORRECT_PARAMETERS", `${wrong.name} must be of type ${wrong.type}`));
      }
      try {
        return answer(await run(...given));
      } catch (error) {
        if (error instanceof FaultError) return err(error.fault);
        activity.log("ERRO", linesOf(`${namespace}.${name} failed: ${thrownStack(error)}`));
        return err(fault("FAILED", thrownMessage(error)));
      }
    },
  };
}

function answer(value: unknown): Outcome {
  const sent = toWire(value);
  if (sent.ok) return sent;
  return err(fault("FAILED", `the method returned ${sent.error}, which XML-RPC cannot represent`));
}
