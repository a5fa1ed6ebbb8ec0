// The packages under test: built by their own recipes from the executable under test, and once more as a version to upgrade
// to. Not compressed, because they are installed a minute later.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, TSV } from "../../e2e/rig/places.ts";

/** Version of the first build, and of the one that it is upgraded to. */
export const OLD = "1.0.0";
export const NEW = "1.0.1";

/** The paths of one build. */
export interface Packages {
  readonly deb: string;
  readonly supervisorDeb: string;
  readonly rpm: string;
  readonly supervisorRpm: string;
}

/** A place for each executable under test: two runs with different ones do not meet. */
const PLACES = join(ROOT, "build/packages");
const PLACE = join(PLACES, `test-${createHash("sha256").update(TSV).digest("hex").slice(0, 8)}`);
const SOURCES = ["packaging", "initscripts", "src/install", "docs", "README.md", "CHANGELOG.md"];

/** Debian's names of architectures, by Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** This machine's architecture in Debian's words. */
export const ARCHITECTURE = ARCHITECTURES[process.arch] ?? process.arch;

export interface Versions {
  readonly old: Packages;
  readonly next: Packages;
}

let built: Promise<Versions> | null = null;

/** The packages of both versions; built when what they are made of has changed. */
export function packages(): Promise<Versions> {
  built ??= buildOnce();
  return built;
}

/** Files of tests run side by side: who comes first builds, the others wait. */
async function buildOnce(): Promise<Versions> {
  mkdirSync(PLACES, { recursive: true });
  const main = fileURLToPath(new URL("./build-main.js", import.meta.url));
  const child = spawn("flock", [`${PLACE}.lock`, process.execPath, main], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`packages cannot be built: ${Buffer.concat(said)}`);
  return { old: pathsOf(OLD, PLACE), next: pathsOf(NEW, PLACE) };
}

/** Builds what has changed; nobody else does at the same time. */
export async function buildStale(): Promise<void> {
  const stamp = join(PLACE, "stamp");
  const made = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) return;
  rmSync(PLACE, { recursive: true, force: true });
  await stage("old");
  await stage("next");
  // Any other bytes make another version: the executable does not look behind its end.
  appendFileSync(join(PLACE, "next/root/usr/bin/tsv"), "\n");
  for (const [name, version] of [
    ["old", OLD],
    ["next", NEW],
  ] as const) {
    build("deb", { stage: STAGES[name], version, out: PLACE });
    if (hasRpm()) build("rpm", { stage: STAGES[name], version, out: PLACE });
  }
  writeFileSync(stamp, made);
}

/** Whether RPM packages can be built here. */
export function hasRpm(): boolean {
  return spawnSync("rpmbuild", ["--version"]).status === 0;
}

export interface Build {
  /** What is packed, as packaging/dist/stage.mjs leaves it. */
  readonly stage: string;
  readonly version: string;
  readonly out: string;
  /** As for a release; otherwise fast. */
  readonly small?: boolean;
  readonly architecture?: string;
}

/** What is packed as the old and as the new version. */
export const STAGES = { old: join(PLACE, "old"), next: join(PLACE, "next") } as const;

/** Runs a recipe. @throws with what it said */
export function build(kind: "deb" | "rpm", what: Build): Packages {
  const { stage, version, out, small = false, architecture = ARCHITECTURE } = what;
  const fast = { TSV_COMPRESSION: "none", TSV_PAYLOAD: "w0.gzdio" };
  const { status, stdout, stderr } = spawnSync("sh", [`packaging/${kind}/build.sh`, architecture], {
    cwd: ROOT,
    encoding: "utf8",
    env: {
      ...process.env,
      ...(small ? {} : fast),
      TSV_STAGE: stage,
      TSV_PACKAGE_VERSION: version,
      TSV_PACKAGES: out,
      TSV_WORK: join(out, "work"),
    },
  });
  if (status !== 0) throw new Error(`building the ${kind} failed: ${stdout}${stderr}`);
  return pathsOf(version, out);
}

/** The reason to skip tests of another architecture's packages, or false. */
export function withoutForeignStage(architecture: string): string | false {
  const isThere = existsSync(join(ROOT, "build/dist", architecture, "facts.json"));
  return !isThere && `nothing is staged for ${architecture}; run make test-dist`;
}

/** Both versions of another architecture's Debian package, from what `make dist` has staged. */
export function foreignPackages(architecture: string): {
  readonly old: string;
  readonly next: string;
} {
  const staged = join(ROOT, "build/dist", architecture);
  const changed = join(PLACE, `next-${architecture}`);
  rmSync(changed, { recursive: true, force: true });
  mkdirSync(changed, { recursive: true });
  cpSync(join(staged, "root"), join(changed, "root"), { recursive: true });
  copyFileSync(join(staged, "facts.json"), join(changed, "facts.json"));
  appendFileSync(join(changed, "root/usr/bin/tsv"), "\n");
  // Apart: a package for all architectures is built along, under the name that this machine's has.
  const out = join(PLACE, architecture);
  build("deb", { stage: staged, version: OLD, out, architecture });
  build("deb", { stage: changed, version: NEW, out, architecture });
  const path = (version: string): string => join(out, `tsv_${version}_${architecture}.deb`);
  return { old: path(OLD), next: path(NEW) };
}

/** Where a recipe puts what it builds. */
export function pathsOf(version: string, out: string): Packages {
  const rpmArch = ARCHITECTURE === "amd64" ? "x86_64" : "aarch64";
  return {
    deb: join(out, `tsv_${version}_${ARCHITECTURE}.deb`),
    supervisorDeb: join(out, `tsv-supervisor_${version}_all.deb`),
    rpm: join(out, `tsv-${version}-1.${rpmArch}.rpm`),
    supervisorRpm: join(out, `tsv-supervisor-${version}-1.noarch.rpm`),
  };
}

/** What packaging/dist/stage.mjs makes, from the executable under test. */
async function stage(name: string): Promise<void> {
  const { targetOf } = (await import(join(ROOT, "packaging/dist/targets.mjs"))) as {
    targetOf(name: string): {
      readonly rpm: string;
      readonly debDepends: readonly string[];
      readonly rpmRequires: readonly string[];
    };
  };
  const { rpm, debDepends, rpmRequires } = targetOf(ARCHITECTURE);
  const bin = join(PLACE, name, "root/usr/bin");
  const lib = join(PLACE, name, "root/usr/lib/tsv");
  for (const directory of [bin, lib]) mkdirSync(directory, { recursive: true });
  // Whatever the umask is: these are the modes in the package.
  spawnSync("chmod", ["-R", "u=rwX,go=rX", join(PLACE, name, "root")]);
  for (const addon of ["posix.node", "pty.node"]) {
    if (existsSync(join(ROOT, "build", addon)))
      copyFileSync(join(ROOT, "build", addon), join(lib, addon));
  }
  copyFileSync(TSV, join(bin, "tsv"));
  chmodSync(join(bin, "tsv"), 0o755);
  const facts = {
    arch: ARCHITECTURE,
    debArch: ARCHITECTURE,
    rpmArch: rpm,
    debDepends,
    rpmRequires,
    version: OLD,
    sourceDateEpoch: 1_700_000_000,
  };
  writeFileSync(join(PLACE, name, "facts.json"), JSON.stringify(facts));
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const { mtimeMs, size } = statSync(TSV);
  hash.update(`${TSV} ${mtimeMs} ${size} ${hasRpm()}\n`);
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const names = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: "utf8" }).sort()
      : [""];
    for (const name of names) {
      const file = join(path, name);
      if (statSync(file).isFile()) hash.update(`${source}/${name}\n`).update(readFileSync(file));
    }
  }
  return hash.digest("hex");
}
