// A namespace of methods in addition to supervisor.* and system.*, from a section [rpcinterface:x].

import type { Result } from "../../../core/base/result.ts";
import type { FactoryConfig } from "../../../core/config/model.ts";
import type { ActivityLog } from "../../logs/api.ts";
import type { CallAs, Method } from "../method.ts";

export interface RpcInterface {
  /** The namespace. */
  readonly name: string;
  readonly methods: readonly Method[];
}

export interface InterfaceDeps {
  readonly activity: Pick<ActivityLog, "log">;
  /** Calls any method of the daemon by its full name. */
  readonly call: CallAs;
}

/** Makes the methods of a section, or says in one sentence why not. */
export type InterfaceFactory = (
  section: FactoryConfig,
  deps: InterfaceDeps,
) => Result<readonly Method[], string>;
