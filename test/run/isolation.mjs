// A view of the file system for one process of tests: /tmp, /run and /dev/shm of its own, so that tests that run at the same time
// do not meet there, and nothing remains of them.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Directories are bound and not tmpfs: the tests use the same kind of file system as without it.
 * $1 is a directory; the rest is what is executed.
 */
const SCRIPT = `
mount --bind "$1/run" /run && mount --bind "$1/shm" /dev/shm && mount --bind "$1/tmp" /tmp || exit 125
shift
exec "$@"`;

const DIRECTORIES = { tmp: 0o1777, run: 0o755, "run/lock": 0o1777, shm: 0o1777 };

/** @type {boolean | undefined} */
let possible;

/**
 * @param {string} root the checkout, which must be seen from inside
 * @returns whether this process may make such views
 */
export function canIsolate(root) {
  if (/^\/(?:tmp|run|dev)\//.test(root)) return false;
  possible ??= process.platform === "linux" && tryIsolation();
  return possible;
}

function tryIsolation() {
  const view = isolated(["true"]);
  try {
    const [file = "", ...args] = view.argv;
    return spawnSync(file, args).status === 0;
  } finally {
    view.remove();
  }
}

/**
 * @param {readonly string[]} argv
 * @returns a command that executes `argv` in a view of its own, and what removes the view after its end
 */
export function isolated(argv) {
  // In /var/tmp: it is seen from inside too, and is none of the three.
  const directory = mkdtempSync("/var/tmp/tsv-view-");
  chmodSync(directory, 0o755);
  for (const [name, mode] of Object.entries(DIRECTORIES)) {
    mkdirSync(join(directory, name));
    chmodSync(join(directory, name), mode);
  }
  return {
    argv: [
      "unshare",
      "-m",
      "--propagation",
      "private",
      "sh",
      "-c",
      SCRIPT,
      "sh",
      directory,
      ...argv,
    ],
    // What a test left mounted was mounted in its view alone: here there are only plain files.
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
