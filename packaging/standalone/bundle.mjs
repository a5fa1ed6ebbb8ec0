// The bundles: src/ as CommonJS files, and what they need beside the code. Every flavour of the executable carries them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sourceDateEpoch } from "../dist/release.mjs";
import { completions } from "../files/completions.mjs";

/** The folders and files of src/ whose faces each bundle holds; null for all. Which face is in which: core/command-line/face.ts. */
export const BUNDLES = {
  daemon: ["daemon", "run"],
  ctl: ["ctl", "pidproxy", "stdout-listener"],
  help: ["cli/help.ts"],
  mcp: ["mcp"],
  fleet: ["fleet"],
  tsv: ["cli", "doctor", "install"],
};

/**
 * node-pty's native half in a directory of addons: absent where there is no C++ compiler.
 * @param {string} addons
 */
export function ptyAddon(addons) {
  return join(addons, "pty.node");
}

/**
 * What the code finds through host/embedded.ts, name to bytes.
 * @param {string} addons directory of posix.node and, where it could be built, pty.node
 * @returns {Record<string, Buffer>}
 */
export function parts(addons) {
  const pty = ptyAddon(addons);
  return {
    "posix.node": readFileSync(join(addons, "posix.node")),
    ...(existsSync(pty) ? { "pty.node": readFileSync(pty) } : {}),
    files: Buffer.from(JSON.stringify(files())),
    documents: Buffer.from(JSON.stringify(documents())),
  };
}

/**
 * Writes a bundle. CommonJS, because a code cache does not go together with ECMAScript modules.
 * `folders` are those of the faces that it holds, null for all; `define`: more words of the sources, and what stands for them.
 * @param {{ main: string, outfile: string, folders?: readonly string[] | null, define?: Record<string, string> }} wanted
 */
export async function bundle({ main, outfile, folders = null, define = {} }) {
  // Tests of upgrades need tsv in another version.
  const version =
    process.env["TSV_BUILD_VERSION"] ?? JSON.parse(readFileSync("package.json", "utf8")).version;
  await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node18",
    // The script that starts the bundle has no import() of Node's: what is loaded when needed comes by require() then.
    supported: { "dynamic-import": false },
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    // The location of a source file is asked for only when there is no embedded addon.
    define: {
      TSV_VERSION: JSON.stringify(version),
      TSV_BUILT_MS: JSON.stringify(builtMs()),
      "import.meta.url": '""',
      ...define,
    },
    plugins: folders === null ? [] : [without(folders)],
  });
}

/**
 * Leaves out the faces that are in other folders. main.ts is the only one that imports faces.
 * @param {readonly string[]} folders
 * @returns {import("esbuild").Plugin}
 */
function without(folders) {
  return {
    name: "faces",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path, kind, importer }) => {
        if (kind !== "dynamic-import" || !importer.endsWith("/src/main.ts")) return null;
        const isHeld = folders.some((folder) => `${path}/`.startsWith(`./${folder}/`));
        return isHeld ? null : { path, namespace: "absent" };
      });
      onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({
        contents: `throw new Error(${JSON.stringify(`${path} is in another bundle`)});`,
      }));
    },
  };
}

/** The time of the commit that is built; null if it is unknown, as in sources that were unpacked from an archive. */
function builtMs() {
  try {
    return sourceDateEpoch() * 1000;
  } catch {
    return null;
  }
}

/**
 * The text that every flavour compiles: the bundle as a function. A code cache is that of exactly this text, with the
 * cache of another one V8 would run nonsense.
 * @param {string} text
 */
export function wrapped(text) {
  if (!/^[\x00-\x7f]*$/.test(text))
    throw new Error("the bundle is not ASCII, as what starts it takes it to be");
  return `(function (exports, require, module, TSV_EMBEDDED) {${text}\n})`;
}

/** The library of the web page's charts. */
const UPLOT = "node_modules/uplot/dist";

/** The files of the web page, the templates of init scripts and the completions of shells, name to text. */
function files() {
  const pages = filesOf("src/services/web/pages", /\.(?:mustache|css|js|png)$/, "");
  const shells = Object.entries(completions()).map(([shell, text]) => [
    `completion/${shell}`,
    text,
  ]);
  return {
    ...pages,
    ...filesOf(UPLOT, /^uPlot\.(?:iife\.min\.js|min\.css)$/, `${UPLOT}/`),
    ...filesOf("initscripts", /\.mustache$/, "initscripts/"),
    ...Object.fromEntries(shells),
  };
}

/** The manual and the pages of the doctor, name to text. */
function documents() {
  return {
    ...filesOf("docs/man", /\.\d$/, "man/"),
    ...filesOf("docs/doctor", /^[A-Z]+-\d+\.md$/, "doctor/"),
  };
}

/**
 * @param {string} folder
 * @param {RegExp} pattern
 * @param {string} prefix
 */
function filesOf(folder, pattern, prefix) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const found = names.filter((name) => pattern.test(name)).sort();
  return Object.fromEntries(
    found.map((name) => [
      `${prefix}${name}`,
      readFileSync(join(folder, name), name.endsWith(".png") ? "base64" : "utf8"),
    ]),
  );
}
