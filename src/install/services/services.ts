// The init systems by name.

import type { InitSystem } from "../plan/init-system.ts";
import type { ServiceDescription, ServiceFiles, Templates } from "../plan/service.ts";
import { isWritable } from "./escape.ts";
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

/** A service for an init system. Check `whyUnwritable` and `hasUserServices` before. */
export function serviceFiles(
  init: InitSystem,
  service: ServiceDescription,
  templates: Templates,
): ServiceFiles {
  return SERVICES[init](service, templates);
}

/** Whether an init system supports user services. */
export function hasUserServices(init: InitSystem): boolean {
  return init === "systemd" || init === "launchd";
}

/** Why a service cannot be written into files; null if it can. */
export function whyUnwritable(service: ServiceDescription): string | null {
  const { layout, facts } = service;
  const texts = [service.executable, service.config, service.group, facts.user.home];
  for (const text of [...texts, ...facts.scanDirectories, ...Object.values(layout)]) {
    if (text === null || isWritable(text)) continue;
    return `${JSON.stringify(text)} is empty or contains control characters, which init scripts cannot contain`;
  }
  // systemd does not accept such a program, regardless of quoting.
  if (/["'\\]/.test(service.executable)) {
    return `${JSON.stringify(service.executable)} contains quotes or backslashes, which not every init system supports`;
  }
  return /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(service.name)
    ? null
    : `the name ${JSON.stringify(service.name)} contains characters other than letters, digits, "-" and "_"`;
}
