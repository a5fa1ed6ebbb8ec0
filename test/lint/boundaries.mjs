// Who may import whom: `make lint` runs it. Every import of src/ counts, also one of types and one that is made later.
// A place is a folder or a file; of two that hold a file the longer one decides. Prints each import that no row allows, and each ring of files
// that import each other.
//
//   node test/lint/boundaries.mjs [DIRECTORY OF THE CHECKOUT]

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("../../", import.meta.url)));

const CORE = ["core"];
const DAEMON = ["core", "ports", "services/*/api.ts"];
const INSTALL = ["install", "install/plan", "install/services"];

/**
 * What the files of a place may import besides each other.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const PLACES = {
  core: [],
  "core/command-line": CORE,
  ports: CORE,
  host: ["core", "ports"],
  "services/alerts": DAEMON,
  "services/event-log": DAEMON,
  "services/events": DAEMON,
  "services/findings": DAEMON,
  "services/history": DAEMON,
  "services/logs": DAEMON,
  "services/metrics": DAEMON,
  "services/notify": DAEMON,
  "services/orphans": DAEMON,
  "services/rpc": DAEMON,
  "services/streams": DAEMON,
  "services/uncaught-errors": DAEMON,
  "services/supervisor": DAEMON,
  "services/upgrade": DAEMON,
  "services/usage": DAEMON,
  "services/web": DAEMON,
  "services/why": DAEMON,
  daemon: ["core", "core/command-line", "ports", "host", "services/*", "version.ts"],
  "daemon/main.ts": ["core", "core/command-line", "ports", "host", "daemon", "version.ts"],
  "daemon/read-config.ts": ["core", "core/command-line", "host", "daemon"],
  "daemon/watch-files.ts": ["core", "host", "daemon"],
  "daemon/dry-run.ts": ["core", "core/command-line", "host", "daemon", "version.ts"],
  run: ["core", "ports", "host", "daemon"],
  ctl: ["core", "core/command-line", "ports", "host"],
  cli: ["core", "core/command-line", "ports", "host", "version.ts"],
  pidproxy: ["core", "ports", "host"],
  "stdout-listener": [],
  mcp: ["core", "core/command-line", "ports", "host", "ctl", "version.ts"],
  fleet: [
    ...["core", "core/command-line", "ports", "host", "ctl", "version.ts"],
    ...["fleet/rollouts", "fleet/hub"],
  ],
  "fleet/help.ts": ["core", "fleet", "fleet/hub", "fleet/rollouts"],
  "fleet/main.ts": ["core", "core/command-line", "ports", "host", "ctl", "fleet", "fleet/*"],
  "fleet/rollouts": ["core", "ports", "host", "ctl", "fleet/hub", "fleet/host", "fleet/nats/*"],
  "fleet/hub": [
    ...["core", "core/command-line", "ports", "host", "ctl", "fleet/host", "fleet/nats/*"],
    "fleet/rollouts",
    ...["install/plan"],
  ],
  "fleet/host": ["core", "host", "install/host"],

  "install/plan": ["core", "install/services"],
  "install/services": ["core", "install/plan"],
  install: ["core", "ports", ...INSTALL],
  "install/host": ["core", "core/command-line", "ports", "host", ...INSTALL],
  "install/cli": ["core", "ports", "host", "install/host", ...INSTALL],

  doctor: ["core", "core/command-line", "ports", ...INSTALL],
  "doctor/host": ["core", "ports", "host", "doctor", "install/host", ...INSTALL],
  "doctor/cli": [
    ...["core", "core/command-line", "ports", "host", "doctor", "doctor/host", "version.ts"],
    ...["install/host", ...INSTALL],
  ],

  "main.ts": [
    ...["core", "core/command-line", "host", "ctl", "cli", "pidproxy", "run", "mcp"],
    "fleet/main.ts",
    ...["daemon/main.ts", "daemon/read-config.ts", "daemon/watch-files.ts", "daemon/dry-run.ts"],
    ...["stdout-listener", "install/cli"],
    ...["doctor/cli", "doctor/host"],
  ],
  "version.ts": [],
};

/** Places and files that may import Node's modules: the host, and what runs without the rest of the daemon. */
const NODE = [
  "host",
  "fleet/host",
  "install/host",
  "doctor/host",
  "main.ts",
  "pidproxy",
  "stdout-listener",
];

/**
 * The files through which a package is used.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const DOORS = {
  "@nats-io": ["fleet/nats/*"],
  "@modelcontextprotocol": ["mcp/server.ts"],
  commander: ["host/terminal/command-line.ts"],
  croner: ["core/schedules/cron.ts"],
  ini: ["core/base/plain-ini.ts"],
  mustache: ["core/base/template.ts"],
  "node-pty": ["host/processes/pty.ts"],
};

/**
 * Modules of Node's that take milliseconds to load, which the start of a daemon would wait for, and the files of the host that
 * are loaded only when needed.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const SLOW = {
  "node:crypto": ["host/system/certificate.ts", "host/system/secrets.ts"],
  "node:fs/promises": [],
};

/** Node's questions about the user throw for a uid without an entry in /etc/passwd; this file has an answer then too. */
const USER = "host/system/identity.ts";
const ASKS_USER = /\b(homedir|userInfo)\(/g;

const IMPORT = /\b(?:from|import)\s*\(?\s*"([\w@./:-]+)"/g;

const places = Object.keys(PLACES).sort((a, b) => b.length - a.length);
/** @param {string} file */
const placeOf = (file) => places.find((place) => file === place || file.startsWith(`${place}/`));

/**
 * A row names places or files, with * for one name.
 * @param {string} pattern
 * @param {string} name
 */
const matches = (pattern, name) =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]+")}$`).test(name);

/**
 * @param {string} file
 * @param {string} wanted
 */
const sourceOf = (file, wanted) =>
  relative(join(root, "src"), resolve(root, "src", dirname(file), wanted));

/**
 * @returns why this import is not allowed, or null
 * @param {string} file
 * @param {string} wanted
 */
function refuse(file, wanted) {
  const source = placeOf(file);
  if (source === undefined) return "is in no place that the table knows";
  if (wanted.startsWith("node:") && !NODE.includes(source)) return "may not use Node's modules";
  if (source === "host" && SLOW[wanted]?.includes(file) === false)
    return "makes the start of a daemon wait for this module to be loaded";
  if (wanted.startsWith("node:")) return null;
  if (!wanted.startsWith(".")) {
    const doors = DOORS[wanted.split("/")[0] ?? ""] ?? [];
    return doors.some((door) => matches(door, file))
      ? null
      : `is no door to this package (${doors.join(", ") || "none"})`;
  }
  const to = sourceOf(file, wanted);
  const target = placeOf(to);
  if (target === undefined) return "imports what is in no place that the table knows";
  const isAllowed = (PLACES[source] ?? []).some((row) => matches(row, target) || matches(row, to));
  return source === target || isAllowed ? null : `${source} may not import ${target}`;
}

/**
 * Files that import each other, in rings; `imports` has what each file imports.
 * @param {Map<string, Set<string>>} imports
 */
function ringsIn(imports) {
  const [order, low] = [new Map(), new Map()];
  const [stack, rings] = /** @type {[string[], string[][]]} */ ([[], []]);
  // Tarjan's algorithm: whatever leads back to itself is found together.
  /** @param {string} file */
  const visit = (file) => {
    order.set(file, order.size);
    low.set(file, order.get(file));
    stack.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)));
    }
    if (low.get(file) !== order.get(file)) return;
    const ring = stack.splice(stack.indexOf(file));
    if (ring.length > 1) rings.push(ring);
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return rings;
}

const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .sort();
let count = 0;
/** @type {string[]} */
const problems = [];
/** @type {Map<string, Set<string>>} */
const imports = new Map();
for (const file of files) {
  const own = new Set();
  const text = readFileSync(join(root, "src", file), "utf8");
  for (const [, name] of file === USER ? [] : text.matchAll(ASKS_USER))
    problems.push(`src/${file}: ${name}() throws without an entry in /etc/passwd: use ${USER}`);
  for (const [, wanted = ""] of text.matchAll(IMPORT)) {
    count += 1;
    const why = refuse(file, wanted);
    if (why !== null) problems.push(`src/${file}: ${wanted}: ${why}`);
    if (wanted.startsWith(".")) own.add(sourceOf(file, wanted));
  }
  imports.set(file, own);
}
for (const ring of ringsIn(imports)) problems.push(`src/${ring.join(" imports src/")}, and so on`);
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(
  `boundaries: ${count} imports of ${files.length} files, ${problems.length} not allowed\n`,
);
process.exitCode = problems.length === 0 && count > 0 ? 0 : 1;
