// The daemon's main thread waits for nothing outside (docs/adr/0009). This finds every call in src/host, src/daemon and
// src/services that could wait, and compares with waits.json beside it, where each is listed with why it does not.
// `node test/lint/waits.mjs` checks; `--list` prints what there is. Folders given as words are looked at instead.

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
  // Modules that somebody else has named: by a variable, not by a text.
  /\b(createRequire)\(/g,
  /\b(import)\((?!["'])/g,
  /\bprocess\.(chdir)\(/g,
  /(?<![.\w])(homedir|userInfo)\(/g,
];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TABLE = fileURLToPath(new URL("./waits.json", import.meta.url));

/**
 * @typedef {Record<string, number>} Calls
 * @typedef {{ file: string, calls: Calls, why?: string }} Row
 * @typedef {{ folders: string[], commands: { folder: string }[], files: Row[] }} Table
 */

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
 * @returns how often each such call stands in a file, by name
 * @param {string} text
 */
export function findWaits(text) {
  /** @type {Calls} */
  const found = {};
  for (const pattern of WAITING) {
    for (const [, name = ""] of codeOf(text).matchAll(pattern))
      found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

/**
 * What a file has more of than the table, as sentences.
 * @param {string} file
 * @param {Calls} found
 * @param {Calls} listed
 */
export function compareWaits(file, found, listed) {
  const names = new Set([...Object.keys(found), ...Object.keys(listed)]);
  return [...names].sort().flatMap((name) => {
    const [now = 0, then = 0] = [found[name], listed[name]];
    if (now <= then) return [];
    return [
      `${file}: ${name}, ${now} of them and ${then} in the table: it may wait, and with it every program. Use the ` +
        "asynchronous call in a lane (src/host/files/lanes.ts) or let the reading process do it " +
        "(src/daemon/read-config.ts). If it cannot wait, or not in the daemon, list it with the reason.",
    ];
  });
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => relative(ROOT, join(ROOT, folder, name)))
    .sort();
}

/** @param {string[]} args */
function main(args) {
  /** @type {Table} */
  const table = JSON.parse(readFileSync(TABLE, "utf8"));
  const folders = args.filter((arg) => !arg.startsWith("--"));
  const files = (folders.length === 0 ? table.folders : folders)
    .flatMap(filesIn)
    .filter((file) => !table.commands.some(({ folder }) => file.startsWith(`${folder}/`)));
  const all = new Map(
    files.map((file) => [file, findWaits(readFileSync(join(ROOT, file), "utf8"))]),
  );
  if (args.includes("--list")) {
    for (const [file, found] of all) {
      if (Object.keys(found).length > 0) console.log(JSON.stringify({ file, calls: found }));
    }
    return;
  }
  const listed = new Map(table.files.map((row) => [row.file, row]));
  const problems = [
    ...[...all].flatMap(([file, found]) =>
      compareWaits(file, found, listed.get(file)?.calls ?? {}),
    ),
    ...table.files.flatMap(({ file, why = "" }) => (why.length < 5 ? [`${file}: no reason`] : [])),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
