// Programs on a terminal under the daemon: their logs, a reload, and a machine without node-pty.

import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { withoutPty } from "../integration/host/processes/pty-rig.ts";
import { e2e } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";

const absent = withoutPty();

/** How many descriptors of a process are our side of a terminal. */
function masters(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).filter((fd) => {
    try {
      return /ptmx/.test(readlinkSync(`${directory}/${fd}`));
    } catch {
      return false; // the one that read the directory
    }
  }).length;
}

e2e(
  "colours and single lines appear in the log of a program on a terminal",
  absent,
  async (rig) => {
    const script = rig.write(
      "lines.py",
      "import sys, time\nprint('no flush', file=sys.stdout)\nprint('error', file=sys.stderr)\ntime.sleep(1000)\n",
    );
    const daemon = await rig.startWith(
      `[program:colours]
command=/bin/sh -c 'ls --color=auto -d /; stty size; echo $TERM; exec sleep 1000'
tty=true
stdout_logfile=${rig.path("colours.log")}
[program:lines]
command=/usr/bin/python3 ${script}
tty=true
stdout_logfile=${rig.path("lines.log")}
`,
    );
    await waitForText(
      rig.path("colours.log"),
      /\x1b\[01;34m\/\x1b\[0m\r\n24 80\r\nxterm-256color\r\n/,
    );
    await waitForText(rig.path("lines.log"), /no flush\r\nerror\r\n/);
    assert.equal((await daemon.info("lines"))["stderr_logfile"], "");
    assert.equal(masters(daemon.pid), 4);
    await daemon.ask("stopAllProcesses");
    await daemon.info("lines"); // answered when the turn in which they were released is over
    assert.equal(masters(daemon.pid), 0);
  },
);

e2e(
  "a reload gives each program a new terminal, and keeps none of the old",
  absent,
  async (rig) => {
    const log = rig.path("shell.log");
    const daemon = await rig.startWith(
      `[program:shell]\ncommand=/bin/sh -c 'tty; exec sleep 1000'\ntty=true\nstdout_logfile=${log}\n`,
    );
    await daemon.logged(/success: shell/);
    await waitForText(log, /\/dev\/pts\/\d+\r\n/);
    daemon.signal("SIGHUP");
    await daemon.logged(/success: shell/, 2);
    await waitForText(log, /\/dev\/pts\/\d+\r\n/, { times: 2 });
    assert.equal(masters(daemon.pid), 2);
  },
);

e2e("without node-pty other programs run, and the error says what to install", async (rig) => {
  rig.configure(
    "[program:screen]\ncommand=sleep 1000\ntty=true\nstartretries=0\n[program:plain]\ncommand=sleep 1000\n",
  );
  const daemon = await rig.start({ env: { TSV_NODE_PTY: "/nonexistent" } });
  await daemon.logged(/success: plain/);
  await daemon.logged(/gave up: screen/);
  const why =
    "couldn't give 'screen' a terminal: tty=true requires node-pty, and this tsv cannot load it: install it " +
    "(npm install -g node-pty, which needs a C++ compiler) or name its directory in TSV_NODE_PTY. " +
    "Looked for: /nonexistent/build/Release/pty.node (not there)";
  assert.equal((await daemon.info("screen"))["spawnerr"], why);
  assert.ok(textOf(daemon.log).includes(`spawnerr: ${why}\n`));
  const status = await rig.verb("status");
  assert.match(
    status.stdout,
    /^screen +FATAL +couldn't give 'screen' a terminal: tty=true requires node-pty/m,
  );
});
