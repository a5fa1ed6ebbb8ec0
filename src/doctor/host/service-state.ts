// The service of tsv as this host's init system has it: its file, whether it starts at boot and runs, and what would put it
// right. Works without rights, without an init system, and for services that a package or a person made.

import { existsSync } from "node:fs";
import { describeService, installedService } from "../../install/host/installed-service.ts";
import { initOf, lookAtSite, type Site } from "../../install/host/site.ts";
import { gatherSupervisor } from "../../install/host/supervisor-facts.ts";
import type { InitSystem } from "../../install/plan/init-system.ts";
import type { ServicePlan } from "../../install/plan/plan-input.ts";
import type { Probe } from "../facts/probe.ts";
import { isSamePath } from "../facts/same-path.ts";
import { serviceCommand } from "../facts/service-command.ts";
import type { ServiceState } from "../facts/situation.ts";
import { type KnownService, UNASKED } from "./known-service.ts";
import { planRestoration } from "./restoration.ts";
import { scriptState } from "./script-state.ts";
import { findUnit, unitState } from "./unit-state.ts";

/** The service that every installation has unless another name was given. */
const FIRST = "tsv";

/**
 * Finds the service that runs a configuration on this host.
 * @param config null: the first service that there is
 */
export function gatherService(config: string | null, probe: Probe): ServiceState {
  const recorded = recordedServices();
  const isThis = (path: string): boolean => isSamePath(path, config ?? "", probe);
  const found =
    config === null
      ? (recorded.find(({ name }) => name === FIRST) ?? recorded[0])
      : recorded.find((one) => isThis(one.config));
  // A package brings its service without a record.
  const service =
    found === undefined || found.name === FIRST || (config === null && hasFirst())
      ? serviceNamed(FIRST)
      : serviceNamed(found.name);
  const others = recorded.filter(({ name }) => name !== service.name);
  const started = startedConfig(service, probe);
  const isOther = config !== null && started !== null && !isThis(started);
  return isOther ? { ...unrelated(service), others } : { ...service, others };
}

function hasFirst(): boolean {
  return serviceNamed(FIRST).file !== null;
}

/** What the service runs; null where nothing says so. */
function startedConfig(service: ServiceState, probe: Probe): string | null {
  const named = serviceCommand(service, probe)?.config ?? service.manifest?.config;
  return named ?? null;
}

/** Only what is true of the host: the service itself has nothing to do with the configuration. */
function unrelated({ init, name, scope, layout, supervisors }: ServiceState): ServiceState {
  const nothing = { manifest: null, restoration: null, isOther: true } as const;
  return { ...UNASKED, ...nothing, init, name, scope, layout, supervisors };
}

/** Every service that `tsv install` has recorded and that this user may know of. */
function recordedServices(): readonly { readonly name: string; readonly config: string }[] {
  const scopes = process.geteuid?.() === 0 ? (["system"] as const) : (["system", "user"] as const);
  return scopes.flatMap((scope) => {
    const { previous, others } = lookAtSite({ name: FIRST, scope, root: "/" });
    const all = previous === null ? others : [previous, ...others];
    return all.map(({ name, config }) => ({ name, config }));
  });
}

function serviceNamed(name: string): ServiceState {
  const scope = scopeOf(name);
  const site = lookAtSite({ name, scope, root: "/" });
  const detected = initOf(site, "/");
  const init = detected.ok ? detected.value.init : null;
  const { previous: manifest, layout } = site;
  const supervisors = gatherSupervisor(init);
  const base = { init, name, scope, manifest, layout, supervisors };
  const plan = init === null ? null : planOf(name, site, { scope, init });
  if (plan === null) return { ...base, ...UNASKED, restoration: null };
  const known: KnownService = { name, scope, site, plan };
  const asked = init === "systemd" ? unitState(known) : scriptState(known);
  return { ...base, ...asked, restoration: planRestoration(known, asked.file?.text ?? null) };
}

/** A user's own service is meant only where the user has one and the machine has none. */
function scopeOf(name: string): "system" | "user" {
  if (process.geteuid?.() === 0) return "system";
  const system = lookAtSite({ name, scope: "system", root: "/" });
  if (system.previous !== null || findUnit(name, "system").path !== null) return "system";
  const own = lookAtSite({ name, scope: "user", root: "/" });
  return own.previous === null ? "system" : "user";
}

function planOf(
  name: string,
  site: Site,
  { scope, init }: { readonly scope: "system" | "user"; readonly init: InitSystem },
): ServicePlan | null {
  const { previous, layout } = site;
  if (previous?.init === init) return installedService(previous, site, "/");
  // Debian's runit starts scripts of SysV init at boot, too: that is how a package's service runs there.
  const isScript =
    init === "runit" && !existsSync(`/etc/sv/${name}`) && existsSync(`/etc/init.d/${name}`);
  const service = describeService(isScript ? "sysv" : init, {
    request: { name, scope, group: "tsv", root: "/", waitOnline: false },
    site,
    needs: { config: layout.config, stopTimeoutSeconds: 90, openFiles: 1024 },
    executable: layout.executable,
    isPackaged: site.mark !== null,
  });
  return service.ok ? service.value : null;
}
