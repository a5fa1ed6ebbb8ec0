// Further actions for ctl, as a section [ctlplugin:x] asks for them.

import type { Result } from "../../core/base/result.ts";
import type { FactoryConfig } from "../../core/config/model.ts";
import type { Command, CtlPlugin } from "../context.ts";

/** Makes the actions of a section. @returns them, or in one sentence why there are none */
export type CtlPluginFactory = (section: FactoryConfig) => Result<readonly Command[], string>;

/** The action of that name; of several the first. */
export function findAction(plugins: readonly CtlPlugin[], name: string): Command | null {
  return plugins.flatMap(({ commands }) => commands).find((each) => each.name === name) ?? null;
}
