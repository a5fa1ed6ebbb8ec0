// The rig of a test in containers: builds images, starts containers, and removes both.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { withoutRoot, withoutTsv } from "../../e2e/rig/places.ts";
import { withoutPrograms } from "../../rig/programs.ts";
import { Container, type RunOptions } from "./container.ts";
import { buildImage, type Files, type Image } from "./image.ts";
import { mustPodman, podman, podmanWords } from "./podman.ts";

/** What a test in containers works with. */
export class Rig {
  readonly #images: Image[] = [];
  readonly #containers: Container[] = [];

  /** Builds an image from a Dockerfile and the files of its directory. @returns its name */
  async build(dockerfile: string, files: Files = {}): Promise<string> {
    const image = await buildImage(dockerfile, files);
    this.#images.push(image);
    return image.name;
  }

  async run(image: string, options: RunOptions = {}): Promise<Container> {
    const container = await Container.start(image, options);
    this.#containers.push(container);
    return container;
  }

  /** An image with this configuration in Supervisor's usual file, started by `supervisord -n`, and more files at `/`. */
  image(config: string, files: Files = {}): Promise<string> {
    const copies = Object.keys(files).map((path) => `COPY ${path} /${path}\n`);
    const dockerfile = `FROM debian:bookworm-slim
${copies.join("")}COPY supervisord.conf /etc/supervisor/supervisord.conf
CMD ["supervisord", "-n", "-c", "/etc/supervisor/supervisord.conf"]
`;
    return this.build(dockerfile, { ...files, "supervisord.conf": config });
  }

  /** A container of such an image. */
  async start(
    config: string,
    options: RunOptions & { readonly files?: Files } = {},
  ): Promise<Container> {
    const { files, ...rest } = options;
    return this.run(await this.image(config, files), rest);
  }

  async dispose(): Promise<void> {
    for (const container of this.#containers) await container.remove();
    for (const image of this.#images) await image.remove();
  }
}

let swept: Promise<void> | null = null;

/** Removes what runs that were killed have left. */
async function sweep(): Promise<void> {
  const isLeft = (name: string): boolean => {
    const pid = /tsv-test-(?:case:)?(\d+)-[0-9a-f]{8}$/.exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  };
  const lines = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await mustPodman(...words)).split("\n").filter(isLeft);
  for (const name of await lines("ps", "--all", "--format={{.Names}}")) {
    await podman("rm", "--force", "--time=0", name);
  }
  for (const name of await lines("images", "--format={{.Repository}}:{{.Tag}}")) {
    await podman("rmi", "--force", name);
  }
}

const PROGRAMS = ["podman", "runc", "conmon", "mmdebstrap", "unshare", "setpriv", "tar", "gzip"];

let answer: string | false | null = null;

/** The reason to skip tests in containers, or false. */
function withoutContainers(): string | false {
  answer ??= withoutTsv() || withoutRoot() || findReason();
  return answer;
}

function findReason(): string | false {
  const absent = withoutPrograms(PROGRAMS, "make test-containers");
  if (absent !== false) return absent;
  const { status, stderr } = spawnSync("unshare", ["-mpfuni", "mount", "-t", "proc", "p", "/proc"]);
  if (status !== 0) return `namespaces are forbidden here: ${String(stderr).trim()}`;
  const [command = "", ...words] = podmanWords("info");
  const info = spawnSync(command, words, { encoding: "utf8" });
  return info.status === 0 ? false : `podman does not work here: ${info.stderr.trim()}`;
}

/** A test in containers. */
export function containerTest(
  name: string,
  body: (rig: Rig, t: TestContext) => Promise<void>,
): void {
  // Long enough to build the base on a busy machine.
  void test(name, { skip: withoutContainers(), timeout: 1_500_000 }, async (t) => {
    swept ??= sweep();
    await swept;
    const rig = new Rig();
    try {
      await body(rig, t);
    } finally {
      await rig.dispose();
    }
  });
}
