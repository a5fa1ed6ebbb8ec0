// How tsv knows on a host that a package brought it: a file of the package says which paths are the package's.

import { err, ok, type Result } from "../../core/base/result.ts";

/** Where the mark lies. */
export const PACKAGE_MARK = "/usr/share/tsv/package.json";

export interface PackageMark {
  readonly kind: "deb" | "rpm";
  /** Files and directories of the package that an installation could take for its own. */
  readonly paths: readonly string[];
}

const FORMAT = 1;

/** The file's text. */
export function markText({ kind, paths }: PackageMark): string {
  return `${JSON.stringify({ format: FORMAT, kind, paths }, null, 2)}\n`;
}

/** Reads a mark. The error is a sentence for people. */
export function readMark(text: string): Result<PackageMark, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (isMark(value)) return ok({ kind: value.kind, paths: value.paths });
  } catch {
    // Said below, with all else that it may be.
  }
  return err(`${PACKAGE_MARK} is not what the package tsv has there: install the package again`);
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

/** What removes the package, for people. */
export function removalCommands({ kind }: PackageMark): readonly [string, string][] {
  return kind === "deb"
    ? [
        ["sudo apt remove tsv", "keeps the configuration and logs"],
        ["sudo apt purge tsv", "removes them, too"],
      ]
    : [["sudo dnf remove tsv", "keeps what you changed, and logs"]];
}
