// The host or image that an installation is about: what runs it, where things lie, what is installed already.

import { userInfo } from "node:os";
import type { Result } from "../../core/base/result.ts";
import { detectImageInit } from "../plan/image-init.ts";
import { type DetectedInit, detectInit, type InitEvidence } from "../plan/init-system.ts";
import { type Layout, layoutFor } from "../plan/layout.ts";
import { type Manifest, readManifest } from "../plan/manifest.ts";
import { PACKAGE_MARK, type PackageMark, readMark } from "../plan/package-mark.ts";
import type { Owner } from "../plan/steps.ts";
import type { InstallWorld } from "../plan/world.ts";
import { pathInRoot } from "./image-path.ts";
import {
  createInstallWorld,
  gatherEvidence,
  isDirectory,
  isTrusted,
  otherManifests,
} from "./world.ts";

/** Which installation it is about. */
export interface SiteRequest {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly root: string;
}

export interface Site {
  readonly world: InstallWorld;
  readonly layout: Layout;
  readonly evidence: InitEvidence;
  /** Who owns files of a user's own installation. */
  readonly self: Owner;
  readonly previous: Manifest | null;
  readonly others: readonly Manifest[];
  /** What a package has brought, if this installation is the one of its name; null: none has. */
  readonly mark: PackageMark | null;
  /** There is no such root, or a record that cannot be read; then nothing may be done. */
  readonly problem: string | null;
}

/** Looks at the site. */
export function lookAtSite({ name, scope, root }: SiteRequest): Site {
  const world = createInstallWorld(root);
  const exists = (path: string): boolean => world.look(path).kind !== "missing";
  const mark = name === "tsv" && scope === "system" ? markIn(world) : null;
  const layout = layoutFor({
    platform: process.platform === "darwin" && root === "/" ? "darwin" : "linux",
    scope,
    name,
    home: process.env["HOME"] ?? userInfo().homedir,
    runtimeDirectory: process.env["XDG_RUNTIME_DIR"] ?? null,
    hasSysconfig:
      mark?.ok === true
        ? mark.value.kind === "rpm"
        : exists("/etc/sysconfig") && !exists("/etc/default"),
  });
  const previous = manifestAt(layout.manifest, root, world);
  const others = Array.from(otherManifests(root, layout.manifest)).flatMap(([path, text]) => {
    const other = readManifest(text, path);
    return other.ok && other.value.scope === scope ? [other.value] : [];
  });
  const { uid, gid } = userInfo();
  const [user = "", group = ""] = world.ownerName(uid, gid).split(":");
  return {
    world,
    layout,
    evidence: gatherEvidence(),
    self: { user, group },
    previous: previous?.ok === true ? previous.value : null,
    others,
    mark: mark?.ok === true ? mark.value : null,
    problem: isDirectory(root)
      ? ([previous, mark].find((each) => each?.ok === false)?.error ?? null)
      : `${root} is not a directory: --root is where the image lies`,
  };
}

function markIn(world: InstallWorld): Result<PackageMark, string> | null {
  const text = world.read(PACKAGE_MARK);
  return text === null ? null : readMark(text);
}

function manifestAt(
  path: string,
  root: string,
  world: InstallWorld,
): Result<Manifest, string> | null {
  const found = world.look(path);
  if (found.kind === "missing") return null;
  if (!isTrusted(pathInRoot(root, path))) {
    const error = `${path} or its directory can be written by others than root: it is not believed, look who did that`;
    return { ok: false, error };
  }
  const text = found.kind === "file" ? world.read(path) : null;
  return text === null
    ? { ok: false, error: `${path} cannot be read: it should be the record of an installation` }
    : readManifest(text, path);
}

/** What boots the site. */
export function initOf({ world, evidence }: Site, root: string): Result<DetectedInit, string> {
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
