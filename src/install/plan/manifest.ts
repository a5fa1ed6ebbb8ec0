// The manifest: the record of what an installation created. With it, a second run recognizes edited files, and an uninstall
// removes only files of the installation.

import { err, ok, type Result } from "../../core/base/result.ts";
import { type InitName, initNamed } from "../services/registry.ts";
import type { Access } from "./steps.ts";

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
