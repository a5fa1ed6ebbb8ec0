// Builds the standalone executable for this machine's own architecture. What does not change between builds is kept in
// build/. For the architectures of packages see packaging/dist.
//
//   node packaging/standalone/build.mjs [--out dist/tsv]

import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ptyAddon } from "./bundle.mjs";
import { buildExecutable } from "./executable.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
process.chdir(root);

const { values } = parseArgs({ options: { out: { type: "string", default: "dist/tsv" } } });
const out = resolve(values.out);
const work = join("build/standalone", relative(root, out).replaceAll("/", "-"));
mkdirSync(dirname(out), { recursive: true });

try {
  const target = { arch: process.arch, strip: "strip", emulator: [] };
  const version = await buildExecutable({ target, addons: "build", out, work });
  const megabytes = (statSync(out).size / 1e6).toFixed(1);
  process.stdout.write(`built ${values.out} (${megabytes} MB, Node ${version})\n`);
  if (!existsSync(ptyAddon("build"))) {
    process.stdout.write(
      "without terminals for programs (tty=true): they need node-pty, and that a C++ compiler such as g++ here\n",
    );
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
