// The manifest: the record of what an installation created. With it, a second run recognizes edited files, and an uninstall
// removes only files of the installation.

import { err, ok, type Result } from "../../core/base/result.ts";
import { type InitName, initNamed } from "../services/registry.ts";
import type { Access, FoundFile, InstallWorld } from "./steps.ts";

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
  readonly reactivate: readonly (readonly string[])[];
}

const FORMAT = 1;

/** The text of the file. It contains no time, so the same installation gives the same text. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
}

/** Reads a manifest; members of newer versions are ignored. The error is a sentence for users. */
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
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(MEMBERS, name));
  return ok(Object.fromEntries(known) as unknown as Manifest);
}

/** A manifest is accepted only if every member is valid, because root removes the paths in it. */
const MEMBERS: { readonly [Name in keyof Manifest]: (value: unknown) => boolean } = {
  name: isText,
  scope: (value) => value === "system" || value === "user",
  init: (value) => value === null || initNamed(value) !== null,
  start: isWords,
  config: isPath,
  server: (value) => value === null || isText(value),
  executable: isPath,
  group: isText,
  isPackaged: isBoolean,
  lingered: (value) => value === null || isBoolean(value),
  entries: (value) => Array.isArray(value) && value.every(isEntry),
  reactivate: (value) =>
    Array.isArray(value) && value.every((command) => isWords(command) && command.length > 0),
};

function isManifest(value: Record<string, unknown>): value is Record<string, unknown> & Manifest {
  return Object.entries(MEMBERS).every(([name, isValid]) => isValid(value[name]));
}

function isEntry(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { kind, name, path, sha256, isTheirs, target, replaced } = value;
  switch (kind) {
    case "group":
      return isText(name);
    case "directory":
      return isPath(path);
    case "file":
      return isPath(path) && isText(sha256) && isBoolean(isTheirs) && isReplaced(replaced);
    case "link":
      return isPath(path) && isText(target) && isReplaced(replaced);
    default:
      return false;
  }
}

function isReplaced(value: unknown): boolean {
  if (value === null) return true;
  if (!isRecord(value)) return false;
  if (value["kind"] === "link") return isText(value["target"]);
  const numbers = [value["mode"], value["uid"], value["gid"]];
  return isPath(value["backup"]) && numbers.every((number) => Number.isSafeInteger(number));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isPath(value: unknown): boolean {
  return isText(value) && value.startsWith("/");
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Identifies the object of an entry. */
export function entryId(entry: ManifestEntry): string {
  if (entry.kind === "group") return `group ${entry.name}`;
  return entry.kind === "directory" ? `directory ${entry.path}` : `path ${entry.path}`;
}

/** The entries of several manifests by their objects, those of the first manifest first. */
export function entriesById(
  manifests: readonly (Pick<Manifest, "entries"> | null)[],
): ReadonlyMap<string, readonly ManifestEntry[]> {
  const known = new Map<string, ManifestEntry[]>();
  for (const entry of manifests.flatMap((manifest) => manifest?.entries ?? [])) {
    const id = entryId(entry);
    known.set(id, [...(known.get(id) ?? []), entry]);
  }
  return known;
}

/** Whether a file or symlink is as its installation left it. */
export function isAsLeft(
  entry: Extract<ManifestEntry, { kind: "file" | "link" }>,
  found: FoundFile,
): boolean {
  return entry.kind === "link"
    ? found.kind === "link" && found.target === entry.target
    : found.kind === "file" && found.sha256 === entry.sha256;
}

/**
 * The manifests of others that have other hashes of the same files, corrected.
 * @param own the entries of the new manifest
 * @param written the paths of files that the plan writes
 * @param manifestOf the path of the manifest of a name
 */
export function sharedManifests(
  own: readonly ManifestEntry[],
  others: readonly Manifest[],
  written: readonly string[],
  manifestOf: (name: string) => string,
  world: Pick<InstallWorld, "look" | "read">,
): readonly { readonly name: string; readonly path: string; readonly text: string }[] {
  const hashes = new Map<string, string>();
  for (const entry of own) {
    if (entry.kind !== "file" || entry.isTheirs) continue;
    // The file will be, or is, as the own manifest says.
    const { path, sha256 } = entry;
    if (written.includes(path) || isAsLeft(entry, world.look(path))) hashes.set(path, sha256);
  }
  return others.flatMap(({ name, entries }) => {
    const isOutdated = entries.some(
      (entry) => entry.kind === "file" && (hashes.get(entry.path) ?? entry.sha256) !== entry.sha256,
    );
    const path = manifestOf(name);
    const text = isOutdated ? world.read(path) : null;
    return text === null ? [] : [{ name, path, text: corrected(text, hashes) }];
  });
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
