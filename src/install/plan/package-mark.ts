// A file of the package that lists the paths of the package. By this file, tsv recognizes that it was installed by a package.

import { err, ok, type Result } from "../../core/base/result.ts";

/** The path of the mark. */
export const PACKAGE_MARK = "/usr/share/tsv/package.json";

export interface PackageMark {
  readonly kind: "deb" | "rpm";
  /** Files and directories of the package that an installation could consider its own. */
  readonly paths: readonly string[];
}

const FORMAT = 1;

/** The file's text. */
export function markText({ kind, paths }: PackageMark): string {
  return `${JSON.stringify({ format: FORMAT, kind, paths }, null, 2)}\n`;
}

/** Reads a mark. The error is a sentence for users. */
export function readMark(text: string): Result<PackageMark, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (isMark(value)) return ok({ kind: value.kind, paths: value.paths });
  } catch {
    // Reported below.
  }
  return err(`${PACKAGE_MARK} differs from that of the package tsv: reinstall the package`);
}

function isMark(value: unknown): value is PackageMark {
  if (typeof value !== "object" || value === null) return false;
  const { format, kind, paths } = value as Record<string, unknown>;
  return (
    format === FORMAT &&
    (kind === "deb" || kind === "rpm") &&
    Array.isArray(paths) &&
    paths.every((path) => typeof path === "string")
  );
}

/** The commands that remove the package. */
export function removalCommands({ kind }: PackageMark): readonly [string, string][] {
  return kind === "deb"
    ? [
        ["sudo apt remove tsv", "keeps the configuration and logs"],
        ["sudo apt purge tsv", "removes them, too"],
      ]
    : [["sudo dnf remove tsv", "keeps edited files and logs"]];
}
