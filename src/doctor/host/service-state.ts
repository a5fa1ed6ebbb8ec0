// The state of the tsv service in the init system of this host: its file, whether it is enabled and runs, and how to restore
// it. Works without privileges, without an init system, and for services from packages or written by hand.

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { remembered } from "../../core/base/remembered.ts";
import { gatherFacts, gatherSupervisor } from "../../install/host/gather-facts.ts";
import { describeService, installedService } from "../../install/host/installed-service.ts";
import { type InstallFacts, initOf, type ServicePlan } from "../../install/plan/plan-input.ts";
import { hasUnits, INIT_SYSTEMS, type InitName } from "../../install/services/registry.ts";
import type { ServiceState } from "../facts/doctor-facts.ts";
import { isSamePath, type Probe } from "../facts/probe.ts";
import { serviceCommand } from "../facts/service.ts";
import { findUnit, type KnownService, scriptState, UNASKED, unitState } from "./asked-state.ts";
import { planRestoration } from "./restoration.ts";

/** The default name of the service. */
const FIRST = "tsv";

/**
 * Finds the service that runs a configuration on this host.
 * @param config null: the first existing service
 * @param supervisors how to find Supervisors, which takes a look at all processes
 */
export function gatherService(
  config: string | null,
  probe: Probe,
  supervisors = gatherSupervisor,
): ServiceState {
  const recorded = recordedServices();
  const isThis = (path: string): boolean => isSamePath(path, config ?? "", probe);
  const found =
    config === null
      ? (recorded.find(({ name }) => name === FIRST) ?? recorded[0])
      : recorded.find((one) => isThis(one.config));
  // The service of a package has no manifest.
  const name = found?.name ?? FIRST;
  const stateOf = remembered((one: string) => serviceNamed(one, supervisors));
  const isFirst = name === FIRST || (config === null && stateOf(FIRST).file !== null);
  const service = stateOf(isFirst ? FIRST : name);
  const others = recorded.filter((one) => one.name !== service.name);
  const started = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  const isOther = config !== null && started !== null && !isThis(started);
  if (!isOther) return { ...service, others };
  // Only facts about the host.
  return { ...service, ...UNASKED, manifest: null, restoration: null, isOther, others };
}

/** All services of `tsv install` whose manifests this user can read. */
function recordedServices(): readonly { readonly name: string; readonly config: string }[] {
  const scopes = process.geteuid?.() === 0 ? (["system"] as const) : (["system", "user"] as const);
  return scopes.flatMap((scope) => {
    const { previous, others } = gatherFacts({ name: FIRST, scope, root: "/" });
    const all = previous === null ? others : [previous, ...others];
    return all.map(({ name, config }) => ({ name, config }));
  });
}

function serviceNamed(name: string, findSupervisors: typeof gatherSupervisor): ServiceState {
  const scope = scopeOf(name);
  const facts = gatherFacts({ name, scope, root: "/" });
  const detected = initOf(facts, "/");
  const init = detected.ok ? detected.value.init : null;
  const { previous: manifest, layout } = facts;
  const supervisors = findSupervisors(init);
  const base = { init, name, scope, manifest, layout, supervisors };
  const plan = init === null ? null : planOf(name, facts, scope, init);
  if (plan === null) return { ...base, ...UNASKED, restoration: null };
  const known: KnownService = { name, scope, facts, plan };
  const asked = hasUnits(init) ? unitState(known) : scriptState(known);
  return { ...base, ...asked, restoration: planRestoration(known, asked.file?.text ?? null) };
}

/** The service of the user is meant only if it exists and the machine has none. */
function scopeOf(name: string): "system" | "user" {
  if (process.geteuid?.() === 0) return "system";
  const system = gatherFacts({ name, scope: "system", root: "/" });
  if (system.previous !== null || findUnit(name, "system").path !== null) return "system";
  const own = gatherFacts({ name, scope: "user", root: "/" });
  return own.previous === null ? "system" : "user";
}

function planOf(
  name: string,
  facts: InstallFacts,
  scope: "system" | "user",
  init: InitName,
): ServicePlan | null {
  const { previous, layout } = facts;
  if (previous?.init === init) return installedService(previous, facts, "/");
  const described = (one: InitName): ServicePlan | null => {
    const service = describeService(one, {
      request: { name, scope, group: "tsv", root: "/", waitOnline: false },
      facts,
      requirements: { config: layout.config, stopTimeoutSeconds: 90, openFiles: 1024 },
      executable: layout.executable,
      isPackaged: facts.mark !== null,
    });
    return service.ok ? service.value : null;
  };
  const own = described(init);
  // A package's service may run in this way.
  const script = INIT_SYSTEMS[init].runsSysvScripts ? described("sysv") : null;
  if (own === null || script === null || existsSync(dirname(own.files.mainFile))) return own;
  return existsSync(script.files.mainFile) ? script : own;
}
