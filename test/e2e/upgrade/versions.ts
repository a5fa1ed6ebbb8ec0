// tsv in other versions than the one under test: the next one, built from the same sources, and ones that are broken at a
// place of their text, which takes no more than writing other text of the same length over it.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { ROOT, TSV, withoutTsv } from "../rig/places.ts";

export const NEXT_VERSION = "99.0.0";
const NEXT = join(ROOT, "build/upgrade/next");

/** The next version; built when it is older than the one under test. @returns the reason why it is not there, or false */
export function withoutNext(): string | false {
  const absent = withoutTsv();
  if (absent !== false) return absent;
  if (existsSync(NEXT) && statSync(NEXT).mtimeMs > statSync(TSV).mtimeMs) return false;
  const script = join(ROOT, "packaging/standalone/build.mjs");
  const env = { ...process.env, TSV_BUILD_VERSION: NEXT_VERSION };
  // Several files of tests may come here at the same time.
  const own = `${NEXT}-${process.pid}`;
  const built = spawnSync(process.execPath, [script, "--out", own], { env, encoding: "utf8" });
  if (built.status !== 0) return `${NEXT} cannot be built: ${built.stdout}${built.stderr}`;
  renameSync(own, NEXT);
  rmSync(join(ROOT, "build/standalone", relative(ROOT, own).replaceAll("/", "-")), {
    ...{ recursive: true, force: true },
  });
  return false;
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
