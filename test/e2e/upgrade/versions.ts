// tsv in other versions than the one under test: the next one, built from the same sources, and ones that are broken at a
// place of their text, which takes no more than writing other text of the same length over it.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, TSV, withoutTsv } from "../rig/places.ts";

export const NEXT_VERSION = "99.0.0";
const NEXT = join(ROOT, "build/upgrade/next");

/**
 * The next version; built when it is older than the one under test.
 * @returns the reason why it cannot be there, or false
 * @throws when it should be, and cannot be built
 */
export function withoutNext(): string | false {
  const absent = withoutTsv();
  if (absent !== false) return absent;
  const build = join(ROOT, "packaging/standalone/build.mjs");
  const env = { ...process.env, TSV_BUILD_VERSION: NEXT_VERSION };
  // Files of tests run side by side: the first one builds, the others wait. The executable is renamed into place.
  mkdirSync(dirname(NEXT), { recursive: true });
  const unlessNewer = '[ "$1" -nt "$2" ] || exec "$3" "$4" --out "$1"';
  const words = ["sh", "-c", unlessNewer, "sh", NEXT, TSV, process.execPath, build];
  const built = spawnSync("flock", [`${NEXT}.lock`, ...words], { env, encoding: "utf8" });
  if (built.status === 0) return false;
  const why = built.error?.message ?? `${built.stdout}${built.stderr}`;
  throw new Error(`${NEXT} cannot be built: ${why}`);
}

export function next(): Buffer {
  return readFileSync(NEXT);
}

/** The next version with this text for that, wherever it stands. @throws when it is not there, or of another length */
export function patched(text: string, by: string): Buffer {
  const bytes = next();
  if (text.length !== by.length) throw new Error(`${text} and ${by} differ in length`);
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes.write(by, at, "latin1");
    count += 1;
  }
  if (count === 0) throw new Error(`the executable does not hold ${text}`);
  return bytes;
}

/** Puts an executable at a path as a package does: under another name, then renamed over what is there. */
export function putInPlace(path: string, bytes: Buffer | string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, bytes);
  chmodSync(fresh, 0o755);
  renameSync(fresh, path);
}
