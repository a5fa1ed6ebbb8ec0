// Paths: the checkout, the built executable, Debian's programs, and a directory for each test.

import { accessSync, chmodSync, constants, existsSync, mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout: the tests run from build/, the programs and examples they use stay in the sources. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The executable under test. */
export const TSV = process.env["TSV_E2E_BINARY"] ?? join(ROOT, "dist/tsv");

/** The program that does line by line what it reads on stdin, so that a test commands it. */
export const CHILD = join(ROOT, "test/e2e/rig/child.sh");

/** Prints what it was given: environment, umask, directory, ids, signals, descriptors. */
export const REPORT = join(ROOT, "test/e2e/rig/report.sh");

function findRoot(from: string): string {
  if (existsSync(join(from, "Makefile"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("the checkout was not found above this file");
  return findRoot(parent);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The reason to skip a test of tsv, or false. */
export function withoutTsv(): string | false {
  return isExecutable(TSV) ? false : `${TSV} is not built; run make build`;
}

/** The reason to skip a test that compares with Debian's Supervisor, or false. */
export function withoutSupervisor(): string | false {
  const absent = ["/usr/bin/supervisord", "/usr/bin/supervisorctl", "/usr/bin/python3"].filter(
    (path) => !isExecutable(path),
  );
  return absent.length === 0 ? false : `${absent.join(", ")} missing; run make test-host`;
}

/** The reason to skip a test that needs root, or false. */
export function withoutRoot(): string | false {
  return process.getuid?.() === 0 ? false : "needs root: it mounts, or changes users";
}

/** Before a command that another user of the host runs, without groups. */
export const AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;

/** A directory of its own, open to other users because programs may run as one. Short, for socket paths. */
export function makePlace(): string {
  const path = mkdtempSync("/tmp/tsv-e2e-");
  chmodSync(path, 0o755);
  return path;
}
