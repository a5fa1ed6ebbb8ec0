// Installations on hosts with the package of tsv: its files belong to it, and the package manager removes them. tsv recognizes
// that it was installed by a package by the mark, a list of these files.

import { err, ok, type Result } from "../../core/base/result.ts";
import { PACKAGED_EXECUTABLE } from "../../core/upgrade/dry-run.ts";
import { type DetectedInit, INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import type { Manifest } from "./manifest.ts";
import {
  type InstallFacts,
  type InstallRequest,
  initOf,
  type PackageMark,
  type PlanInput,
} from "./plan-input.ts";

/** The path of the mark. */
export const PACKAGE_MARK = "/usr/share/tsv/package.json";

const FORMAT = 1;

/** The file's text. */
export function markText({ kind, paths }: PackageMark): string {
  return `${JSON.stringify({ format: FORMAT, kind, paths }, null, 2)}\n`;
}

/** Reads a mark. The error is a sentence for users. */
export function readMark(text: string): Result<PackageMark, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (isMark(value)) return ok({ kind: value.kind, paths: value.paths });
  } catch {
    // Reported below.
  }
  return err(`${PACKAGE_MARK} differs from that of the package tsv: reinstall the package`);
}

function isMark(value: unknown): value is PackageMark {
  if (typeof value !== "object" || value === null) return false;
  const { format, kind, paths } = value as Record<string, unknown>;
  return (
    format === FORMAT &&
    (kind === "deb" || kind === "rpm") &&
    Array.isArray(paths) &&
    paths.every((path) => typeof path === "string")
  );
}

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
    reactivate: [],
  };
}

/** The init system that runs the service now, also without `--boot`; null if there is none. */
export function serviceThere({ request, facts, isPackaged }: PlanInput): InitName | null {
  const packaged = isPackaged ? packagedRecord(request, facts, null) : null;
  return facts.previous?.init ?? packaged?.init ?? null;
}

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
export function whyPackaged(
  { root }: Pick<InstallRequest, "root">,
  { mark, previous, world }: InstallFacts,
  running: string,
): string | null {
  if (mark === null || root !== "/") return null;
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
export function removeThePackage({ mark }: Pick<InstallFacts, "mark">): string | null {
  if (mark === null) return null;
  const commands =
    mark.kind === "deb"
      ? "  sudo apt remove tsv   # keeps the configuration and logs\n  sudo apt purge tsv    # removes them, too"
      : "  sudo dnf remove tsv   # keeps edited files and logs";
  return `tsv was not installed by tsv install, but by the package tsv. To remove it:\n\n${commands}`;
}
