// Plans of installations and removals for a host in memory, the facts that they are made from, and their execution there.

import assert from "node:assert/strict";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import { layoutFor } from "../../src/install/plan/layout.ts";
import { type Manifest, readManifest } from "../../src/install/plan/manifest.ts";
import { type InstallPlan, planInstall } from "../../src/install/plan/plan.ts";
import type { InstallFacts, PackageMark, PlanInput } from "../../src/install/plan/plan-input.ts";
import type { Plan, PlannedStep, Undo } from "../../src/install/plan/steps.ts";
import { planUninstall } from "../../src/install/plan/uninstall.ts";
import type { ServiceFiles } from "../../src/install/services/init-system.ts";
import {
  type Discard,
  type InstallJournal,
  runTransaction,
  type TransactionDeps,
  type Unfinished,
} from "../../src/install/transaction.ts";
import { type MemoryHost, type MemoryWorld, sha256 } from "./install-host.ts";

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
  isRunning: ["is", "running"],
  isEnabled: ["is", "enabled"],
  showOutput: [],
  mainFile: "/etc/init/tsv.service",
  byHand: { start: ["on", "running"], restart: [], enable: [], disable: [] },
  leftovers: { texts: ["/run/tsv.err"], pids: [] },
};

/** A host like Debian, with nothing of tsv's. */
export const DEBIAN = ["/etc/default", "/etc/init", "/usr/local/bin", "/var/lib", "/var/log"];

/** What `tsv install --boot` asks of the planner. */
export function planInput(host: MemoryHost, changes: Partial<PlanInput> = {}): PlanInput {
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
    facts: factsOf(host, { previous: manifestOf(host) }),
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
    isPackaged: false,
    takeOver: null,
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
    facts: factsOf(host, { others }),
    installed: SERVICE,
    repaired: null,
  });
}

/** A host that systemd boots, with nothing of tsv's. */
export function factsOf(world: MemoryWorld, changes: Partial<InstallFacts> = {}): InstallFacts {
  return {
    world: world.world,
    layout: LAYOUT,
    evidence: {
      platform: "linux",
      firstProcess: "systemd",
      hasRunSystemd: true,
      hasOpenrcLevel: false,
      hasInittab: false,
      container: null,
    },
    self: { user: "root", group: "root" },
    previous: null,
    others: [],
    mark: null,
    problem: null,
    ...changes,
  };
}

/** A Debian package that brought tsv with its unit. */
export const PACKAGE: PackageMark = {
  kind: "deb",
  paths: ["/usr/bin/tsv", "/usr/lib/systemd/system/tsv.service"],
};

/** The record of an earlier installation. */
export function manifestWith(changes: Partial<Manifest>): Manifest {
  return {
    name: "tsv",
    scope: "system",
    init: "systemd",
    start: ["systemctl", "start", "tsv.service"],
    config: LAYOUT.config,
    server: null,
    executable: LAYOUT.executable,
    group: "tsv",
    isPackaged: false,
    lingered: null,
    entries: [],
    reactivate: [],
    ...changes,
  };
}

/** A journal in memory; `crashed` is what an installer that is killed now would leave. */
export class MemoryJournal implements InstallJournal {
  crashed: Unfinished | null = null;
  failAt: number | null = null;
  #records = 0;

  unfinished(): Result<Unfinished | null, string> {
    return ok(this.crashed);
  }

  record(undos: readonly Undo[]): Result<true, string> {
    if (this.#records++ === this.failAt) return err("the journal is full");
    this.crashed = { undos: [...(this.crashed?.undos ?? []), ...undos], discards: null };
    return ok(true);
  }

  commit(discards: readonly Discard[]): Result<true, string> {
    this.crashed = { undos: [], discards };
    return ok(true);
  }

  close(): void {
    this.crashed = null;
  }
}

/** Nobody interrupts, and nobody is told. */
export function transactionOn(host: MemoryHost): TransactionDeps {
  return {
    host,
    journal: new MemoryJournal(),
    interruption: new AbortController().signal,
    report: { began() {}, did() {}, skipped() {}, undid() {} },
  };
}

export async function perform(host: MemoryHost, steps: readonly PlannedStep[]): Promise<void> {
  const outcome = await runTransaction(steps, transactionOn(host));
  assert.ok(outcome.ok);
}

/** What `tsv install --boot` does. @returns what it did */
export async function install(
  host: MemoryHost,
  changes: Partial<PlanInput> = {},
): Promise<InstallPlan> {
  const plan = planFor(host, changes);
  await perform(host, plan.steps);
  return plan;
}

/** What `tsv uninstall` does. */
export async function uninstall(
  host: MemoryHost,
  options: Parameters<typeof removalFor>[1] = {},
  others: Parameters<typeof removalFor>[2] = [],
): Promise<void> {
  await perform(host, removalFor(host, options, others).steps);
}
