// Plans how `tsv install` would restore its own service now, without starting it.

import { accessSync, constants } from "node:fs";
import { describeService } from "../../install/host/installed-service.ts";
import { runningExecutable } from "../../install/host/processes.ts";
import { readRequirements } from "../../install/host/read-requirements.ts";
import { hashFile, quietly } from "../../install/host/safe-files.ts";
import { lastingExecutable } from "../../install/plan/layout.ts";
import type { Manifest } from "../../install/plan/manifest.ts";
import { planInstall } from "../../install/plan/plan.ts";
import type { InstallFacts, InstallRequest } from "../../install/plan/plan-input.ts";
import type { InstallWorld, PlannedStep } from "../../install/plan/steps.ts";
import type { ServiceRestoration } from "../facts/doctor-facts.ts";
import type { KnownService } from "./asked-state.ts";

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
  const config = isAccessible(previous.config, constants.R_OK)
    ? previous.config
    : facts.layout.config;
  const request = requestOf(previous, config, text ?? "");
  const read = readRequirements(request, facts, config);
  const { stopTimeoutSeconds, openFiles } =
    read.ok && read.value.server !== null ? read.value : presentRequirements(text ?? "");
  const service = describeService(plan.init, {
    request,
    facts,
    requirements: { config, stopTimeoutSeconds, openFiles },
    executable: executable.path,
    isPackaged: previous.isPackaged,
    isRepair: true,
  });
  if (!service.ok) return null;
  const { steps, reasons } = planInstall({
    request,
    facts: { ...facts, world: lazyWorld(facts, previous) },
    executable,
    service: service.value,
    isPackaged: previous.isPackaged,
    config: { path: config, server: previous.server, answers: true },
    takeOver: null,
  });
  const start = service.value.files.start.argv;
  const isStart = ({ step }: PlannedStep): boolean =>
    step.kind === "answer" ||
    step.kind === "appears" ||
    (step.kind === "command" && step.argv === start);
  return {
    steps: steps.filter((step) => !isStart(step)),
    pathProblems: reasons,
    config,
  };
}

function requestOf({ name, scope, group }: Manifest, config: string, text: string): InstallRequest {
  // It is not in the manifest, but in the file.
  const waitOnline =
    /^(?:Wants=network-online\.target|\s*need net|# Required-Start:.*\$network)/m.test(text);
  const own = { name, scope, group, config, waitOnline };
  return { ...own, boot: true, init: null, root: "/", takeOver: false, force: false };
}

/** The values in the present file, if the configuration cannot be read. */
function presentRequirements(text: string) {
  const stop = /^(?:TimeoutStopSec|stop_seconds)=(\d+)$/m.exec(text)?.[1];
  const files = /^LimitNOFILE=(\d+):\d+$/m.exec(text)?.[1];
  return { stopTimeoutSeconds: Number(stop ?? 90), openFiles: Number(files ?? 1024) };
}

/** The installed executable if it exists, otherwise the running one, or a copy of it. */
function executableFor(
  manifest: Manifest,
  { layout }: InstallFacts,
): { readonly from: string; readonly path: string; readonly sha256: string } {
  const { executable } = manifest;
  if (isAccessible(executable, constants.X_OK)) {
    return { from: executable, path: executable, sha256: recordedHash(manifest) ?? "" };
  }
  const running = runningExecutable();
  const path = lastingExecutable(running, layout.executable, process.env["HOME"] ?? null);
  return { from: running, path, sha256: hashFile(running) };
}

/** An executable has a hundred megabytes: the manifest is trusted instead of hashing the file. */
function lazyWorld({ world }: InstallFacts, manifest: Manifest): InstallWorld {
  const { executable } = manifest;
  const sha256 = recordedHash(manifest);
  if (sha256 === null || !isAccessible(executable, constants.X_OK)) return world;
  const found = { kind: "file", sha256, mode: 0o755, uid: 0, gid: 0 } as const;
  return { ...world, look: (path) => (path === executable ? found : world.look(path)) };
}

function recordedHash({ executable, entries }: Manifest): string | null {
  const entry = entries.find((one) => one.kind === "file" && one.path === executable);
  return entry?.kind === "file" ? entry.sha256 : null;
}

function isAccessible(path: string, mode: number): boolean {
  return quietly(() => accessSync(path, mode)) === undefined;
}
