// The files that a package shares with `tsv install`, made by the installer's own code and templates: units, the init script,
// the configuration. There is no second copy of any of them.

import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** @typedef {{ path: string, text: string, mode: number, isConfig: boolean }} Made */

/**
 * @param {string} kind "deb" or "rpm"
 * @returns {Promise<{ files: Made[], directories: { path: string, mode: number }[] }>}
 */
export async function installerFiles(kind) {
  const outfile = resolve("build/packages/installer-files.mjs");
  mkdirSync("build/packages", { recursive: true });
  await build({
    entryPoints: ["packaging/files/package-files.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  const { packageFiles } = await import(pathToFileURL(outfile).href);
  return packageFiles(kind, (/** @type {string} */ name) =>
    readFileSync(`initscripts/${name}`, "utf8"),
  );
}
