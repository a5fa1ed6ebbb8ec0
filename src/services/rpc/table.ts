// All methods of the supervisor namespace in one list, and the names under which a daemon serves them.

import type { FactoryConfig } from "../../core/config/model.ts";
import { MAIN_FACTORY } from "../../core/plugins/known.ts";
import type { Method } from "./method.ts";
import { CONFIG_INFO_METHODS } from "./methods/config-info.ts";
import { DAEMON_METHODS } from "./methods/daemon.ts";
import { GROUP_METHODS } from "./methods/groups.ts";
import { INFO_METHODS } from "./methods/info.ts";
import { INPUT_METHODS } from "./methods/input.ts";
import { LOG_METHODS } from "./methods/logs.ts";
import { SIGNAL_METHODS } from "./methods/signals.ts";
import { START_STOP_METHODS } from "./methods/start-stop.ts";

/** The 37 methods of `supervisor.*`, old names included. */
export const SUPERVISOR_METHODS: readonly Method[] = [
  ...DAEMON_METHODS,
  ...INFO_METHODS,
  ...START_STOP_METHODS,
  ...SIGNAL_METHODS,
  ...GROUP_METHODS,
  ...CONFIG_INFO_METHODS,
  ...LOG_METHODS,
  ...INPUT_METHODS,
];

/** Which namespaces serve Supervisor's own methods, and the sections that name another factory. */
interface Namespaces {
  readonly served: readonly string[];
  readonly unknown: readonly FactoryConfig[];
}

/** Sorts the `[rpcinterface:x]` sections out: each that names the main factory serves its methods under `x`. */
export function readNamespaces(interfaces: readonly FactoryConfig[]): Namespaces {
  const isMain = (each: FactoryConfig) => each.factory.trim() === MAIN_FACTORY;
  return {
    served: interfaces.filter(isMain).map((each) => each.name),
    unknown: interfaces.filter((each) => !isMain(each)),
  };
}
