// Builds the executable for this machine's own architecture: with its runtime inside, or on the host's own Node where
// there is no runtime to carry, and with --hosted. What does not change between builds is kept in build/. For the
// architectures of packages see packaging/dist.
//
//   node packaging/standalone/build.mjs [--out dist/tsv] [--hosted]

import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hasBase } from "./base.mjs";
import { ptyAddon } from "./bundle.mjs";
import { buildExecutable } from "./executable.mjs";
import { buildHosted } from "./hosted.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
process.chdir(root);

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dist/tsv" },
    hosted: { type: "boolean", default: false },
  },
});
const out = resolve(values.out);
const work = join("build/standalone", relative(root, out).replaceAll("/", "-"));
mkdirSync(dirname(out), { recursive: true });

try {
  const target = { arch: process.arch, cc: "cc", strip: "strip", emulator: [] };
  const wanted = { target, addons: "build", out, work };
  const isHosted = values.hosted || !hasBase(process.arch);
  const runtime = isHosted ? await buildHosted(wanted) : await buildExecutable(wanted);
  const megabytes = (statSync(out).size / 1e6).toFixed(1);
  process.stdout.write(`built ${values.out} (${megabytes} MB, ${runtime})\n`);
  if (!existsSync(ptyAddon("build"))) {
    process.stdout.write(
      "without terminals for programs (tty=true): they need node-pty, and that a C++ compiler such as g++ here\n",
    );
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
