// The examples of the documentation are configurations that tsv accepts.

import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { blocksOf, page } from "./rig/pages.ts";
import { e2e, type Rig } from "./rig/rig.ts";

async function assertAccepted(rig: Rig, sections: string): Promise<void> {
  const { status, stdout } = await rig.tsv("check", rig.configure(sections));
  assert.equal(status, 0, stdout);
  assert.match(stdout, /: ok\b/, sections);
}

for (const name of ["dependencies", "health", "logs", "run", "schedules"]) {
  e2e(`tsv check accepts each example of docs/${name}.md`, async (rig) => {
    const blocks = blocksOf(name);
    assert.ok(blocks.length > 0);
    for (const block of blocks) {
      // One needs the program of the example before it.
      const isWhole = !block.includes("restart_with=db") || block.includes("[program:db]");
      await assertAccepted(rig, isWhole ? block : `${block}[program:db]\ncommand=/bin/cat\n`);
    }
  });
}

for (const name of ["cookbook", "getting-started", "../README"]) {
  e2e(`tsv check accepts each example of docs/${name}.md, with a user who exists`, async (rig) => {
    const env = rig.write("web.env", "GREETING=hello\n");
    const blocks = blocksOf(name);
    assert.ok(blocks.length > 0);
    for (const block of blocks) {
      const asUser = block.replace(/^user=.*$/gm, `user=${userInfo().username}`);
      const paths = asUser.replace("/etc/app/web.env", env).replace("/var/log/tsv", rig.directory);
      await assertAccepted(rig, paths);
    }
  });
}

e2e("tsv check accepts each value of docs/schedules.md", async (rig) => {
  const rows = Array.from(page("schedules").matchAll(/^\| (`.*) \| (?:at|every|ten|once) /gm));
  const values = rows.flatMap(([, cell = ""]) =>
    Array.from(cell.matchAll(/`([^`]+)`/g), ([, value = ""]) => value),
  );
  assert.ok(values.length >= 11, values.join());
  const programs = values.map((each, n) => `[program:v${n}]\ncommand=/bin/cat\nschedule=${each}\n`);
  await assertAccepted(rig, programs.join(""));
});
