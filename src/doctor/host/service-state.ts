// The service of tsv as this host's init system has it: its file, whether it starts at boot and runs, and what would put it
// right. Works without rights, without an init system, and for services that a package or a person made.

import { existsSync } from "node:fs";
import { describeService, installedService } from "../../install/host/installed-service.ts";
import { initOf, lookAtSite, type Site } from "../../install/host/site.ts";
import { gatherSupervisor } from "../../install/host/supervisor-facts.ts";
import type { InitSystem } from "../../install/plan/init-system.ts";
import type { ServicePlan } from "../../install/plan/plan-input.ts";
import type { ServiceState } from "../facts/situation.ts";
import { type KnownService, UNASKED } from "./known-service.ts";
import { planRestoration } from "./restoration.ts";
import { scriptState } from "./script-state.ts";
import { findUnit, unitState } from "./unit-state.ts";

/** Finds the service of that name on this host. */
export function gatherService(name: string): ServiceState {
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
