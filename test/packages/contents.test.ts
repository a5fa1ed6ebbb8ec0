// Packages: contents, reproducibility, size, and the output of lintian and rpmlint.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageFiles } from "../../packaging/files/package-files.ts";
import { ROOT, withoutTsv } from "../e2e/rig/places.ts";
import { withoutPrograms } from "../rig/programs.ts";
import {
  ARCHITECTURE,
  build,
  hasRpm,
  OLD,
  type Packages,
  packages,
  pathsOf,
  STAGES,
  withoutForeignStage,
} from "./rig/packages.ts";

const TIMEOUT = { timeout: 3_600_000, skip: withoutTsv() };

const withoutLintian = withoutPrograms(["lintian"], "make test-packages");

/** The limit on the size of a download. */
const MOST_BYTES = 28_500_000;

const templates = (name: string): string => readFileSync(join(ROOT, "initscripts", name), "utf8");

/** @throws unless it succeeded */
function run(program: string, ...words: readonly string[]): string {
  const options = { encoding: "utf8", maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr, error } = spawnSync(program, words, options);
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`);
}

/** Everything as for a release; it takes a minute, so once for all tests. */
let released: Packages | null = null;

async function release(): Promise<Packages> {
  await packages();
  if (released !== null) return released;
  const out = join(ROOT, "build/packages/release-test");
  rmSync(out, { recursive: true, force: true });
  build("deb", { stage: STAGES.old, version: OLD, out, small: true });
  released = pathsOf(OLD, out);
  return released;
}

const asRoot = process.geteuid?.() === 0 ? false : "needs root: it mounts file systems";

void test("a package runs on a read-only root where nothing else may be executed", {
  ...TIMEOUT,
  skip: TIMEOUT.skip || asRoot,
}, async () => {
  const { deb } = (await packages()).old;
  const place = mkdtempSync(join(ROOT, "build/packages/read-only-"));
  const isolated = `
      mount --bind "$0" /mnt && mount -o remount,bind,ro /mnt
      for each in /dev/shm /tmp /var/tmp /run; do mount -t tmpfs -o noexec none $each; done
      cd / && exec /mnt/usr/bin/tsv run -- true`;
  const tsv = (): number | null =>
    spawnSync("unshare", ["--mount", "sh", "-c", isolated, place]).status;
  try {
    run("dpkg-deb", "-x", deb, place);
    assert.equal(tsv(), 0);
    rmSync(join(place, "usr/lib/tsv/posix.node"));
    assert.notEqual(tsv(), 0, "it is the file of the package");
  } finally {
    rmSync(place, { recursive: true });
  }
});

void test("the deb holds the installer's own files, where Debian wants them", TIMEOUT, async () => {
  const { deb } = (await packages()).old;
  const place = mkdtempSync("/var/tmp/tsv-contents-");
  try {
    run("dpkg-deb", "-R", deb, place);
    const { files } = packageFiles("deb", templates);
    for (const { path, text, mode } of files) {
      assert.equal(readFileSync(join(place, path), "utf8"), text, path);
      assert.equal(statSync(join(place, path)).mode & 0o7777, mode, path);
    }
    const conffiles = readFileSync(join(place, "DEBIAN/conffiles"), "utf8").trim().split("\n");
    const configs = files.filter(({ isConfig }) => isConfig).map(({ path }) => path);
    assert.deepEqual(conffiles.sort(), configs.map((path) => path).sort());
    const inEtc = run("find", join(place, "etc"), "-type", "f").trim().split("\n");
    assert.deepEqual(inEtc.map((path) => path.slice(place.length)).sort(), conffiles);
    assert.doesNotMatch(run("dpkg-deb", "-c", deb), /^\S+ (?!root\/root)/m, "all is root's");
    run("sh", "-c", `cd ${place} && md5sum --quiet -c DEBIAN/md5sums`);
    for (const script of ["preinst", "postinst", "prerm", "postrm"]) {
      run("sh", "-n", join(place, "DEBIAN", script));
      assert.doesNotMatch(readFileSync(join(place, "DEBIAN", script), "utf8"), /^@/m);
    }
    const changelog = run("gzip", "-dc", join(place, "usr/share/doc/tsv/changelog.gz"));
    assert.equal(/^tsv \((.*?)\)/.exec(changelog)?.[1], OLD, "the newest entry is of this version");
    for (const page of ["man1/tsv.1", "man5/tsv.conf.5", "man1/tsv-supervisorctl.1"]) {
      run("gzip", "-t", join(place, "usr/share/man", `${page}.gz`));
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

void test(
  "the copyright file names the licence of everything that is built in",
  TIMEOUT,
  async () => {
    const { deb } = (await packages()).old;
    const words = `dpkg-deb --fsys-tarfile ${deb} | tar xO ./usr/share/doc/tsv/copyright`;
    const text = run("sh", "-c", words);
    const names = ["commander", "croner", "ini", "mustache", "node-pty", "node-addon-api"];
    for (const name of names) assert.match(text, new RegExp(`^${name} \\d`, "m"));
    if (ARCHITECTURE !== "armhf") assert.match(text, /^Node\.js[\s\S]*V8[\s\S]*OpenSSL/m);
  },
);

for (const kind of ["deb", "rpm"] as const) {
  void test(`the same sources make the same ${kind}, byte for byte`, TIMEOUT, async (t) => {
    if (kind === "rpm" && !hasRpm()) return t.skip("rpmbuild missing; run make test-packages");
    const { old } = await packages();
    const out = mkdtempSync("/var/tmp/tsv-again-");
    try {
      const again = build(kind, { stage: STAGES.old, version: OLD, out });
      const paths =
        kind === "deb" ? (["deb", "supervisorDeb"] as const) : (["rpm", "supervisorRpm"] as const);
      for (const path of paths) run("cmp", old[path], again[path]);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
}

void test(
  "the deb of a release is at most 28.5 MB, and lintian has nothing to say",
  TIMEOUT,
  async (t) => {
    const { deb, supervisorDeb } = await release();
    const { size } = statSync(deb);
    assert.ok(size <= MOST_BYTES, `${size} bytes`);
    if (withoutLintian !== false) return t.skip(withoutLintian);
    const words = ["--no-cfg", "-I", "--allow-root", deb, supervisorDeb];
    assert.equal(run("lintian", ...words), "");
  },
);

void test("the deb for armhf is at most 20 MB, and lintian has nothing to say", TIMEOUT, (t) => {
  const absent = withoutForeignStage("armhf");
  if (absent !== false) return t.skip(absent);
  const out = mkdtempSync("/var/tmp/tsv-armhf-");
  try {
    const stage = join(ROOT, "build/dist/armhf");
    build("deb", { stage, version: OLD, out, small: true, architecture: "armhf" });
    const deb = join(out, `tsv_${OLD}_armhf.deb`);
    assert.ok(statSync(deb).size <= 20_000_000);
    if (withoutLintian !== false) return t.skip(withoutLintian);
    assert.equal(run("lintian", "--no-cfg", "-I", "--allow-root", deb), "");
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});

void test("rpmlint has nothing to say that is not explained", TIMEOUT, async (t) => {
  const absent = withoutPrograms(["rpmbuild", "rpmlint"], "make test-packages");
  if (absent !== false) return t.skip(absent);
  const { rpm, supervisorRpm } = (await packages()).old;
  const words = ["-c", join(ROOT, "packaging/rpm/rpmlint.toml"), rpm, supervisorRpm];
  assert.match(run("rpmlint", ...words), /0 errors, 0 warnings/);
});

void test("every override says why", () => {
  for (const name of [
    "deb/tsv.lintian-overrides",
    "deb/tsv-supervisor.lintian-overrides",
    "rpm/rpmlint.toml",
  ]) {
    const text = readFileSync(join(ROOT, "packaging", name), "utf8").trim();
    // In each block a comment comes before what it explains.
    const blocks = text
      .replace(/^[^[]*Filters = \[/, "")
      .trim()
      .split("\n\n");
    for (const block of blocks) assert.match(block.trim(), /^#/, name);
  }
});
