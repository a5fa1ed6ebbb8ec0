// All init systems by name, and the detection of the one that boots a host or an image.

import { err, ok, type Result } from "../../core/base/result.ts";
import type {
  ImageEvidence,
  InitEvidence,
  InitSystem,
  ServiceDescription,
  Sign,
} from "./init-system.ts";
import { launchd } from "./launchd.ts";
import { openrc } from "./openrc.ts";
import { runit } from "./runit.ts";
import { s6 } from "./s6.ts";
import { isWritable } from "./service-text.ts";
import { systemd } from "./systemd.ts";
import { sysv } from "./sysv.ts";

/** In the order of messages. Later ones are recognized first: SysV init may have started OpenRC, and both may start runit. */
export const INIT_SYSTEMS = { systemd, sysv, openrc, runit, s6, launchd };

/** The name of an init system, as in `--init` and in manifests. */
export type InitName = keyof typeof INIT_SYSTEMS;

export const INIT_NAMES = Object.keys(INIT_SYSTEMS) as readonly InitName[];

/** The name if an init system has it; null if none has. */
export function initNamed(name: unknown): InitName | null {
  return INIT_NAMES.find((known) => known === name) ?? null;
}

/** Whether services are units of systemd; false if no init system is known. */
export function hasUnits(init: InitName | null): boolean {
  return init !== null && INIT_SYSTEMS[init].hasUnits === true;
}

/** An init system, and the evidence. */
export interface DetectedInit {
  readonly init: InitName;
  readonly because: string;
}

/** The init system of this host. The error contains the evidence. */
export function detectInit(evidence: InitEvidence): Result<DetectedInit, string> {
  const found = bySigns((init) => init.signOnHost(evidence));
  if (found !== null) return ok(found);
  const { firstProcess, container } = evidence;
  const first = firstProcess === null ? "PID 1 cannot be read" : `PID 1 is ${firstProcess}`;
  const where = container === null ? "" : ` (a ${container} container)`;
  return err(`no supported init system is running: ${first}${where}`);
}

/** The init system of an image, by its files. */
export function detectImageInit(evidence: ImageEvidence): Result<DetectedInit, string> {
  const found = bySigns((init) => init.signInImage(evidence));
  return found === null ? err("it contains no supported init system") : ok(found);
}

function bySigns(signOf: (init: InitSystem) => Sign | null): DetectedInit | null {
  const signs = [...INIT_NAMES].reverse().flatMap((init) => {
    const sign = signOf(INIT_SYSTEMS[init]);
    return sign === null ? [] : [{ init, ...sign }];
  });
  const { init, because } = signs.find(({ isSure }) => isSure) ?? signs[0] ?? {};
  return init === undefined || because === undefined ? null : { init, because };
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
