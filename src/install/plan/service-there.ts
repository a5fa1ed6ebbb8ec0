// A service that is there already, of an earlier installation or of a package: without `--boot` it stays as it is.

import type { InitSystem } from "./init-system.ts";
import type { PlanInput } from "./plan-input.ts";

/** What runs it; null where there is none. */
export function serviceThere({ previous, packagedInit = null }: PlanInput): InitSystem | null {
  return previous?.init ?? packagedInit;
}

/** Whether nothing but a person or a container starts the daemon. */
export function isByHand(input: PlanInput): boolean {
  return input.service === null && serviceThere(input) === null;
}

/** Why the configuration that is wanted cannot be had without `--boot`: the record says what the service runs with. */
export function otherThanTheService(input: PlanInput): string | null {
  const { request, service, config, runsWith = config.path } = input;
  if (service !== null || serviceThere(input) === null || runsWith === config.path) return null;
  return `the service ${request.name} runs with ${runsWith}: with --boot it would run with ${config.path} instead`;
}
