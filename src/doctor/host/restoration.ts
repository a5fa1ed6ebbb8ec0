// Plans how `tsv install` would restore its own service now, without starting it.

import { accessSync, constants } from "node:fs";
import { describeService } from "../../install/host/installed-service.ts";
import { runningExecutable } from "../../install/host/processes.ts";
import { readRequirements } from "../../install/host/read-requirements.ts";
import { hashFile } from "../../install/host/safe-files.ts";
import { defaultConfig, defaultEnvironment } from "../../install/plan/default-files.ts";
import { lastingExecutable } from "../../install/plan/layout.ts";
import type { Manifest } from "../../install/plan/manifest.ts";
import { planInstall } from "../../install/plan/plan.ts";
import type { InstallFacts, InstallRequest } from "../../install/plan/plan-input.ts";
import type { InstallWorld } from "../../install/plan/steps.ts";
import type { ServiceRestoration } from "../facts/situation.ts";
import type { KnownService } from "./asked-state.ts";

/** Default requirements of the service, if its configuration cannot be read. */
const LEAST = { stopTimeoutSeconds: 90, openFiles: 1024, server: null };

/**
 * Plans it for a service of `tsv install` if the init system is still that of its manifest.
 * @param text current text of the unit or script
 */
export function planRestoration(
  { facts, scope, plan }: KnownService,
  text: string | null,
): ServiceRestoration | null {
  const { previous } = facts;
  if (previous === null || previous.init !== plan.init || facts.problem !== null) return null;
  if (scope === "system" && process.geteuid?.() !== 0) return null;
  const executable = executableFor(previous, facts);
  const config = isReadable(previous.config) ? previous.config : facts.layout.config;
  const request = requestOf(previous, config, text);
  const read = readRequirements(request, facts, config);
  const requirements =
    read.ok && read.value.server !== null ? read.value : { ...LEAST, ...valuesIn(text) };
  const service = describeService(plan.init, {
    request,
    facts,
    requirements: {
      config,
      stopTimeoutSeconds: requirements.stopTimeoutSeconds,
      openFiles: requirements.openFiles,
    },
    executable: executable.path,
    isRepair: true,
  });
  if (!service.ok) return null;
  const { steps, reasons } = planInstall({
    request,
    layout: facts.layout,
    world: lazyWorld(facts, previous),
    self: facts.self,
    executable,
    service: service.value,
    config: { path: config, server: previous.server, answers: true },
    defaults: {
      config: config === facts.layout.config ? defaultConfig(facts.layout, request) : null,
      environment: defaultEnvironment(request.name),
    },
    takeOver: null,
    previous,
    others: facts.others,
  });
  const start = service.value.files.start.argv;
  const isStart = ({ step }: (typeof steps)[number]): boolean =>
    step.kind === "answer" ||
    step.kind === "appears" ||
    (step.kind === "command" && step.argv === start);
  return {
    steps: steps.filter((step) => !isStart(step)),
    pathProblems: reasons,
    executable: executable.path,
    config,
  };
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
    // It is not in the manifest, but in the file.
    waitOnline: /^(?:Wants=network-online\.target|\s*need net|# Required-Start:.*\$network)/m.test(
      text ?? "",
    ),
  };
}

/** The value in the present file, if the configuration cannot be read. */
function valuesIn(text: string | null): { stopTimeoutSeconds?: number; openFiles?: number } {
  const stop = /^(?:TimeoutStopSec|stop_seconds)=(\d+)$/m.exec(text ?? "")?.[1];
  const files = /^LimitNOFILE=(\d+):\d+$/m.exec(text ?? "")?.[1];
  return {
    ...(stop === undefined ? {} : { stopTimeoutSeconds: Number(stop) }),
    ...(files === undefined ? {} : { openFiles: Number(files) }),
  };
}

/** The installed executable if it exists, otherwise the running one, or a copy of it. */
function executableFor(
  { executable, entries }: Manifest,
  { layout }: InstallFacts,
): { readonly from: string; readonly path: string; readonly sha256: string } {
  const entry = entries.find((one) => one.kind === "file" && one.path === executable);
  const sha256 = entry?.kind === "file" ? entry.sha256 : "";
  if (isExecutable(executable)) return { from: executable, path: executable, sha256 };
  const running = runningExecutable();
  const path = lastingExecutable(running, layout.executable, process.env["HOME"] ?? null);
  return { from: running, path, sha256: hashFile(running) };
}

/** An executable has a hundred megabytes: the manifest is trusted instead of hashing the file. */
function lazyWorld({ world }: InstallFacts, { entries, executable }: Manifest): InstallWorld {
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
