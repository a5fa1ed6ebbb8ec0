// The manifest: the record of what an installation created. With it, a second run recognizes edited files, and an uninstall
// removes only files of the installation.

import { err, ok, type Result } from "../../core/base/result.ts";
import { type InitName, initNamed } from "../services/registry.ts";
import type { Access, InstallWorld } from "./steps.ts";

/** The file that was replaced, to be restored. */
export type Replaced =
  | ({ readonly kind: "file"; readonly backup: string } & Access)
  | { readonly kind: "link"; readonly target: string };

export type ManifestEntry =
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly sha256: string;
      /** A file for users to edit: removed if unchanged, kept if edited, removed by --purge. */
      readonly isTheirs: boolean;
      readonly replaced: Replaced | null;
    }
  | {
      readonly kind: "link";
      readonly path: string;
      readonly target: string;
      readonly replaced: Replaced | null;
    };

export interface Manifest {
  readonly name: string;
  readonly scope: "system" | "user";
  /** null if nothing starts at boot. */
  readonly init: InitName | null;
  /** The command that starts the service by hand; empty if tsv did not install it. */
  readonly start: readonly string[];
  readonly config: string;
  /** `unix:///path` or `http://host:port`; null if the configuration has no control server. */
  readonly server: string | null;
  readonly executable: string;
  readonly group: string;
  /** The service belongs to a package; only files beside those of the package belong to the installation. */
  readonly isPackaged: boolean;
  /** Lingering of the user was enabled before the installation; null for a system service. */
  readonly lingered: boolean | null;
  /** In the order of creation; they are removed in reverse order. */
  readonly entries: readonly ManifestEntry[];
  /** Commands that reactivate the replaced Supervisor; empty without a migration. */
  readonly giveBack: readonly (readonly string[])[];
}

const FORMAT = 1;

/** The text of the file. It contains no time, so the same installation gives the same text. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
}

/** Reads a manifest. The error is a sentence for users. */
export function readManifest(text: string, path: string): Result<Manifest, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(`${path} is not a manifest of an installation: it is not JSON`);
  }
  if (!isRecord(value) || value["format"] !== FORMAT || !isManifest(value)) {
    return err(`${path} is not a manifest that this version of tsv can read`);
  }
  const { name, scope, init, start, config, server } = value;
  const { executable, group, isPackaged, lingered, entries, giveBack } = value;
  return ok({
    ...{ name, scope, init, start, config, server },
    ...{ executable, group, isPackaged, lingered, entries, giveBack },
  });
}

/** Identifies the object of an entry. */
export function entryId(entry: ManifestEntry): string {
  if (entry.kind === "group") return `group ${entry.name}`;
  return entry.kind === "directory" ? `directory ${entry.path}` : `path ${entry.path}`;
}

/** If several entries have the same object, the first one applies. */
export function withoutRepeats(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  const known = new Map<string, ManifestEntry>();
  for (const entry of entries) {
    if (!known.has(entryId(entry))) known.set(entryId(entry), entry);
  }
  return Array.from(known.values());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/");
}

function isManifest(value: Record<string, unknown>): value is Record<string, unknown> & Manifest {
  const { name, scope, init, start, config, server } = value;
  const { executable, group, isPackaged, lingered, entries, giveBack } = value;
  return (
    typeof name === "string" &&
    (scope === "system" || scope === "user") &&
    (init === null || initNamed(init) !== null) &&
    isWords(start) &&
    isPath(config) &&
    (server === null || typeof server === "string") &&
    isPath(executable) &&
    typeof group === "string" &&
    typeof isPackaged === "boolean" &&
    (lingered === null || typeof lingered === "boolean") &&
    Array.isArray(entries) &&
    entries.every(isEntry) &&
    Array.isArray(giveBack) &&
    giveBack.every((command) => isWords(command) && command.length > 0)
  );
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

/** A manifest is accepted only if every entry is complete, because root removes the paths in it. */
function isEntry(value: unknown): value is ManifestEntry {
  if (!isRecord(value)) return false;
  const { kind, name, path, sha256, isTheirs, target, replaced } = value;
  switch (kind) {
    case "group":
      return typeof name === "string";
    case "directory":
      return isPath(path);
    case "file":
      return (
        isPath(path) &&
        typeof sha256 === "string" &&
        typeof isTheirs === "boolean" &&
        isReplaced(replaced)
      );
    case "link":
      return isPath(path) && typeof target === "string" && isReplaced(replaced);
    default:
      return false;
  }
}

function isReplaced(value: unknown): boolean {
  if (value === null) return true;
  if (!isRecord(value)) return false;
  if (value["kind"] === "link") return typeof value["target"] === "string";
  const numbers = [value["mode"], value["uid"], value["gid"]];
  return isPath(value["backup"]) && numbers.every((number) => Number.isSafeInteger(number));
}

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
