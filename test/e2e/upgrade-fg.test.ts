// An upgrade of the daemon during fg.

import assert from "node:assert/strict";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext();

e2e("fg prints that the program is still running", absent || withoutTerminal(), async (rig) => {
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
  await typist.shows(
    /^answers is still running; its daemon was upgraded: fg answers attaches again$/,
  );
  assert.equal(await typist.ended(), 0);
});
