// Following a log with the built executable: every byte, through clear and a restart of the daemon.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";
import { waitForChange } from "./rig/watch.ts";

const absent = withoutTerminal();

e2e(
  "a log is followed byte for byte, through clear and restart (tail-follow-bytes)",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(`
[program:raw]
command=/bin/sh -c 'while read -r code; do printf "$code"; done'
stdout_logfile=%(here)s/raw.log
startsecs=0
`);
    await daemon.logged(/success: raw/);
    const argv = [TSV_BY_NAME.path("supervisorctl"), "-c", rig.path("d.conf"), "tail", "-f", "raw"];
    const typist = new Typist(["/bin/sh", "-c", `exec ${argv.join(" ")} 2>&1 >out`], {
      cwd: rig.directory,
      mark: rig.mark,
      columns: 200,
    });
    const out = (): string => readFileSync(rig.path("out"), "latin1");
    const wait = (text: string): Promise<true> =>
      waitForChange(
        rig.directory,
        () => (existsSync(rig.path("out")) && out().includes(text)) || undefined,
        text,
      );
    const say = (code: string): Promise<unknown> =>
      daemon.ask("sendProcessStdin", "raw", `${code}\n`);
    await wait("<==\n");
    await say("a\\377\\303");
    await wait("a\u00ff\u00c3");
    await say("\\251\\000b\\n");
    await wait("\u00a9\u0000b\n");
    await rig.ctl(TSV_BY_NAME, "clear", "raw");
    await say("cleared\\n");
    await wait("cleared\n");
    await rig.ctl(TSV_BY_NAME, "reload");
    await typist.shows(/^==> Lost unix:.*, waiting for it to come back <==$/);
    await daemon.logged(/success: raw/, 2);
    await say("again\\n");
    await wait("again\n");
    await typist.shows(/^==> Connected again <==$/);
    typist.type("\u0003");
    assert.equal(await typist.ended(), 0);
    // A log of one line may be the old one or a new one that begins alike: it is shown again rather than lost.
    assert.equal(
      out().replace("cleared\ncleared\n", "cleared\n"),
      "==> Press Ctrl-C to exit <==\na\u00ff\u00c3\u00a9\u0000b\ncleared\nagain\n\n",
    );
  },
);
