// Installations on hosts with a tsv package: the files belong to the package, and the package manager removes them.

import { PACKAGED_EXECUTABLE } from "../../core/upgrade/dry-run.ts";
import { type DetectedInit, INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import { type InstallFacts, initOf } from "./install-facts.ts";
import type { Manifest } from "./manifest.ts";
import { removalCommands } from "./package-files.ts";
import type { InstallRequest } from "./plan-input.ts";

/**
 * The manifest that an installation would have written if a package has installed everything; null without a package.
 * @param server of the package's configuration
 */
export function packagedRecord(
  request: Pick<InstallRequest, "name" | "root" | "group">,
  facts: InstallFacts,
  server: string | null,
): Manifest | null {
  const { mark, layout } = facts;
  const found = request.root === "/" ? initOf(facts, request.root) : null;
  if (mark === null || found?.ok !== true) return null;
  const { init } = asPackaged(found.value, facts) ?? found.value;
  return {
    name: request.name,
    scope: "system",
    init: bringsService(facts, init) ? init : null,
    start: [],
    config: layout.config,
    server,
    executable: PACKAGED_EXECUTABLE,
    group: request.group,
    isPackaged: true,
    lingered: null,
    entries: [],
    giveBack: [],
  };
}

type Request = Pick<InstallRequest, "name" | "root">;

/** Whether tsv was installed by a package, without an earlier installation by tsv install. */
function isOfPackage({ mark, previous }: Pick<InstallFacts, "mark" | "previous">): boolean {
  return mark !== null && (previous === null || previous.isPackaged);
}

/** Whether that package contains a service for this init system, too. */
function bringsService(facts: InstallFacts, init: InitName): boolean {
  const script = INIT_SYSTEMS[init].packaged?.script("tsv");
  return isOfPackage(facts) && script !== undefined && facts.mark?.paths.includes(script) === true;
}

/**
 * Whether the service belongs to a package.
 * @param init null without --boot: the package's service exists nevertheless, and its scripts use the manifest
 */
export function isPackagedService(facts: InstallFacts, init: InitName | null): boolean {
  return init === null ? isOfPackage(facts) : bringsService(facts, init);
}

/** If the package's service is an init script, it is controlled as such, even if another init system runs it. */
export function asPackaged(
  detected: DetectedInit | null,
  facts: InstallFacts,
): DetectedInit | null {
  if (detected === null || !INIT_SYSTEMS[detected.init].runsSysvScripts) return detected;
  if (!bringsService(facts, "sysv")) return detected;
  return { init: "sysv", because: `${detected.because}, which runs the package's init script` };
}

/** Why this installation would conflict with a package; null if it would not. */
export function whyPackaged(request: Request, facts: InstallFacts, running: string): string | null {
  const { mark, previous, world } = facts;
  if (mark === null || request.root !== "/") return null;
  const isOwn = previous !== null && !previous.isPackaged;
  if (isOwn && previous.executable !== PACKAGED_EXECUTABLE && running === PACKAGED_EXECUTABLE) {
    return (
      `tsv was installed with tsv install before the package, with ${previous.executable}. To switch to the package ` +
      `(this restarts its programs):\n\n  sudo ${running} uninstall\n  sudo ${running} install --boot`
    );
  }
  if (!isOwn && running !== PACKAGED_EXECUTABLE) {
    return (
      `the package tsv is installed, but this is another executable, ${running}. Use ${PACKAGED_EXECUTABLE}, remove the ` +
      "package, or use another --name for a second installation"
    );
  }
  const unit = world.look("/etc/systemd/system/tsv.service");
  return !isOwn && unit.kind === "link" && unit.target === "/dev/null"
    ? "tsv.service is masked, so it cannot be started; to unmask it, run: systemctl unmask tsv"
    : null;
}

/** Options that the service of a package does not support. */
export function packagedRemarks(
  { waitOnline }: Pick<InstallRequest, "waitOnline">,
  init: InitName | null,
): readonly string[] {
  return waitOnline && init !== null && INIT_SYSTEMS[init].packaged?.canWaitOnline !== true
    ? ["the package's init script always starts after the network; --wait-online has no effect"]
    : [];
}

/** The message of `tsv uninstall` if only a package is installed. */
export function removeThePackage({ mark }: InstallFacts): string | null {
  if (mark === null) return null;
  const rows = removalCommands(mark).map(([command, what]) => `  ${command.padEnd(21)} # ${what}`);
  return `tsv was not installed by tsv install, but by the package tsv. To remove it:\n\n${rows.join("\n")}`;
}
