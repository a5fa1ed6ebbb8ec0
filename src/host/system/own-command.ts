// The command line of this process, to start the same again.

import { realpathSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { IS_STANDALONE } from "./standalone.ts";

interface OwnCommand {
  readonly file: string;
  readonly argv: readonly string[];
}

/** The command line that we were started with: of the executable, or of node and the script when run from sources. */
export function ownCommand(): OwnCommand {
  const file = process.execPath;
  const args = process.argv.slice(2);
  if (IS_STANDALONE) return { file, argv: [process.argv0, ...args] };
  return { file, argv: [file, ...process.execArgv, process.argv[1] ?? "", ...args] };
}

/**
 * The path by which we were called, which may be a link that will lead to another version one day. Call before the
 * working directory changes.
 */
export function calledPath(): string {
  const { argv0, execPath, env } = process;
  const candidates = argv0.includes("/")
    ? [resolve(argv0)]
    : (env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, argv0));
  return candidates.find((path) => path.startsWith("/") && isSameFile(path, execPath)) ?? execPath;
}

function isSameFile(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other);
  } catch {
    return false; // nothing there, as in most directories of PATH
  }
}
