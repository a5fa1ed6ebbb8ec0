// What an installation made, written down beside it: so that a second run knows its own work from somebody's edit, and
// uninstalling removes that and nothing else.

import { err, ok, type Result } from "../../core/base/result.ts";
import { INIT_SYSTEMS, type InitSystem } from "./init-system.ts";
import type { Access } from "./steps.ts";

/** What stood where ours stands now, to be put back. */
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
      /** People edit it: it is removed when untouched, kept when edited, removed by --purge. */
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
  /** null when nothing starts at boot. */
  readonly init: InitSystem | null;
  readonly config: string;
  /** `unix:///path` or `http://host:port`; null when the configuration has no control server. */
  readonly server: string | null;
  readonly executable: string;
  readonly group: string;
  /** The service is that of a package; only what stands beside the package's files is ours. */
  readonly isPackaged: boolean;
  /** Before tsv came, the user's services ran without the user being logged in; null for the system's. */
  readonly lingered: boolean | null;
  /** In the order they were made; they are removed in the opposite one. */
  readonly entries: readonly ManifestEntry[];
  /** Commands that give the host back to the Supervisor that was taken over from; empty otherwise. */
  readonly giveBack: readonly (readonly string[])[];
}

const FORMAT = 1;

/** The file's text. The same installation gives the same text: there is no time in it. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
}

/** Reads a manifest. The error is a sentence for people. */
export function readManifest(text: string, path: string): Result<Manifest, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(`${path} is not the record of an installation: it is not JSON`);
  }
  if (!isRecord(value) || value["format"] !== FORMAT || !isManifest(value)) {
    return err(`${path} is not the record of an installation that this version of tsv can read`);
  }
  const { name, scope, init, config, server, executable, group } = value;
  const { lingered, entries, giveBack } = value;
  return ok({
    name,
    scope,
    init,
    config,
    server,
    executable,
    group,
    // Records of before there were packages say nothing of them.
    isPackaged: value["isPackaged"] === true,
    lingered,
    entries,
    giveBack,
  });
}

/** What an entry is about: entries with the same id are about the same thing. */
export function entryId(entry: ManifestEntry): string {
  if (entry.kind === "group") return `group ${entry.name}`;
  return entry.kind === "directory" ? `directory ${entry.path}` : `path ${entry.path}`;
}

/** Of entries about the same thing the first one counts. */
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
  const { name, scope, init, config, server, executable, group } = value;
  const { lingered, entries, giveBack } = value;
  return (
    typeof name === "string" &&
    (scope === "system" || scope === "user") &&
    (init === null || INIT_SYSTEMS.some((known) => known === init)) &&
    isPath(config) &&
    (server === null || typeof server === "string") &&
    isPath(executable) &&
    typeof group === "string" &&
    (lingered === null || typeof lingered === "boolean") &&
    Array.isArray(entries) &&
    entries.every(isEntry) &&
    Array.isArray(giveBack) &&
    giveBack.every(isCommand)
  );
}

function isCommand(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string")
  );
}

/** A record is only believed when each entry is whole: paths in it are removed by root. */
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
