// Converts facts and choices to the input of the plan, and to notes beside the plan.

import { type DetectedInit, INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import { keepFromPurge, packageFacts, removalRemarks } from "./config-of-package.ts";
import { defaultConfig, defaultEnvironment } from "./default-files.ts";
import type { InstallFacts } from "./install-facts.ts";
import type { InstallRequest, PlanInput, ServicePlan } from "./plan-input.ts";
import type { DaemonRequirements } from "./requirements.ts";
import { packagedRecord, packagedRemarks } from "./with-package.ts";

export interface Gathered {
  readonly request: InstallRequest;
  readonly facts: InstallFacts;
  /** null without `--boot`. */
  readonly detected: DetectedInit | null;
  /** Whether the service is from a package. */
  readonly isPackaged: boolean;
  readonly requirements: DaemonRequirements;
  readonly executable: PlanInput["executable"];
  readonly service: ServicePlan | null;
  /** A daemon answers on the control server of the configuration. */
  readonly answers: boolean;
  readonly takeOver: PlanInput["takeOver"];
}

export function planInputOf(gathered: Gathered): PlanInput {
  const { request, facts, detected, isPackaged, requirements } = gathered;
  const { executable, service, answers, takeOver } = gathered;
  const { layout, world, self, previous, others } = facts;
  const { config, server, isOurs } = requirements;
  const keepConfig = isLive(gathered) ? keepFromPurge(config, packageFacts(world)) : null;
  return {
    ...{
      request,
      layout,
      world,
      self,
      executable,
      service,
      takeOver,
      isPackaged,
      previous,
      others,
    },
    ...(keepConfig === null ? {} : { keepConfig }),
    config: { path: config, server, answers },
    defaults: {
      config: isOurs ? defaultConfig(layout, request) : null,
      environment: detected === null ? null : defaultEnvironment(request.name),
    },
    packagedInit: isPackaged ? (packagedRecord(request, facts, null)?.init ?? null) : null,
    runsWith: runsWith(previous, isPackaged ? layout.config : config),
  };
}

/** A service of this host, for the system. */
function isLive({ request, service }: Pick<Gathered, "request" | "service">): boolean {
  return service !== null && request.root === "/" && request.scope === "system";
}

/** The present configuration of the service. */
function runsWith(previous: InstallFacts["previous"], otherwise: string): string {
  return previous?.config ?? otherwise;
}

export function remarksOf({
  request,
  facts,
  detected,
  isPackaged,
  requirements,
  service,
}: Pick<
  Gathered,
  "request" | "facts" | "detected" | "isPackaged" | "requirements" | "service"
>): readonly string[] {
  const init = detected?.init ?? null;
  const ofService =
    isPackaged && init !== null
      ? packagedRemarks(request, init)
      : imageRemarks(request, facts, init);
  const ofConfig = isLive({ request, service })
    ? removalRemarks(requirements.config, packageFacts(facts.world))
    : [];
  return [...requirements.remarks, ...ofService, ...ofConfig, ...accessRemarks(request, facts)];
}

function imageRemarks(
  { root }: Pick<InstallRequest, "root">,
  { world }: Pick<InstallFacts, "world">,
  init: InitName | null,
): readonly string[] {
  const remark = root === "/" || init === null ? null : INIT_SYSTEMS[init].imageRemark;
  return remark === null || world.look(remark.ifExists).kind === "missing" ? [] : [remark.text];
}

/** A configuration that an earlier uninstall has kept belongs to the group root. */
function accessRemarks(
  { scope, group }: Pick<InstallRequest, "scope" | "group">,
  { world, layout }: Pick<InstallFacts, "world" | "layout">,
): readonly string[] {
  const found = world.look(layout.config);
  if (scope === "user" || found.kind !== "file" || (found.mode & 0o004) !== 0) return [];
  if (world.groupId(group) === found.gid && (found.mode & 0o040) !== 0) return [];
  return [
    `members of ${group} cannot read ${layout.config}, where ctl finds the socket: chgrp ${group} ${layout.config}`,
  ];
}
