// A service before and after its init system was queried.

import type { InstallFacts } from "../../install/plan/install-facts.ts";
import type { ServicePlan } from "../../install/plan/plan-input.ts";
import type { ServiceFiles } from "../../install/services/service.ts";
import type { ServiceState } from "../facts/situation.ts";

/** Facts about a service before its init system is queried. */
export interface KnownService {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly facts: InstallFacts;
  /** As installed; otherwise as a package or `tsv install` would install it. */
  readonly plan: ServicePlan;
}

/** Its state from the init system. */
export type AskedState = Pick<
  ServiceState,
  | "file"
  | "isEnabled"
  | "isActive"
  | "isMasked"
  | "needsReload"
  | "properties"
  | "commands"
  | "links"
>;

/** The state if no init system can be queried. */
export const UNASKED: AskedState = {
  file: null,
  isEnabled: null,
  isActive: null,
  isMasked: false,
  needsReload: false,
  properties: {},
  commands: null,
  links: [],
};

/** The commands that act on a service. */
export function commandsOf({ start, byHand }: ServiceFiles): ServiceState["commands"] {
  const { start: startByHand, restart, enable, disable } = byHand;
  return { start: start.argv, startByHand, restart, enable, disable };
}

/** Whether `tsv install` wrote this file. */
export function isRecorded(path: string, { previous }: InstallFacts): boolean {
  return previous?.entries.some((entry) => entry.kind === "file" && entry.path === path) === true;
}
