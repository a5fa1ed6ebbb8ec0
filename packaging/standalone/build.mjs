// Builds the standalone executable for this machine's architecture: base runtime, bundle with the native addon inside,
// code cache, injection. What does not change between builds is kept in build/.
//
//   node packaging/standalone/build.mjs [--main src/main.ts] [--out dist/tsv]

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { inject } from "postject";
import { baseRuntime } from "./base.mjs";
import { LOADER, makeCodeCache, wrapped } from "./code-cache.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
process.chdir(root);

/** Where Node looks whether something was injected; part of every Node binary. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
/**
 * Flags that measurably help an idle daemon and cost start-up nothing (others would void Node's own code cache). The
 * memory reducer would wake the idle daemon every eight seconds.
 */
const NODE_FLAGS = [
  "--v8-pool-size=0",
  "--no-concurrent-recompilation",
  "--max-semi-space-size=4",
  "--no-memory-reducer",
  "--no-warnings",
];

/** node-pty's native half: absent where there is no C++ compiler. */
const PTY_ADDON = "build/pty.node";

/** The whole program; others are tried out while working on the build. */
const MAIN = "src/main.ts";

const { values } = parseArgs({
  options: {
    main: { type: "string", default: MAIN },
    out: { type: "string", default: "dist/tsv" },
  },
});

const out = resolve(values.out);
const work = join(root, "build/standalone", out.slice(root.length).replaceAll("/", "-"));
mkdirSync(work, { recursive: true });
mkdirSync(dirname(out), { recursive: true });

const base = baseRuntime(process.arch);
try {
  await bundle(join(work, "tsv.cjs"));
  await makeBlob(join(work, "tsv.cjs"), join(work, "tsv.blob"));
  await injectBlob(join(work, "tsv.blob"));
  const megabytes = (statSync(out).size / 1e6).toFixed(1);
  process.stdout.write(`built ${values.out} (${megabytes} MB, Node ${base.version})\n`);
  if (!existsSync(PTY_ADDON)) {
    process.stdout.write(
      "without terminals for programs (tty=true): they need node-pty, and that a C++ compiler such as g++ here\n",
    );
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** One CommonJS file: a code cache does not go together with ECMAScript modules. */
async function bundle(outfile) {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const addon = readFileSync("build/posix.node").toString("base64");
  const pty = existsSync(PTY_ADDON) ? readFileSync(PTY_ADDON).toString("base64") : null;
  await build({
    entryPoints: [values.main],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node18",
    // The loader's script has no import() of Node's: parts of Node that are loaded when needed come by require() then.
    supported: { "dynamic-import": !base.hasAssets },
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    // The location of a source file is asked for only when there is no embedded addon.
    define: {
      TSV_VERSION: JSON.stringify(version),
      TSV_ADDON: JSON.stringify(addon),
      TSV_ASSETS: JSON.stringify(JSON.stringify(assets())),
      TSV_PTY: JSON.stringify(pty),
      "import.meta.url": '""',
    },
  });
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

/** The base runtime itself makes the blob: code cache and layout belong to its version and architecture. */
async function makeBlob(bundled, output) {
  const config = { main: bundled, output, disableExperimentalSEAWarning: true, useCodeCache: true };
  // Without "none" a NODE_OPTIONS in the caller's environment would reach tsv. Node 20 knows neither setting.
  if (base.hasExecArgv) Object.assign(config, { execArgv: NODE_FLAGS, execArgvExtension: "none" });
  if (base.hasAssets && values.main === MAIN) {
    const [main, code, cache] = ["loader.cjs", "code.js", "code.cache"].map((name) =>
      join(work, name),
    );
    writeFileSync(main, LOADER);
    writeFileSync(code, wrapped(readFileSync(bundled, "latin1")));
    await makeCodeCache({
      runtime: base.original,
      flags: NODE_FLAGS,
      bundle: bundled,
      code,
      cache,
    });
    Object.assign(config, { main, assets: { code, cache } });
  }
  const file = join(work, "sea.json");
  writeFileSync(file, JSON.stringify(config));
  run(base.original, ["--experimental-sea-config", file]);
}

/** Injects into a copy and renames it into place: an executable that runs may not be written to. */
async function injectBlob(blob) {
  const fresh = `${out}.new`;
  rmSync(fresh, { force: true });
  copyFileSync(base.stripped, fresh);
  chmodSync(fresh, 0o755);
  const silence = console.warn;
  console.warn = () => {}; // about section names that a stripped binary no longer has; harmless
  await inject(fresh, "NODE_SEA_BLOB", readFileSync(blob), { sentinelFuse: FUSE });
  console.warn = silence;
  renameSync(fresh, out);
}

function run(command, args) {
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const result = spawnSync(command, args, { env, encoding: "utf8" });
  if (result.status === 0) return;
  const why = result.error?.message ?? `${result.stdout}${result.stderr}`;
  throw new Error(`${command} ${args.join(" ")} failed: ${why}`);
}
