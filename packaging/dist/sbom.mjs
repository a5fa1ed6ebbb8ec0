// Lists what the executable of one architecture is made of, as CycloneDX in JSON:
//
//   node packaging/dist/sbom.mjs ARCH [--out dist]
//
// writes tsv-VERSION-linux-ARCH.cdx.json: the npm packages that are built in, by `npm sbom`; the runtime that is carried; and
// each source of the native code. The same sources make the same bytes: it bears no time, serial or version of npm.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { builtInPackages } from "../files/licences.mjs";
import { baseDigest, basePackage } from "../standalone/base.mjs";
import { VERSION } from "./release.mjs";
import { targetOf } from "./targets.mjs";

/**
 * @typedef {{ "bom-ref": string, [member: string]: unknown }} Part
 * @typedef {{ ref: string, dependsOn: string[] }} Needs
 * @typedef {{ $schema: string, bomFormat: string, specVersion: string, components: Part[], dependencies: Needs[] }} NpmSbom
 */

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "dist" } },
});

try {
  const [name = ""] = positionals;
  const { arch, carriesNode } = targetOf(name);
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `tsv-${VERSION}-linux-${name}.cdx.json`);
  writeFileSync(file, `${JSON.stringify(document(arch, carriesNode), null, 2)}\n`);
  process.stdout.write(`built ${file}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/**
 * @param {string} arch
 * @param {boolean} carriesNode
 */
function document(arch, carriesNode) {
  const listed = npmSbom();
  /** @type {Part[]} */
  const parts = [
    ...packages(listed),
    ...(carriesNode ? [runtime(arch)] : []),
    ...nativeSources(carriesNode),
  ];
  const self = { "bom-ref": `tsv@${VERSION}`, type: "application", name: "tsv", version: VERSION };
  const refs = parts.map((part) => part["bom-ref"]);
  // Of the packages only: what they need is built in, or used by nothing of ours.
  const between = listed.dependencies
    .filter(({ ref }) => refs.includes(ref))
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: dependsOn.filter((one) => refs.includes(one)),
    }))
    .sort(byRef);
  const { $schema, bomFormat, specVersion } = listed;
  return {
    ...{ $schema, bomFormat, specVersion, version: 1 },
    metadata: {
      lifecycles: [{ phase: "build" }],
      component: { ...self, purl: `pkg:npm/tsv@${VERSION}`, licenses: licensed("MIT") },
    },
    components: parts,
    dependencies: [{ ref: self["bom-ref"], dependsOn: refs }, ...between],
  };
}

/**
 * What npm says of all that is installed.
 * @returns {NpmSbom}
 */
function npmSbom() {
  const words = ["sbom", "--sbom-format", "cyclonedx"];
  const { status, stdout, stderr, error } = spawnSync("npm", words, {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(`npm ${words.join(" ")} failed: ${error?.message ?? stderr}`);
}

/** @param {NpmSbom} listed */
function packages({ components }) {
  const wanted = builtInPackages().map((name) => {
    const manifest = JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"));
    return `${name}@${manifest.version}`;
  });
  const found = components.filter((one) => wanted.includes(one["bom-ref"]));
  if (found.length !== wanted.length) {
    throw new Error(`npm sbom lacks some of ${wanted.join(", ")}: run npm install`);
  }
  // Built in, whatever they are to a user of the packages.
  const built = found.map((one) => ({ ...one, scope: "required", properties: [] }));
  return built.sort((a, b) => compare(a["bom-ref"], b["bom-ref"]));
}

/** @param {string} arch */
function runtime(arch) {
  const named = basePackage(arch);
  if (named === null) throw new Error(`no runtime is carried on ${arch}`);
  const version = named.slice(named.indexOf("@") + 1);
  return {
    "bom-ref": named,
    type: "platform",
    name: "node",
    version,
    description: "The runtime that the executable carries",
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    purl: `pkg:npm/${named}`,
    hashes: [{ alg: "SHA-256", content: baseDigest(arch) }],
    licenses: licensed("MIT"),
  };
}

/**
 * The addon's, and those of the launcher where it takes the place of a runtime.
 * @param {boolean} carriesNode
 */
function nativeSources(carriesNode) {
  const folders = ["src/host/posix", "src/host/keeper"];
  const paths = [
    "packaging/standalone/pty-compat.c",
    ...(carriesNode ? [] : ["packaging/standalone/launcher.c"]),
    "src/host/posix.c",
    ...folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.[ch]$/.test(name))
        .map((name) => `${folder}/${name}`),
    ),
  ];
  return paths.sort(compare).map((path) => ({
    "bom-ref": `tsv@${VERSION}/${path}`,
    type: "file",
    name: path,
    version: VERSION,
    hashes: [
      { alg: "SHA-256", content: createHash("sha256").update(readFileSync(path)).digest("hex") },
    ],
    licenses: licensed("MIT"),
  }));
}

/** @param {string} id */
function licensed(id) {
  return [{ license: { id } }];
}

/**
 * @param {{ ref: string }} a
 * @param {{ ref: string }} b
 */
function byRef(a, b) {
  return compare(a.ref, b.ref);
}

/**
 * By code units, whatever the locale.
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
