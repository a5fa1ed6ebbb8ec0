// What an installation does with a service that may be running.

import type { ServiceFiles } from "../services/service.ts";
import type { InstallWorld } from "./world.ts";

/** It runs correctly, has to be started, or runs with another configuration than requested. */
export type Run =
  | { readonly kind: "runs" }
  | { readonly kind: "start" }
  | { readonly kind: "restart"; readonly config: string };

interface RunInput {
  readonly world: InstallWorld;
  /** The requested configuration. */
  readonly config: { readonly path: string };
  /** The present configuration of the service; undefined: the requested one. */
  readonly runsWith?: string;
}

/** The action. */
export function runOf({ world, config, runsWith }: RunInput, { isRunning }: ServiceFiles): Run {
  if (!world.ask(isRunning.argv)) return { kind: "start" };
  return runsWith === undefined || runsWith === config.path
    ? { kind: "runs" }
    : { kind: "restart", config: runsWith };
}
