// What `tsv install` would do now to have its own service as it made it: the installer's plan, without starting anything.

import { accessSync, constants } from "node:fs";
import { runningExecutable } from "../../install/host/executable.ts";
import { describeService } from "../../install/host/installed-service.ts";
import { readNeeds } from "../../install/host/needs.ts";
import { hashFile } from "../../install/host/safe-files.ts";
import type { Site } from "../../install/host/site.ts";
import { defaultConfig, defaultEnvironment } from "../../install/plan/default-files.ts";
import { lastingExecutable } from "../../install/plan/executable.ts";
import type { Manifest } from "../../install/plan/manifest.ts";
import { planInstall } from "../../install/plan/plan.ts";
import type { InstallRequest } from "../../install/plan/request.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { InstallWorld } from "../../install/plan/world.ts";
import type { ServiceRestoration } from "../facts/situation.ts";
import type { KnownService } from "./known-service.ts";
import { hasRunlevelLinks } from "./runlevel-links.ts";

/** What the service would need if nothing can be read of it. */
const LEAST = { stopTimeoutSeconds: 90, openFiles: 1024, server: null };

/**
 * Plans it for a service of `tsv install` that the init system of its record still runs.
 * @param text of the unit or script as it is now
 */
export function planRestoration(
  { site, scope, plan }: KnownService,
  text: string | null,
): ServiceRestoration | null {
  const { previous } = site;
  if (previous === null || previous.init !== plan.init || site.problem !== null) return null;
  if (scope === "system" && process.geteuid?.() !== 0) return null;
  const executable = executableFor(previous, site);
  const config = isReadable(previous.config) ? previous.config : site.layout.config;
  const request = requestOf(previous, config, text);
  const read = readNeeds(request, site, config);
  const needs =
    read.ok && read.value.server !== null ? read.value : { ...LEAST, ...valuesIn(text) };
  const service = describeService(plan.init, {
    request,
    site,
    needs: { config, stopTimeoutSeconds: needs.stopTimeoutSeconds, openFiles: needs.openFiles },
    executable: executable.path,
  });
  if (!service.ok) return null;
  const { steps, obstacles } = planInstall({
    request,
    layout: site.layout,
    world: lazyWorld(site, previous),
    self: site.self,
    executable,
    service: service.value,
    config: { path: config, server: previous.server, answers: true },
    defaults: {
      config: config === site.layout.config ? defaultConfig(site.layout, request) : null,
      environment: defaultEnvironment(request.name),
    },
    takeOver: null,
    previous,
    others: site.others,
  });
  const start = service.value.files.start.argv;
  const isStart = ({ step }: (typeof steps)[number]): boolean =>
    step.kind === "answer" ||
    step.kind === "appears" ||
    (step.kind === "command" && step.argv === start);
  return {
    steps: steps.filter((step) => !isStart(step)).flatMap((step) => gently(step, request.name)),
    obstacles,
    executable: executable.path,
    config,
  };
}

/**
 * Less than the installer may do, since something is there already and runs.
 * @remarks s6 is told to look for services, and not to end those that it does not find. Links of runlevels that were there
 * before stay when all is taken back, and keep their numbers.
 */
function gently(planned: PlannedStep, name: string): readonly PlannedStep[] {
  const { step } = planned;
  const program = "argv" in step ? step.argv[0] : null;
  if (step.kind === "on-undo" && program === "insserv") {
    return hasRunlevelLinks(name) ? [] : [planned];
  }
  if (step.kind !== "command") return [planned];
  if (program === "s6-svscanctl") {
    return [{ ...planned, step: { ...step, argv: [program, "-a", ...step.argv.slice(2)] } }];
  }
  const isRegistering = program === "update-rc.d" || program === "chkconfig";
  return isRegistering && hasRunlevelLinks(name)
    ? [{ ...planned, step: { ...step, undo: null } }]
    : [planned];
}

function requestOf(
  { name, scope, group }: Manifest,
  config: string,
  text: string | null,
): InstallRequest {
  return {
    boot: true,
    scope,
    init: null,
    config,
    name,
    group,
    root: "/",
    takeOver: false,
    force: false,
    // The record does not say it, the file does.
    waitOnline: /^(?:Wants=network-online\.target|\s*need net|# Required-Start:.*\$network)/m.test(
      text ?? "",
    ),
  };
}

/** What the file says now, for when the configuration cannot be read. */
function valuesIn(text: string | null): { stopTimeoutSeconds?: number; openFiles?: number } {
  const stop = /^(?:TimeoutStopSec|stop_seconds)=(\d+)$/m.exec(text ?? "")?.[1];
  const files = /^LimitNOFILE=(\d+):\d+$/m.exec(text ?? "")?.[1];
  return {
    ...(stop === undefined ? {} : { stopTimeoutSeconds: Number(stop) }),
    ...(files === undefined ? {} : { openFiles: Number(files) }),
  };
}

/** The one that was installed while it is there; else the one that runs now, or a copy of it. */
function executableFor(
  { executable, entries }: Manifest,
  { layout }: Site,
): { readonly from: string; readonly path: string; readonly sha256: string } {
  const entry = entries.find((one) => one.kind === "file" && one.path === executable);
  const sha256 = entry?.kind === "file" ? entry.sha256 : "";
  if (isExecutable(executable)) return { from: executable, path: executable, sha256 };
  const running = runningExecutable();
  const path = lastingExecutable(running, layout.executable, process.env["HOME"] ?? null);
  return { from: running, path, sha256: hashFile(running) };
}

/** An executable has a hundred megabytes: what the record says of it is believed rather than read through. */
function lazyWorld({ world }: Site, { entries, executable }: Manifest): InstallWorld {
  const entry = entries.find((one) => one.kind === "file" && one.path === executable);
  if (entry?.kind !== "file" || !isExecutable(executable)) return world;
  const { sha256 } = entry;
  return {
    ...world,
    look: (path) =>
      path === executable
        ? { kind: "file", sha256, mode: 0o755, uid: 0, gid: 0 }
        : world.look(path),
  };
}

function isExecutable(path: string): boolean {
  return isAccessible(path, constants.X_OK);
}

function isReadable(path: string): boolean {
  return isAccessible(path, constants.R_OK);
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
