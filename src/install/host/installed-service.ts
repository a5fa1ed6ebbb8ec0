// The service of an installation in its init system's words, with what this host or image is like.

import { err, ok, type Result } from "../../core/base/result.ts";
import { createAssets } from "../../host/files/assets.ts";
import type { InitSystem } from "../plan/init-system.ts";
import type { Manifest } from "../plan/manifest.ts";
import type { ServicePlan } from "../plan/plan-input.ts";
import type { InstallRequest } from "../plan/request.ts";
import type { ServiceDescription } from "../plan/service.ts";
import { packagedService } from "../services/packaged.ts";
import { serviceFiles, whyUnwritable } from "../services/services.ts";
import { serviceFacts } from "./service-facts.ts";
import type { Site } from "./site.ts";

/** What it depends on. */
export interface Described {
  readonly request: Pick<InstallRequest, "name" | "scope" | "group" | "root" | "waitOnline">;
  readonly site: Site;
  readonly needs: Pick<ServiceDescription, "config" | "stopTimeoutSeconds" | "openFiles">;
  readonly executable: string;
  /** A package has brought the service; when it is not said, what the record says. */
  readonly isPackaged?: boolean;
}

/** Describes a service. The error says what cannot be written down. */
export function describeService(
  init: InitSystem,
  described: Described,
): Result<ServicePlan, string> {
  const { request, site, needs, executable } = described;
  const isPackaged = described.isPackaged ?? site.previous?.isPackaged === true;
  const { name, scope, group, root, waitOnline } = request;
  const description: ServiceDescription = {
    name,
    scope,
    executable,
    config: needs.config,
    layout: site.layout,
    stopTimeoutSeconds: needs.stopTimeoutSeconds,
    openFiles: needs.openFiles,
    group,
    waitOnline,
    isPackaged,
    facts: serviceFacts(init, root, site.world, site.previous?.lingered ?? null),
  };
  const problem = whyUnwritable(description);
  if (problem !== null) return err(problem);
  const assets = createAssets();
  const templates = (template: string): string => assets.read(`initscripts/${template}`);
  const files = isPackaged
    ? packagedService(init, description, { templates, look: site.world.look })
    : serviceFiles(init, description, templates);
  return ok({ init, description, files });
}

/** The service of an installation that is there, for its commands. */
export function installedService(manifest: Manifest, site: Site, root: string): ServicePlan | null {
  if (manifest.init === null) return null;
  const { name, scope, group, config, executable, isPackaged } = manifest;
  const service = describeService(manifest.init, {
    request: { name, scope, group, root, waitOnline: false },
    site,
    needs: { config, stopTimeoutSeconds: 90, openFiles: 1024 },
    executable,
    isPackaged,
  });
  return service.ok ? service.value : null;
}
