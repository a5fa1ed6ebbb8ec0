// The input of planning: the requests to `tsv install` and `tsv uninstall`, the facts about the host or image, and an
// installation on it.

import type { Result } from "../../core/base/result.ts";
import type { InitEvidence, ServiceDescription, ServiceFiles } from "../services/init-system.ts";
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

export interface UninstallRequest
  extends Pick<InstallRequest, "name" | "scope" | "root" | "force"> {
  /** Also remove configuration, logs and state. */
  readonly purge: boolean;
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

/** What the mark of an installed package of tsv says. */
export interface PackageMark {
  readonly kind: "deb" | "rpm";
  /** Files and directories of the package that an installation could consider its own. */
  readonly paths: readonly string[];
}

/** Facts about the host or image of an installation. */
export interface InstallFacts {
  readonly world: InstallWorld;
  readonly layout: Layout;
  readonly evidence: InitEvidence;
  /** The owner of files of a user's installation. */
  readonly self: Owner;
  readonly previous: Manifest | null;
  /** Installations of other names. */
  readonly others: readonly Manifest[];
  /** The paths of the package, if this installation has the same name; null without a package. */
  readonly mark: PackageMark | null;
  /** A missing root or an unreadable manifest, which prevents an installation. */
  readonly problem: string | null;
}

/** A service and its files, for one init system. */
export interface ServicePlan {
  readonly init: InitName;
  readonly description: ServiceDescription;
  readonly files: ServiceFiles;
}

export interface PlanInput {
  readonly request: InstallRequest;
  readonly facts: InstallFacts;
  /** The running executable, and its path in the service. */
  readonly executable: { readonly from: string; readonly path: string; readonly sha256: string };
  /** null without `--boot`. */
  readonly service: ServicePlan | null;
  /** Whether the service is from a package. */
  readonly isPackaged: boolean;
  /** The configuration of the daemon, its control server, and whether that answers now. */
  readonly config: {
    readonly path: string;
    readonly server: string | null;
    readonly answers: boolean;
  };
  /** The manual and completions; undefined: what an earlier installation put there stays. */
  readonly documents?: readonly Document[];
  readonly takeOver: TakeOverPlan | null;
}

/** Whether it is a service of this host, for the system. */
export function isLive({ request, service }: Pick<PlanInput, "request" | "service">): boolean {
  return service !== null && request.root === "/" && request.scope === "system";
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
