// A namespace of methods besides supervisor.* and system.*, as a section [rpcinterface:x] asks for it.

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
