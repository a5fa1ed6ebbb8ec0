// Images: Debian as a base, tsv's own image by packaging/container/Containerfile, and those that a test builds from them.

import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, TSV } from "../../e2e/rig/places.ts";
import { CONTAINERS, mustPodman, podman } from "./podman.ts";

/** What the Dockerfiles in docs/containers.md and packaging/container install. */
const PACKAGES = "cron,dumb-init,nginx-light,php-fpm,rsyslog,supervisor,tini";
const HERE = join(ROOT, "test/containers/rig");
const CONTAINERFILE = join(ROOT, "packaging/container/Containerfile");
const ADDONS = ["posix.node", "pty.node"];
const BUILD = [
  "build",
  "--quiet",
  "--layers=false",
  "--force-rm",
  "--pull=never",
  "--isolation=chroot",
  "--network=host",
];

/** Files of a build context: path to text. A text that begins with `#!` is executable. */
export type Files = Readonly<Record<string, string>>;

let base: Promise<string> | null = null;
let own: Promise<string> | null = null;

/** The name of the image that stands for debian:bookworm-slim; built and imported on first use. */
function baseImage(): Promise<string> {
  base ??= importBase();
  return base;
}

async function importBase(): Promise<string> {
  const script = join(HERE, "build-root.sh");
  const shared = readFileSync(join(HERE, "../../rig/debian-root.sh"));
  const recipe = hashOf(readFileSync(script), shared, PACKAGES);
  const archive = join(CONTAINERS, `root-${recipe}.tar`);
  execFileSync("sh", [script, PACKAGES, archive], { stdio: ["ignore", "ignore", "inherit"] });
  return once(`localhost/tsv-test-base:${recipe}`, (name) => mustPodman("import", archive, name));
}

/** The name of the image with tsv alone, made of the executable under test as of a released archive. */
function tsvImage(): Promise<string> {
  own ??= buildTsv();
  return own;
}

async function buildTsv(): Promise<string> {
  const text = readFileSync(CONTAINERFILE, "utf8").replace(
    "debian:bookworm-slim",
    await baseImage(),
  );
  const name = `localhost/tsv-test-tsv:${hashOf(readFileSync(TSV), text)}`;
  return once(name, (tag) =>
    inDirectory(async (context) => {
      packArchive(context);
      await writeAndBuild(context, { Containerfile: text }, tag);
    }),
  );
}

/** The archive of a release, as far as the Containerfile uses it. */
function packArchive(context: string): void {
  const arch = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
  const name = `tsv-0.0.0-linux-${arch}`;
  const tree = join(context, name);
  mkdirSync(join(tree, "lib"), { recursive: true });
  copyFileSync(TSV, join(tree, "tsv"));
  for (const addon of ADDONS) copyFileSync(join(ROOT, "build", addon), join(tree, "lib", addon));
  for (const document of ["LICENSE", "COPYRIGHT"]) {
    copyFileSync(join(ROOT, "LICENSE"), join(tree, document));
  }
  execFileSync("tar", ["-C", context, "-I", "gzip -1", "-cf", `${tree}.tar.gz`, name]);
  rmSync(tree, { recursive: true });
}

/** Makes an image that stays for later runs, unless it is there: one process at a time. */
async function once(name: string, make: (name: string) => Promise<unknown>): Promise<string> {
  const isThere = async (): Promise<boolean> =>
    (await podman("image", "exists", name)).status === 0;
  if (await isThere()) return name;
  const [repository = ""] = name.split(/:(?=\w+$)/);
  // Those of earlier executables and recipes; one that a container uses stays.
  const old = ["images", "--quiet", "--filter", `reference=${repository}`, "--filter", "until=2h"];
  for (const id of (await mustPodman(...old)).split("\n").filter(Boolean)) await podman("rmi", id);
  const unfinished = `${name}-${randomBytes(4).toString("hex")}`;
  await make(unfinished);
  await mustPodman("tag", unfinished, name);
  await podman("untag", name, unfinished);
  return name;
}

/** An image that a test built. */
export interface Image {
  readonly name: string;
  remove(): Promise<void>;
}

/**
 * Builds an image as a user does who adds tsv to a Dockerfile: where it lacks the line `COPY --from=tsv / /`, that line
 * stands before the first of USER, ENTRYPOINT and CMD.
 */
export async function buildImage(dockerfile: string, files: Files): Promise<Image> {
  const [debian, tsv] = [await baseImage(), await tsvImage()];
  const hasTsv = dockerfile.includes("COPY --from=tsv / /");
  const text = (
    hasTsv ? dockerfile : dockerfile.replace(/^(?=USER|ENTRYPOINT|CMD)/m, "COPY --from=tsv / /\n")
  )
    .replaceAll("FROM debian:bookworm-slim", `FROM ${debian}`)
    .replaceAll("--from=tsv ", `--from=${tsv} `);
  const name = `localhost/tsv-test-case:${process.pid}-${randomBytes(4).toString("hex")}`;
  await inDirectory((context) => writeAndBuild(context, { ...files, Containerfile: text }, name));
  const remove = async (): Promise<void> => {
    await mustPodman("rmi", "--force", name);
  };
  return { name, remove };
}

async function writeAndBuild(context: string, files: Files, name: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(context, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, text.startsWith("#!") ? 0o755 : 0o644);
  }
  const file = join(context, "Containerfile");
  await mustPodman(...BUILD, "--format=docker", "--tag", name, "--file", file, context);
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(CONTAINERS, "context-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function hashOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 12);
}
