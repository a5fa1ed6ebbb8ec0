// A service of an earlier installation or of a package: without `--boot` it stays unchanged.

import type { InitName } from "../services/registry.ts";
import type { PlanInput } from "./plan-input.ts";

/** The init system that runs it; null if there is none. */
export function serviceThere({ previous, packagedInit = null }: PlanInput): InitName | null {
  return previous?.init ?? packagedInit;
}

/** Whether only a user or a container starts the daemon. */
export function isByHand(input: PlanInput): boolean {
  return input.service === null && serviceThere(input) === null;
}

/** Why the requested configuration requires `--boot`: the manifest contains the configuration of the service. */
export function otherThanTheService(input: PlanInput): string | null {
  const { request, service, config, runsWith = config.path } = input;
  if (service !== null || serviceThere(input) === null || runsWith === config.path) return null;
  return `the service ${request.name} runs with ${runsWith}; use --boot to run it with ${config.path} instead`;
}
