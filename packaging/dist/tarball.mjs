// Packs the archive of one architecture, for systems whose packages we do not make and people who use none:
//
//   node packaging/dist/tarball.mjs ARCH [--out dist]
//
// writes tsv-VERSION-linux-ARCH.tar.gz from what stage.mjs has left: the executable, its addons as files, manual, completions,
// documents and a sample of the configuration, in one directory. The same stage makes the same bytes.

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
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { completions } from "../files/completions.mjs";
import { copyrightText } from "../files/licences.mjs";

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));

const DOCUMENTS = [
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "docs/getting-started.md",
  "docs/coming-from.md",
  "docs/cookbook.md",
  "docs/install.md",
  "docs/differences.md",
  "docs/security.md",
  "docs/limits.md",
  "docs/sandbox.md",
  "docs/plugins.md",
  "docs/containers.md",
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "dist" } },
});

try {
  const [arch = ""] = positionals;
  const stage = join("build/dist", arch);
  if (!existsSync(join(stage, "facts.json"))) {
    throw new Error(`nothing is staged for ${arch}: node packaging/dist/stage.mjs ${arch}`);
  }
  const facts = JSON.parse(readFileSync(join(stage, "facts.json"), "utf8"));
  const name = `tsv-${facts.version}-linux-${arch}`;
  const tree = join(stage, "tarball");
  rmSync(tree, { recursive: true, force: true });
  layOut(stage, facts, join(tree, name));
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `${name}.tar.gz`);
  pack(tree, name, facts.sourceDateEpoch, file);
  process.stdout.write(`built ${file} (${(statSync(file).size / 1e6).toFixed(1)} MB)\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/**
 * @param {string} stage
 * @param {{ runtime: string | null }} facts
 * @param {string} directory
 */
function layOut(stage, { runtime }, directory) {
  /**
   * @param {string} path
   * @param {string | Buffer} content
   */
  const put = (path, content, mode = 0o644) => {
    mkdirSync(join(directory, dirname(path)), { recursive: true });
    writeFileSync(join(directory, path), content);
    chmodSync(join(directory, path), mode);
  };
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(stage, "root/usr/bin/tsv"), join(directory, "tsv"));
  // The executable contains them; as files they serve where it can write to no directory, in a container for example.
  for (const addon of ["posix.node", "pty.node"]) {
    put(`lib/${addon}`, readFileSync(join(stage, addon)));
  }
  for (const path of DOCUMENTS) put(path, readFileSync(path));
  for (const page of readdirSync("docs/man")) {
    put(`man/man${page.at(-1)}/${page}`, readFileSync(join("docs/man", page)));
  }
  const { bash, zsh, fish } = completions();
  put("completions/bash/tsv", bash);
  put("completions/zsh/_tsv", zsh);
  put("completions/fish/tsv.fish", fish);
  put("COPYRIGHT", copyrightText(runtime));
  put("tsv.conf.sample", outputOf(process.execPath, [join(stage, "work/tsv.cjs"), "sample-conf"]));
}

/**
 * Modes, owners, order and times are those of no machine.
 * @param {string} tree
 * @param {string} name
 * @param {number} epoch
 * @param {string} file
 */
function pack(tree, name, epoch, file) {
  const archive = join(tree, "archive.tar");
  outputOf("tar", [
    ...["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"],
    ...[
      "--mode=u+rwX,go+rX,go-w",
      `--mtime=@${epoch}`,
      `--file=${archive}`,
      `--directory=${tree}`,
      name,
    ],
  ]);
  outputOf("gzip", ["-9nf", archive]);
  renameSync(`${archive}.gz`, file);
}

/**
 * @param {string} command
 * @param {string[]} words
 */
function outputOf(command, words) {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${words.join(" ")} failed: ${error?.message ?? stderr}`);
}
