// The input of a plan, for a host in memory.

import { defaultConfig } from "../../src/install/plan/default-files.ts";
import { layoutFor } from "../../src/install/plan/layout.ts";
import type { Manifest } from "../../src/install/plan/manifest.ts";
import { readManifest } from "../../src/install/plan/manifest.ts";
import { type InstallPlan, planInstall } from "../../src/install/plan/plan.ts";
import type { PlanInput } from "../../src/install/plan/plan-input.ts";
import type { Plan } from "../../src/install/plan/steps.ts";
import { planUninstall } from "../../src/install/plan/uninstall.ts";
import type { ServiceFiles } from "../../src/install/services/init-system.ts";
import type { MemoryHost } from "./install-host.ts";
import { sha256 } from "./install-world.ts";

export const EXECUTABLE = "the executable";

export const LAYOUT = layoutFor({
  platform: "linux",
  scope: "system",
  name: "tsv",
  home: "/root",
  runtimeDirectory: null,
  hasSysconfig: false,
});

/** A service of an init system that exists in memory only. */
export const SERVICE: ServiceFiles = {
  directories: ["/etc/init/wants"],
  files: [{ path: "/etc/init/tsv.service", text: "the unit\n", mode: 0o644, what: "unit" }],
  links: [{ path: "/etc/init/wants/tsv.service", target: "/etc/init/tsv.service" }],
  enable: [{ argv: ["on", "enabled"], undo: ["off", "enabled"], what: "enable", mayFail: false }],
  start: { argv: ["on", "running"], undo: ["off", "running"], what: "start", mayFail: false },
  stop: { argv: ["off", "running"], undo: ["on", "running"], what: "stop", mayFail: false },
  forget: [{ argv: ["reload"], undo: null, what: "reload", mayFail: false }],
  isRunning: { argv: ["is", "running"] },
  isEnabled: { argv: ["is", "enabled"] },
  showOutput: [],
  mainFile: "/etc/init/tsv.service",
  byHand: { start: ["on", "running"], restart: [], enable: [], disable: [] },
  leftovers: { texts: [], pids: [] },
};

/** A host like Debian, with nothing of tsv's. */
export const DEBIAN = ["/etc/default", "/etc/init", "/usr/local/bin", "/var/lib", "/var/log"];

/** What `tsv install --boot` asks of the planner. */
export function planInput(host: MemoryHost, changes: Partial<PlanInput> = {}): PlanInput {
  const previous = manifestOf(host);
  return {
    request: {
      boot: true,
      scope: "system",
      init: null,
      config: null,
      name: "tsv",
      group: "tsv",
      root: "/",
      takeOver: false,
      force: false,
      waitOnline: false,
    },
    layout: LAYOUT,
    world: host.world,
    self: { user: "root", group: "root" },
    executable: {
      from: "/tmp/tsv",
      path: LAYOUT.executable,
      sha256: sha256(EXECUTABLE),
    },
    service: {
      init: "systemd",
      description: {
        name: "tsv",
        scope: "system",
        executable: LAYOUT.executable,
        config: LAYOUT.config,
        layout: LAYOUT,
        stopTimeoutSeconds: 90,
        openFiles: 1024,
        group: "tsv",
        waitOnline: false,
        isPackaged: false,
        facts: {
          isImage: false,
          registration: null,
          isRegistered: false,
          scanDirectories: [],
          user: { uid: 0, home: "/root" },
          lingered: false,
        },
      },
      files: SERVICE,
    },
    config: {
      path: LAYOUT.config,
      server: `unix://${LAYOUT.socket}`,
      answers: host.switches.has("running"),
    },
    defaults: {
      config: defaultConfig(LAYOUT, { name: "tsv", group: "tsv", scope: "system" }),
      environment: "# environment\n",
    },
    takeOver: null,
    previous,
    others: [],
    ...changes,
  };
}

/** The record that an installation left on the host. */
export function manifestOf(host: MemoryHost): Manifest | null {
  const text = host.world.read(LAYOUT.manifest);
  if (text === null) return null;
  const manifest = readManifest(text, LAYOUT.manifest);
  if (!manifest.ok) throw new Error(manifest.error);
  return manifest.value;
}

export function planFor(host: MemoryHost, changes: Partial<PlanInput> = {}): InstallPlan {
  return planInstall(planInput(host, changes));
}

/** What `tsv uninstall` asks of the planner. */
export function removalFor(
  host: MemoryHost,
  options: { purge?: boolean; force?: boolean },
  others: readonly Manifest[] = [],
): Plan {
  const manifest = manifestOf(host);
  if (manifest === null) throw new Error("nothing is installed");
  const { purge = false, force = false } = options;
  return planUninstall({
    request: { name: "tsv", scope: "system", root: "/", purge, force },
    manifest,
    manifestPath: LAYOUT.manifest,
    world: host.world,
    service: SERVICE,
    purged: [LAYOUT.configDirectory, LAYOUT.logDirectory, LAYOUT.stateDirectory],
    runtime: { directory: LAYOUT.runDirectory, files: [], texts: ["/run/tsv.err"] },
    others,
  });
}
