// The patterns in docs/containers.md: the Dockerfile and the files of each heading.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../e2e/rig/places.ts";
import type { Files } from "./image.ts";

/** What stands below one heading. */
export interface Pattern {
  readonly title: string;
  readonly dockerfile: string;
  /** By the names in their first lines, which are comments. */
  readonly files: Files;
}

const BLOCK = /```(\w+)\n([\s\S]*?)```/g;
const NAME = /^(?:#!.*\n)?[;#] (\S+)$/m;

/** All headings that have a Dockerfile, in their order. */
export function patternsOf(page = "docs/containers.md"): readonly Pattern[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return text.split(/^##+ /m).flatMap((section) => {
    const [title = ""] = section.split("\n", 1);
    const blocks = Array.from(section.matchAll(BLOCK), ([, kind, body = ""]) => ({ kind, body }));
    const dockerfile = blocks.find(({ kind }) => kind === "dockerfile")?.body;
    if (dockerfile === undefined) return [];
    const files = blocks
      .filter(({ kind }) => kind !== "dockerfile")
      .map(({ body }) => {
        const name = NAME.exec(body)?.[1];
        assert.ok(name !== undefined, `a block below "${title}" has no name:\n${body}`);
        return [name, body] as const;
      });
    return [{ title, dockerfile, files: Object.fromEntries(files) }];
  });
}

const SERVER = `#!/bin/sh
# Stands for any server: says what it was given, and ends by SIGTERM.
trap 'echo "server $1 ends"; exit 0' TERM
echo "server $* of uid $(id -u)"
echo "GREETING=$GREETING HOME=$HOME"
echo "warning of $1" >&2
echo listening
sleep 1000 &
wait
`;

/** The programs that the page's Dockerfiles copy. */
export const APP: Files = {
  "app/server": SERVER,
  "app/failing": "#!/bin/sh\necho failing\nexit 3\n",
  "app/migrate": "#!/bin/sh\necho migrated\n",
};
