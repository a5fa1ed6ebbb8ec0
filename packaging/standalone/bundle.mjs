// The bundle: all of src/ and the addons as one CommonJS file, which every flavour of the executable carries.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sourceDateEpoch } from "../dist/release.mjs";

/** node-pty's native half in a directory of addons: absent where there is no C++ compiler. */
export function ptyAddon(addons) {
  return join(addons, "pty.node");
}

/**
 * Writes the bundle. CommonJS, because a code cache does not go together with ECMAScript modules.
 * @param addons directory of posix.node and, where it could be built, pty.node
 * @param define more words of the sources, and what stands for them
 */
export async function bundle({ main, outfile, addons, define = {} }) {
  // Tests of upgrades need tsv in another version.
  const version =
    process.env["TSV_BUILD_VERSION"] ?? JSON.parse(readFileSync("package.json", "utf8")).version;
  const posix = readFileSync(join(addons, "posix.node")).toString("base64");
  const pty = existsSync(ptyAddon(addons))
    ? readFileSync(ptyAddon(addons)).toString("base64")
    : null;
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
      TSV_ADDON: JSON.stringify(posix),
      TSV_ASSETS: JSON.stringify(JSON.stringify(assets())),
      TSV_PTY: JSON.stringify(pty),
      "import.meta.url": '""',
      ...define,
    },
  });
}

/** When the commit was made that is built; null where nobody can tell: sources that were unpacked from an archive. */
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
 */
export function wrapped(text) {
  if (!/^[\x00-\x7f]*$/.test(text))
    throw new Error("the bundle is not ASCII, as what starts it takes it to be");
  return `(function (exports, require, module) {${text}\n})`;
}

/**
 * The files of the web page and the templates of init scripts, name to text. A string in the bundle, so that nothing is
 * made of it before it is used.
 */
function assets() {
  const pages = filesOf("src/services/web/pages", /\.(?:mustache|css|js|png)$/, "");
  return { ...pages, ...filesOf("initscripts", /\.mustache$/, "initscripts/") };
}

function filesOf(folder, pattern, prefix) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => pattern.test(name)).sort();
  return Object.fromEntries(
    files.map((name) => [
      `${prefix}${name}`,
      readFileSync(join(folder, name), name.endsWith(".png") ? "base64" : "utf8"),
    ]),
  );
}
