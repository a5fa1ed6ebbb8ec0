// The service of an installation for its init system, with the facts of this host or image.

import { err, ok, type Result } from "../../core/base/result.ts";
import { createAssets } from "../../host/files/assets.ts";
import type { InstallFacts } from "../plan/install-facts.ts";
import type { Manifest } from "../plan/manifest.ts";
import type { ServicePlan } from "../plan/plan-input.ts";
import type { InstallRequest } from "../plan/request.ts";
import { packagedService } from "../services/packaged.ts";
import { INIT_SYSTEMS, type InitName, whyUnwritable } from "../services/registry.ts";
import type { ServiceDescription } from "../services/service.ts";
import { serviceFacts } from "./service-facts.ts";

/** Its parameters. */
interface Described {
  readonly request: Pick<InstallRequest, "name" | "scope" | "group" | "root" | "waitOnline">;
  readonly facts: InstallFacts;
  readonly requirements: Pick<ServiceDescription, "config" | "stopTimeoutSeconds" | "openFiles">;
  readonly executable: string;
  /** Whether the service is from a package; undefined: according to the manifest. */
  readonly isPackaged?: boolean;
  /** Doctor restores it. */
  readonly isRepair?: true;
}

/** Describes a service. The error names a value that cannot be written into its files. */
export function describeService(init: InitName, described: Described): Result<ServicePlan, string> {
  const { request, facts, requirements, executable } = described;
  const isPackaged = described.isPackaged ?? facts.previous?.isPackaged === true;
  const { name, scope, group, root, waitOnline } = request;
  const description: ServiceDescription = {
    name,
    scope,
    executable,
    config: requirements.config,
    layout: facts.layout,
    stopTimeoutSeconds: requirements.stopTimeoutSeconds,
    openFiles: requirements.openFiles,
    group,
    waitOnline,
    isPackaged,
    ...(described.isRepair === true ? { isRepair: true } : {}),
    facts: serviceFacts({ init, name, root }, facts.world, facts.previous?.lingered ?? null),
  };
  const problem = whyUnwritable(description);
  if (problem !== null) return err(problem);
  const assets = createAssets();
  const templates = (template: string): string => assets.read(`initscripts/${template}`);
  const system = INIT_SYSTEMS[init];
  const files = isPackaged
    ? packagedService(system, description, { templates, look: facts.world.look })
    : system.service(description, templates);
  return ok({ init, description, files });
}

/** The service of an existing installation, for its commands. */
export function installedService(
  manifest: Manifest,
  facts: InstallFacts,
  root: string,
): ServicePlan | null {
  if (manifest.init === null) return null;
  const { name, scope, group, config, executable, isPackaged } = manifest;
  const service = describeService(manifest.init, {
    request: { name, scope, group, root, waitOnline: false },
    facts,
    requirements: { config, stopTimeoutSeconds: 90, openFiles: 1024 },
    executable,
    isPackaged,
  });
  return service.ok ? service.value : null;
}
