// Facts about the host or image of an installation: its init system, its paths, installed files.

import type { Result } from "../../core/base/result.ts";
import type { InitEvidence } from "../services/init-system.ts";
import { type DetectedInit, detectImageInit, detectInit } from "../services/registry.ts";
import type { Layout } from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import type { PackageMark } from "./package-files.ts";
import type { InstallWorld, Owner } from "./steps.ts";

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
