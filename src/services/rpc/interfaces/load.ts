// Loads the namespaces of [rpcinterface:x] sections: supervisor_twiddler, which is built in, and modules of users. One that
// cannot be loaded causes a warning, and the daemon runs without it.

import { err, type Result } from "../../../core/base/result.ts";
import type { FactoryConfig } from "../../../core/config/model.ts";
import { linesOf } from "../../../core/logs/log-text.ts";
import { REPLACED_PLUGINS, TWIDDLER_FACTORY } from "../../../core/plugins/known.ts";
import { UNKNOWN_FACTORY } from "../../../core/plugins/module.ts";
import type { ModuleLoader } from "../../../ports/module-loader.ts";
import type { Method } from "../method.ts";
import { createModuleInterface, type ModuleDeps } from "./module.ts";
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
