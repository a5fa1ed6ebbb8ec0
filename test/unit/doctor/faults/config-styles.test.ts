// The faults of configurations again, in files that are written in other ways: doctor names and fixes them all the same,
// and what it writes has the line ends of the file.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CONFIG_FAULTS } from "./config.ts";
import { CONF, PROGRAMS } from "./healthy.ts";
import { prove } from "./prove.ts";
import type { World } from "./world.ts";

const STYLES: Readonly<Record<string, (text: string) => string>> = {
  "with the line ends of Windows": (text) => text.replaceAll(/\r?\n/g, "\r\n"),
  "with colons and capitals": (text) =>
    text.replaceAll(/^([a-z_]+)=/gm, (_, key: string) => `${key.toUpperCase()} : `),
  "without an end of the last line": (text) => text.replace(/[\r\n]+$/, ""),
};

function restyle({ host }: World, style: (text: string) => string): void {
  for (const path of [CONF, PROGRAMS, "/etc/tsv/conf.d/extra.conf"]) {
    const text = host.readText(path);
    const node = host.nodes.get(path);
    if (text === null || node === undefined) continue;
    const { mode, uid, gid, modifiedMs } = node;
    host.file(path, style(text), { mode, uid, gid, modifiedMs });
  }
}

for (const [what, style] of Object.entries(STYLES)) {
  describe(`faults of files ${what}`, () => {
    // What is wrong with line ends is what the first of these styles is about.
    for (const fault of CONFIG_FAULTS.filter(({ code }) => code !== "CONF-003")) {
      test(`${fault.code}: ${fault.what}`, () => {
        prove({
          ...fault,
          breaks: (world) => {
            fault.breaks(world);
            restyle(world, style);
          },
        });
      });
    }
  });
}

test("styles change what they are about", () => {
  for (const style of Object.values(STYLES)) assert.notEqual(style("[a]\nb=c\n"), "[a]\nb=c\n");
});
