// Actions of [ctlplugin:x] sections: those of users' modules. The actions of well-known Python plugins that tsv replaces name the
// replacement. A section that cannot be loaded causes a warning on standard error; everything else works without it.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { FactoryConfig } from "../../core/config/model.ts";
import { REPLACED_PLUGINS } from "../../core/plugins/known.ts";
import { UNKNOWN_FACTORY } from "../../core/plugins/module.ts";
import type { ModuleLoader } from "../../ports/module-loader.ts";
import type { Command, CtlPlugin, CtlPlugins } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { createModuleActions } from "./module.ts";

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
  const replaced = REPLACED_PLUGINS.get(factory.trim());
  if (replaced === undefined) return err(UNKNOWN_FACTORY);
  return ok(replaced.actions.map((name) => replacedAction(name, replaced.replacement)));
}

/** An action that tsv does not have: it fails and names the replacement. */
function replacedAction(name: string, replacement: string): Command {
  return {
    name,
    usage: [[name, `Not part of tsv: ${replacement}`]],
    async run(context) {
      context.fail(`${name}: ERROR (not part of tsv: ${replacement})`, EXIT.GENERIC);
    },
  };
}

function warning({ name, factory, origin }: FactoryConfig, why: string): string {
  return (
    `[ctlplugin:${name}] (${origin.file}, line ${origin.line}): its actions are missing, because of ` +
    `supervisor.ctl_factory=${factory}: ${why}`
  );
}
