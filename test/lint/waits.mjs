// The daemon's main thread waits for nothing outside (docs/adr/0009). This finds every call in src/host, src/daemon and
// src/services that could wait. A file that has some names them with the reason why they do not:
//
//     // sync-ok(openSync, readSync): procfs is memory
//
//   node test/lint/waits.mjs [FOLDER…]

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Functions of the addon that look up a path or ask the name service. */
const NATIVE = [
  "findUser",
  "findGroup",
  "groupsOf",
  "listenUnix",
  "probeUnix",
  "connectUnix",
  "sendDatagram",
  "connectDatagram",
  "openLogNow",
  "execute",
  "spawn",
  "flock",
];
const WAITING = [
  // Of node:fs and node:child_process, called or passed on.
  /\b(\w+Sync)\b/g,
  new RegExp(`\\bposix\\(\\)\\.(${NATIVE.join("|")})\\b`, "g"),
  // Modules of users: named by a variable, not by a text.
  /\b(createRequire)\(/g,
  /\b(import)\((?!["'])/g,
  /\bprocess\.(chdir)\(/g,
  /(?<![.\w])(homedir|userInfo)\(/g,
];
const FOLDERS = ["src/host", "src/daemon", "src/services"];
/** The daemon itself writes to a terminal only when it starts and ends. */
const COMMANDS = "src/host/terminal/";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The code of a file without its imports and comments.
 * @param {string} text
 */
function codeOf(text) {
  return text
    .replace(/^import\s[\s\S]*?;$/gm, "")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

/**
 * @param {string} text
 * @returns the names of such calls that the file has and does not explain, and of those that it explains and does not have
 */
function compareWaits(text) {
  const explained = new Set();
  // A reason of at least two words, after the names.
  for (const [, names = ""] of text.matchAll(/^\/\/ sync-ok\(([\w, ]+)\): \S+ \S+/gm)) {
    for (const name of names.split(", ")) explained.add(name);
  }
  const found = new Set(
    WAITING.flatMap((pattern) => [...codeOf(text).matchAll(pattern)].map(([, name]) => name)),
  );
  return {
    unexplained: [...found].filter((name) => !explained.has(name)).sort(),
    unused: [...explained].filter((name) => !found.has(name)).sort(),
  };
}

const folders = process.argv.slice(2);
const files = (folders.length === 0 ? FOLDERS : folders)
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      relative(ROOT, join(ROOT, folder, name)),
    ),
  )
  .filter((file) => file.endsWith(".ts") && !file.startsWith(COMMANDS));
for (const file of files) {
  const { unexplained, unused } = compareWaits(readFileSync(join(ROOT, file), "utf8"));
  for (const name of unexplained) {
    console.error(
      `${file}: ${name} may wait, and with it every program. Use the call in a lane ` +
        "(src/host/files/file-calls.ts) or let the reading process do it (src/daemon/read-config.ts). " +
        `If it cannot wait, or not in the daemon: // sync-ok(${name}): REASON`,
    );
  }
  for (const name of unused)
    console.error(`${file}: sync-ok names ${name}, which it does not call`);
  if (unexplained.length + unused.length > 0) process.exitCode = 1;
}
