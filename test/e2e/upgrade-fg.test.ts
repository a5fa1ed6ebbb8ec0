// A daemon replaced while somebody sits in front of one of its programs.

import assert from "node:assert/strict";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext();

e2e(
  "somebody in front of a program is told that it runs on",
  absent || withoutTerminal(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    const daemon = await host.start(`
[program:answers]
command=/bin/sh -c 'while read -r line; do echo "got $line"; done'
stdout_logfile=%(here)s/answers.log
startsecs=0
`);
    await daemon.logged(/success: answers/);
    const typist = new Typist([TSV, "fg", "-c", rig.path("d.conf"), "answers"], {
      ...{ cwd: rig.directory, mark: rig.mark, columns: 200 },
    });
    await typist.shows(/^==> Press Ctrl-C to exit <==$/);
    typist.type("hello\r");
    await typist.shows(/^got hello$/);
    host.install();
    await host.replaced();
    await typist.shows(/^answers runs on, and its daemon was replaced: fg answers shows it again$/);
    assert.equal(await typist.ended(), 0);
  },
);
