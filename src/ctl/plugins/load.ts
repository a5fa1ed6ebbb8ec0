// From the sections [ctlplugin:x] to actions: tsv's own counterparts of well-known Python plugins, and users' modules.
// What cannot be had is a warning on standard error; everything else works without it.

import { err, type Result } from "../../core/base/result.ts";
import type { FactoryConfig } from "../../core/config/model.ts";
import { CTL_FACTORIES, type CtlFactory } from "../../core/plugins/known.ts";
import { UNKNOWN_FACTORY } from "../../core/plugins/made.ts";
import type { ModuleLoader } from "../../ports/module-loader.ts";
import type { Command, CtlPlugin, CtlPlugins } from "../context.ts";
import { createModuleActions } from "./module.ts";
import type { CtlPluginFactory } from "./plugin.ts";

/** Python factories that tsv has actions of its own for. */
const KNOWN: Readonly<Record<CtlFactory, () => Promise<CtlPluginFactory>>> = {
  "supervisor_cache.controllerplugin:make_cache_controllerplugin": async () =>
    (await import("./cache.ts")).createCacheActions,
  "supervisor_quick:make_quick_controllerplugin": async () =>
    (await import("./quick.ts")).createQuick,
  "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin": async () =>
    (await import("./serialrestart.ts")).createSerialRestart,
  "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin": async () =>
    (await import("./wildcards.ts")).createWildcards,
};

interface LoadPluginsDeps {
  readonly loader: ModuleLoader;
  readonly warn: (text: string) => void;
}

/** The plugins of a configuration. Nothing is loaded before it is asked for. */
export function createPlugins(
  sections: readonly FactoryConfig[],
  deps: LoadPluginsDeps,
): CtlPlugins {
  let loaded: Promise<readonly CtlPlugin[]> | null = null;
  return {
    load() {
      loaded ??= loadAll(sections, deps);
      return loaded;
    },
  };
}

async function loadAll(
  sections: readonly FactoryConfig[],
  deps: LoadPluginsDeps,
): Promise<readonly CtlPlugin[]> {
  const plugins: CtlPlugin[] = [];
  for (const section of sections) {
    const commands = await make(section, deps.loader);
    if (commands.ok) plugins.push({ name: section.name, commands: commands.value });
    else deps.warn(warning(section, commands.error));
  }
  return plugins;
}

async function make(
  section: FactoryConfig,
  loader: ModuleLoader,
): Promise<Result<readonly Command[], string>> {
  const { module, factory } = section;
  if (module !== null) {
    const loaded = await loader.load(module);
    return loaded.ok ? createModuleActions(loaded.value, section) : loaded;
  }
  const known = CTL_FACTORIES.find((each) => each === factory.trim());
  return known === undefined ? err(UNKNOWN_FACTORY) : (await KNOWN[known]())(section);
}

function warning({ name, factory, origin }: FactoryConfig, why: string): string {
  return (
    `[ctlplugin:${name}] (${origin.file}, line ${origin.line}): its actions are missing, because of ` +
    `supervisor.ctl_factory=${factory}: ${why}`
  );
}
