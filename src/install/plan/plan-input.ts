// The input of planning: the requests to `tsv install` and `tsv uninstall`, and an installation with what exists of it.

import type { Result } from "../../core/base/result.ts";
import type {
  InitEvidence,
  ServiceCommand,
  ServiceDescription,
  ServiceFiles,
} from "../services/init-system.ts";
import {
  type DetectedInit,
  detectImageInit,
  detectInit,
  type InitName,
} from "../services/registry.ts";
import type { Document } from "./default-files.ts";
import type { Layout } from "./layout.ts";
import type { Manifest } from "./manifest.ts";

import type { InstallWorld, Owner } from "./steps.ts";
import type { TakeOverPlan } from "./take-over.ts";

export interface InstallRequest {
  /** Start at boot; without it, only files, directories and the group are created. */
  readonly boot: boolean;
  /** For the calling user only, without root. */
  readonly scope: "system" | "user";
  /** null: detect it. */
  readonly init: InitName | null;
  /** Configuration to run; null: that of tsv, created if it is missing. */
  readonly config: string | null;
  /** Name of the service; another name than "tsv" is a second installation. Letters, digits, `-`, `_`. */
  readonly name: string;
  /** Group whose members may use ctl. */
  readonly group: string;
  /** Root of an image; "/" is this host. In an image, no command is run. */
  readonly root: string;
  /** Replace the installed Supervisor: same configuration, same socket. */
  readonly takeOver: boolean;
  /** Replace edited files. */
  readonly force: boolean;
  /** Wait for the network at boot. */
  readonly waitOnline: boolean;
}

export interface UninstallRequest {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly root: string;
  /** Also remove configuration, logs and state. */
  readonly purge: boolean;
  readonly force: boolean;
}

/** The options of `tsv install` and `tsv uninstall` that identify an installation. */
export function whichOne({
  name,
  scope,
  root,
}: Pick<InstallRequest, "name" | "scope" | "root">): readonly string[] {
  return [
    ...(scope === "user" ? ["--user"] : []),
    ...(name === "tsv" ? [] : ["--name", name]),
    ...(root === "/" ? [] : ["--root", root]),
  ];
}

/** A service and its files, for one init system. */
export interface ServicePlan {
  readonly init: InitName;
  readonly description: ServiceDescription;
  readonly files: ServiceFiles;
}

export interface PlanInput {
  readonly request: InstallRequest;
  readonly layout: Layout;
  readonly world: InstallWorld;
  /** The owner of files of a user's installation. */
  readonly self: Owner;
  /** The running executable, and its path in the service. */
  readonly executable: { readonly from: string; readonly path: string; readonly sha256: string };
  /** null without `--boot`. */
  readonly service: ServicePlan | null;
  /** The configuration of the daemon, its control server, and whether that answers now. */
  readonly config: {
    readonly path: string;
    readonly server: string | null;
    readonly answers: boolean;
  };
  /** Texts of files that are created if they are missing; null: not needed. */
  readonly defaults: { readonly config: string | null; readonly environment: string | null };
  /** The manual and completions; undefined: what an earlier installation put there stays. */
  readonly documents?: readonly Document[];
  readonly takeOver: TakeOverPlan | null;
  /** Keeps a configuration that belongs to the package of Supervisor; undefined: nothing to keep. */
  readonly keepConfig?: ServiceCommand;
  /** Whether the service is from a package; undefined: according to the manifest. */
  readonly isPackaged?: boolean;
  /** The init system that runs the package's service, without `--boot`. */
  readonly packagedInit?: InitName | null;
  /** The present configuration of the service; undefined: the requested one. */
  readonly runsWith?: string;
  readonly previous: Manifest | null;
  /** Installations of other names. */
  readonly others: readonly Manifest[];
}

/** The init system that runs it; null if there is none. */
export function serviceThere({ previous, packagedInit = null }: PlanInput): InitName | null {
  return previous?.init ?? packagedInit;
}

/** Whether only a user or a container starts the daemon. */
export function isByHand(input: PlanInput): boolean {
  return input.service === null && serviceThere(input) === null;
}

/** Why the requested configuration requires `--boot`: the manifest contains the configuration of the service. */
export function otherThanTheService(input: PlanInput): string | null {
  const { request, service, config, runsWith = config.path } = input;
  if (service !== null || serviceThere(input) === null || runsWith === config.path) return null;
  return `the service ${request.name} runs with ${runsWith}; use --boot to run it with ${config.path} instead`;
}

/** It runs correctly, has to be started, or runs with another configuration than requested. */
export type Run =
  | { readonly kind: "runs" }
  | { readonly kind: "start" }
  | { readonly kind: "restart"; readonly config: string };

interface RunInput {
  readonly world: InstallWorld;
  /** The requested configuration. */
  readonly config: { readonly path: string };
  /** The present configuration of the service; undefined: the requested one. */
  readonly runsWith?: string;
}

/** The action. */
export function runOf({ world, config, runsWith }: RunInput, { isRunning }: ServiceFiles): Run {
  if (!world.ask(isRunning.argv)) return { kind: "start" };
  return runsWith === undefined || runsWith === config.path
    ? { kind: "runs" }
    : { kind: "restart", config: runsWith };
}

// Facts about the host or image of an installation: its init system, its paths, installed files.

/** What the mark of an installed package of tsv says. */
export interface PackageMark {
  readonly kind: "deb" | "rpm";
  /** Files and directories of the package that an installation could consider its own. */
  readonly paths: readonly string[];
}

export interface InstallFacts {
  readonly world: InstallWorld;
  readonly layout: Layout;
  readonly evidence: InitEvidence;
  /** The owner of files of a user's installation. */
  readonly self: Owner;
  readonly previous: Manifest | null;
  readonly others: readonly Manifest[];
  /** The paths of the package, if this installation has the same name; null without a package. */
  readonly mark: PackageMark | null;
  /** A missing root or an unreadable manifest, which prevents an installation. */
  readonly problem: string | null;
}

/** The init system of the host or image. */
export function initOf(
  { world, evidence }: InstallFacts,
  root: string,
): Result<DetectedInit, string> {
  if (root === "/") return detectInit(evidence);
  const systemd = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];
  const has = (path: string): boolean => world.look(path).kind !== "missing";
  return detectImageInit({
    init: world.look("/sbin/init"),
    hasSystemd: systemd.some(has),
    hasOpenrc: has("/sbin/openrc-run") && has("/etc/runlevels/default"),
    inittab: world.read("/etc/inittab"),
  });
}
