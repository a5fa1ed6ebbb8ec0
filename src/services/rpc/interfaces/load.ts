// Loads the namespaces of [rpcinterface:x] sections: tsv's counterparts of well-known Python factories, and users' modules.
// One that cannot be loaded causes a warning; the daemon runs without it.

import { err, type Result } from "../../../core/base/result.ts";
import type { FactoryConfig } from "../../../core/config/model.ts";
import { linesOf } from "../../../core/logs/log-text.ts";
import { RPC_FACTORIES, type RpcFactory } from "../../../core/plugins/known.ts";
import { UNKNOWN_FACTORY } from "../../../core/plugins/made.ts";
import type { ModuleLoader } from "../../../ports/module-loader.ts";
import type { Method } from "../method.ts";
import { createCache } from "./cache.ts";
import type { InterfaceDeps, InterfaceFactory, RpcInterface } from "./interface.ts";
import { createModuleInterface } from "./module.ts";
import { createTwiddler } from "./twiddler.ts";

/** Python factories that tsv has methods of its own for. */
const KNOWN: Readonly<Record<RpcFactory, InterfaceFactory>> = {
  "supervisor_cache.rpcinterface:make_cache_rpcinterface": createCache,
  "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface": createTwiddler,
};

/** Namespaces that are served whatever the configuration says. */
const TAKEN = new Set(["system", "tsv"]);

interface LoadInterfacesDeps extends InterfaceDeps {
  readonly loader: ModuleLoader;
}

/** Makes the methods of every section but the main one's. */
export async function loadInterfaces(
  sections: readonly FactoryConfig[],
  deps: LoadInterfacesDeps,
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
  deps: LoadInterfacesDeps,
): Promise<Result<readonly Method[], string>> {
  const { module, factory } = section;
  if (module !== null) {
    const loaded = await deps.loader.load(module);
    return loaded.ok ? createModuleInterface(loaded.value, section, deps) : loaded;
  }
  const known = RPC_FACTORIES.find((each) => each === factory.trim());
  return known === undefined ? err(UNKNOWN_FACTORY) : KNOWN[known](section, deps);
}

function warning({ name, factory, origin }: FactoryConfig, why: string): string {
  return (
    `[rpcinterface:${name}] (${origin.file}, line ${origin.line}): its methods are not available: ` +
    `supervisor.rpcinterface_factory=${factory}: ${why}`
  );
}
