// What an executable of a package is made of: which systems it can run on, that it starts from its code cache, and that the
// same sources make the same bytes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BUNDLES } from "../../src/core/command-line/face.ts";
import { ROOT } from "../e2e/rig/places.ts";
import type { Architecture } from "../hosts/rig/kinds.ts";
import { withoutArchitecture } from "../hosts/rig/requirements.ts";
import { withoutPrograms } from "../rig/programs.ts";
import { ARCHITECTURES, executableOf, staged, withoutStage } from "./places.ts";

/** Debian 10, RHEL 8, Ubuntu 20.04. Where Node is the host's, it came with a newer one. */
const FLOOR = "2.28";
const FLOOR_OF_HOSTED = "2.34";

function said(command: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd: ROOT,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
    maxBuffer: 2 ** 26,
  });
  assert.equal(status, 0, `${command} ${words.join(" ")}: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/** What the executable's code is divided into, each with a code cache. */
const CODES = BUNDLES.map((name) => [`work/${name}.js`, `work/${name}.cache`]);

/** The newest glibc that a file asks for. */
function glibcOf(file: string): string {
  const versions = said("readelf", ["--version-info", file]).matchAll(/GLIBC_([\d.]+)/g);
  const sorted = Array.from(versions, ([, version = ""]) => version).sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  return sorted.at(-1) ?? "0";
}

for (const architecture of ARCHITECTURES) {
  const absent = withoutStage(architecture);
  const isHosted = architecture === "armhf";

  void test(`${architecture}: asks for no newer C library than it says`, {
    skip: absent || withoutPrograms(["readelf"], "apt install binutils"),
  }, () => {
    const executable = executableOf(architecture);
    const addons = ["posix.node", "pty.node"].map((name) => staged(architecture, name));
    for (const file of [executable, ...addons]) {
      const floor = isHosted && file === executable ? FLOOR_OF_HOSTED : FLOOR;
      const asked = glibcOf(file);
      const isOld = asked.localeCompare(floor, "en", { numeric: true }) <= 0;
      assert.ok(isOld, `${file} asks for GLIBC_${asked}, the floor is ${floor}`);
    }
  });

  void test(`${architecture}: bears no path of the machine that it was built on`, {
    skip: absent,
  }, () => {
    assert.ok(!readFileSync(executableOf(architecture)).includes(ROOT));
  });

  void test(`${architecture}: is made again byte for byte`, { skip: absent }, () => {
    const codes = isHosted ? ["work/code.js"] : CODES.flat();
    const parts = ["posix.node", "pty.node", ...codes, "root/usr/bin/tsv"];
    const { sourceDateEpoch } = factsOf(architecture);
    const epoch = `SOURCE_DATE_EPOCH=${sourceDateEpoch}`;
    const stage = [process.execPath, "packaging/dist/stage.mjs", architecture];
    // The sources may have changed since it was staged: once as usual, and once in unusual circumstances.
    said("env", [epoch, ...stage]);
    const before = sumsOf(architecture, parts);
    const unusual = ["TZ=Pacific/Kiritimati", "LC_ALL=C", "sh", "-c", 'umask 077; exec "$@"', "sh"];
    said("env", [epoch, ...unusual, ...stage]);
    assert.deepEqual(sumsOf(architecture, parts), before);
    assert.equal(statSync(executableOf(architecture)).mode & 0o7777, 0o755);
  });

  const skip = isHosted ? "it has no code cache" : absent || withoutArchitecture(architecture);
  void test(`${architecture}: starts from its code caches`, { skip }, () => {
    const config = JSON.parse(readFileSync(staged(architecture, "work/sea.json"), "utf8")) as {
      execArgv: string[];
    };
    const { runtime } = factsOf(architecture);
    const node = join(ROOT, "build/base", runtime.replace("@", "-"), "node");
    const script = `const { readFileSync } = require("fs");
      const [code, cachedData] = process.argv.slice(1).map((file) => readFileSync(file));
      const script = new (require("vm").Script)(code.latin1Slice(), { filename: "tsv", cachedData });
      console.log(script.cachedDataRejected);`;
    for (const pair of CODES) {
      const files = pair.map((name) => staged(architecture, name));
      assert.equal(
        said(...emulated(architecture, [node, ...config.execArgv, "-e", script, ...files])),
        "false\n",
      );
    }
  });
}

/** By name and not by the kernel's table: only that knows where the cross compiler's libraries are. */
function emulated(
  architecture: Architecture,
  words: readonly string[],
): [string, readonly string[]] {
  const [command = "", ...rest] = words;
  if (architecture !== "arm64" || process.arch === "arm64") return [command, rest];
  return ["qemu-aarch64-static", ["-L", "/usr/aarch64-linux-gnu", command, ...rest]];
}

function factsOf(architecture: Architecture): { runtime: string; sourceDateEpoch: number } {
  return JSON.parse(readFileSync(staged(architecture, "facts.json"), "utf8"));
}

function sumsOf(architecture: Architecture, names: readonly string[]): Record<string, string> {
  const there = names.filter((name) => existsSync(staged(architecture, name)));
  return Object.fromEntries(
    there.map((name) => {
      const content = readFileSync(staged(architecture, name));
      return [name, createHash("sha256").update(content).digest("hex")];
    }),
  );
}

void test("an archive is made again byte for byte, and holds what a person needs", {
  skip: withoutStage("armhf"),
}, () => {
  const place = mkdtempSync(join(tmpdir(), "tsv-dist-"));
  try {
    const pack = ["packaging/dist/tarball.mjs", "armhf", "--out", place];
    const file = /^built (\S+\.tar\.gz) /.exec(said(process.execPath, pack))?.[1] ?? "";
    copyFileSync(file, `${file}.first`);
    said(process.execPath, pack);
    said("cmp", [file, `${file}.first`]);
    const lines = said("tar", ["--list", "--verbose", "--numeric-owner", "--file", file]).split(
      "\n",
    );
    for (const line of lines.slice(0, -1)) {
      assert.match(
        line,
        /^(?:-rw-r--r--|-rwxr-xr-x|drwxr-xr-x) 0\/0 /,
        "everything is root's, and no one else's to write",
      );
    }
    for (const name of [
      "tsv",
      "lib/posix.node",
      "lib/pty.node",
      "README.md",
      "LICENSE",
      "COPYRIGHT",
      "tsv.conf.sample",
      "man/man1/tsv.1",
      "completions/bash/tsv",
    ]) {
      assert.ok(
        lines.some((line) => line.endsWith(`/${name}`)),
        `${name} is missing`,
      );
    }
  } finally {
    rmSync(place, { recursive: true });
  }
});
