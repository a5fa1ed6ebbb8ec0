// Collects facts about the host or image of an installation.

import type { Result } from "../../core/base/result.ts";
import { ownAccount, ownHome } from "../../host/system/identity.ts";
import type { InstallFacts } from "../plan/install-facts.ts";
import { layoutFor } from "../plan/layout.ts";
import { type Manifest, readManifest } from "../plan/manifest.ts";
import { PACKAGE_MARK, type PackageMark, readMark } from "../plan/package-mark.ts";
import type { InstallWorld } from "../plan/world.ts";
import { pathInRoot } from "./image-path.ts";
import {
  createInstallWorld,
  gatherEvidence,
  isDirectory,
  isTrusted,
  otherManifests,
} from "./world.ts";

/** Identifies the installation. */
interface FactsRequest {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly root: string;
}

/** Collects the facts. */
export function gatherFacts({ name, scope, root }: FactsRequest): InstallFacts {
  const world = createInstallWorld(root);
  const exists = (path: string): boolean => world.look(path).kind !== "missing";
  const mark = name === "tsv" && scope === "system" ? markIn(world) : null;
  const layout = layoutFor({
    platform: process.platform === "darwin" && root === "/" ? "darwin" : "linux",
    scope,
    name,
    home: ownHome(),
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
  const { uid, gid } = ownAccount();
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
      : `${root} is not a directory: --root has to be the root directory of the image`,
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
    const error = `refusing to trust ${path}: it or its directory is writable by users other than root`;
    return { ok: false, error };
  }
  const text = found.kind === "file" ? world.read(path) : null;
  return text === null
    ? { ok: false, error: `cannot read the manifest ${path}` }
    : readManifest(text, path);
}
