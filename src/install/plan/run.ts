// What an installation does with a service that may be running.

import type { ServiceFiles } from "./service.ts";
import type { InstallWorld } from "./world.ts";

/** It runs as it should, is started, or runs with a configuration that is not the wanted one. */
export type Run =
  | { readonly kind: "runs" }
  | { readonly kind: "start" }
  | { readonly kind: "restart"; readonly config: string };

export interface RunInput {
  readonly world: InstallWorld;
  /** The configuration that is wanted. */
  readonly config: { readonly path: string };
  /** The one that it would run with as it is now; unsaid: the wanted one. */
  readonly runsWith?: string;
}

/** What is to be done. */
export function runOf({ world, config, runsWith }: RunInput, { isRunning }: ServiceFiles): Run {
  if (!world.ask(isRunning.argv)) return { kind: "start" };
  return runsWith === undefined || runsWith === config.path
    ? { kind: "runs" }
    : { kind: "restart", config: runsWith };
}
