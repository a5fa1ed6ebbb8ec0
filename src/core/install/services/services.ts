// The init systems by name.

import type { InitSystem } from "../init-system.ts";
import type { ServiceDescription, ServiceFiles, Templates } from "../service.ts";
import { launchdService } from "./launchd.ts";
import { openrcService } from "./openrc.ts";
import { runitService } from "./runit.ts";
import { s6Service } from "./s6.ts";
import { systemdService } from "./systemd.ts";
import { sysvService } from "./sysv.ts";

const SERVICES: Readonly<
  Record<InitSystem, (service: ServiceDescription, templates: Templates) => ServiceFiles>
> = {
  systemd: systemdService,
  sysv: sysvService,
  openrc: openrcService,
  runit: runitService,
  s6: s6Service,
  launchd: launchdService,
};

/** A service in the words of an init system. Ask `whyUnwritable` and `hasUserServices` before. */
export function serviceFiles(
  init: InitSystem,
  service: ServiceDescription,
  templates: Templates,
): ServiceFiles {
  return SERVICES[init](service, templates);
}

/** Whether an init system runs services of a user alone. */
export function hasUserServices(init: InitSystem): boolean {
  return init === "systemd" || init === "launchd";
}
