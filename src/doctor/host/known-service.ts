// A service before and after its init system was asked.

import type { Site } from "../../install/host/site.ts";
import type { ServicePlan } from "../../install/plan/plan-input.ts";
import type { ServiceState } from "../facts/situation.ts";

/** What is known of a service before its init system is asked. */
export interface KnownService {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly site: Site;
  /** As it was installed; else as a package or `tsv install` would have it. */
  readonly plan: ServicePlan;
}

/** What its init system says. */
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

/** What is said where nobody can be asked. */
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

/** Whether `tsv install` wrote this file. */
export function isRecorded(path: string, { previous }: Site): boolean {
  return previous?.entries.some((entry) => entry.kind === "file" && entry.path === path) === true;
}
