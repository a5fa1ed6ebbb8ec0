// Files that installations of several names use: the executable, the manual, completions. If one of them writes a new version,
// the manifests of the others have to contain it, or they would take it for a change by the user.

import type { Manifest, ManifestEntry } from "./manifest.ts";
import type { InstallWorld } from "./world.ts";

/** A manifest with new hashes. */
interface SharedManifest {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

interface Facts {
  /** The path of the manifest of a name. */
  manifestOf(name: string): string;
  readonly world: Pick<InstallWorld, "look" | "read">;
  /** The paths of files that the plan writes. */
  readonly written: readonly string[];
}

/** The manifests of others that have other hashes of the same files, corrected. */
export function sharedManifests(
  own: readonly ManifestEntry[],
  others: readonly Manifest[],
  { manifestOf, world, written }: Facts,
): readonly SharedManifest[] {
  const hashes = new Map<string, string>();
  for (const entry of own) {
    if (entry.kind !== "file" || entry.isTheirs) continue;
    if (isDifferent(entry, others) && isSettled(entry)) hashes.set(entry.path, entry.sha256);
  }
  return others.flatMap(({ name, entries }) => {
    if (!entries.some((entry) => entry.kind === "file" && isOutdated(entry, hashes))) return [];
    const path = manifestOf(name);
    const text = world.read(path);
    return text === null ? [] : [{ name, path, text: corrected(text, hashes) }];
  });

  /** The file will be, or is, as the own manifest says. */
  function isSettled({ path, sha256 }: FileEntry): boolean {
    if (written.includes(path)) return true;
    const found = world.look(path);
    return found.kind === "file" && found.sha256 === sha256;
  }
}

type FileEntry = Extract<ManifestEntry, { kind: "file" }>;

function isDifferent({ path, sha256 }: FileEntry, others: readonly Manifest[]): boolean {
  const own = new Map([[path, sha256]]);
  return others.some(({ entries }) =>
    entries.some((entry) => entry.kind === "file" && isOutdated(entry, own)),
  );
}

function isOutdated({ path, sha256 }: FileEntry, hashes: ReadonlyMap<string, string>): boolean {
  const now = hashes.get(path);
  return now !== undefined && now !== sha256;
}

/** Whether a file of a manifest is as one of the installations has left it. */
export function isAsLeftByOne(
  path: string,
  sha256: string,
  manifests: readonly Manifest[],
): boolean {
  return manifests.some(({ entries }) =>
    entries.some(
      (entry) => entry.kind === "file" && entry.path === path && entry.sha256 === sha256,
    ),
  );
}

/** As text, because a newer version may have written members that this one does not know. */
function corrected(text: string, hashes: ReadonlyMap<string, string>): string {
  const manifest = JSON.parse(text) as { entries: { path?: string; sha256?: string }[] };
  const entries = manifest.entries.map((entry) => {
    const now = entry.sha256 === undefined ? undefined : hashes.get(entry.path ?? "");
    return now === undefined ? entry : { ...entry, sha256: now };
  });
  return `${JSON.stringify({ ...manifest, entries }, null, 2)}\n`;
}
