// The activity log when everybody who can write into it tries to: each of its lines is a record of the daemon's, and none
// does anything to the terminal that shows it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { call, exchange } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";

const FORGED = "2026-11-22 08:00:00,000 CRIT forged";
const ESCAPES = "\x1b]0;title\x07\x9b2J\r";

const LISTENER = String.raw`
printf 'READY\n'
read line
printf 'RESULT \033]0;title\007\r${FORGED}\n'
exec sleep 1000
`;
const PROGRAM = String.raw`printf 'one\n${FORGED}\n\033[2J\302\2332J\n'; echo end >&2; exec sleep 1000`;

e2e(
  "listeners, programs, clients and names of files write no lines and no control characters of their own (log-printable)",
  async (rig) => {
    const name = `x\n${FORGED}${ESCAPES}.conf`;
    rig.write(`included/${name}`, "[program:included]\ncommand=sleep 1000\nautostart=false\n");
    rig.write("listener.sh", LISTENER);
    rig.write("program.sh", PROGRAM);
    const daemon = await rig.startWith(
      `[program:talks]\ncommand=sh program.sh\ndirectory=%(here)s\n` +
        `[program:missing]\ncommand=/no/such/\x1b]0;title\x07command\n` +
        `[eventlistener:l]\ncommand=sh listener.sh\ndirectory=%(here)s\nevents=SUPERVISOR_STATE_CHANGE,TICK_5\n` +
        `[include]\nfiles=included/* nothing\x1b]0;title\x07\x9b*.conf\n`,
      { args: ["-e", "trace"] },
    );
    await daemon.logged(/bad result line/);
    await daemon.logged(/'talks' stdout output/);
    await daemon.logged(/gave up: missing|can't find command/);
    await call(daemon.endpoint, `no.such\n${FORGED}\x9b2J\x85`, []);
    await call(daemon.endpoint, "supervisor.startProcess", [`nope\n${FORGED}\x9b2J`, true]);
    await exchange(daemon.endpoint, "GET /nothing\x9b2J HTTP/1.1\r\nHost: x\r\n\r\n", (text) =>
      text.includes("\r\n\r\n"),
    );
    await daemon.ask("reloadConfig");
    await daemon.shutdown();
    const lines = readFileSync(daemon.log, "utf8").split("\n");
    assert.ok(lines.some((line) => line.includes("title")));
    assert.ok(lines.some((line) => line.includes("forged")));
    assert.equal(lines.pop(), "");
    for (const line of lines) {
      assert.doesNotMatch(line, /\p{Cc}/u);
      assert.match(line, /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]{4} | {4})/, line);
      assert.doesNotMatch(line, /^2026-11-22 08:00:00,000/);
    }
  },
);
