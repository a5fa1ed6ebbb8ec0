// tsv top and tsv status --watch on a terminal.

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { Typist, type TypistOptions, withoutTerminal } from "./rig/typist.ts";
import { waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutTerminal();

const PROGRAMS = `
[program:web]
command=/bin/sh -c 'echo hello from web; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/web.out
depends_on=db
[program:db]
command=sleep 1000
startsecs=0
[program:bad]
command=/no/such
startretries=0
`;

/** What restores the terminal: it is the last that top writes. */
const LEAVE = /\x1b\[\?25h\x1b\[\?1049l$/;

function onTerminal(
  rig: Rig,
  words: readonly string[],
  options: Partial<TypistOptions> = {},
): Typist {
  const argv = [TSV, ...words, "-c", rig.path("d.conf")];
  return new Typist(argv, { cwd: rig.directory, mark: rig.mark, ...options });
}

e2e(
  "top shows programs and their changes, acts after a question, and restores the terminal",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(PROGRAMS);
    await daemon.logged(/gave up: bad/);
    const typist = onTerminal(rig, ["top"]);
    await typist.shows(/^3 programs: .*2 RUNNING/);
    await typist.shows(/^> bad +FATAL/);
    await typist.shows(/^ {2}web +RUNNING +\d/);
    // Another client stops it: an event.
    await rig.verb("stop", "db");
    await typist.shows(/^ {2}db +STOPPED/);
    typist.type("\x1b[B");
    await typist.shows(/^> db +STOPPED/);
    typist.type("s");
    await typist.shows(/^start db\? \[y\/N\]$/);
    typist.type("n");
    await typist.shows(/^nothing was done$/);
    typist.type("sy");
    await typist.shows(/^db: started$/);
    await typist.shows(/^> db +RUNNING/);
    typist.type("t");
    await typist.shows(/^ {2}web +RUNNING/);
    await typist.shows(/^> {3}db +RUNNING/);
    typist.type("t/web\r");
    await typist.shows(/^> web +RUNNING/);
    typist.type("w");
    await typist.shows(/^web: why it is in its state$/);
    await typist.shows(/^It is running with pid \d+/);
    typist.type("ql");
    await typist.shows(/^web: stdout, new output follows$/);
    await typist.shows(/^hello from web$/);
    typist.type("e");
    await typist.shows(/^web: stderr/);
    typist.type("qq");
    assert.equal(await typist.ended(), 0);
    assert.match(typist.screen.bytes, LEAVE);
  },
);

e2e("new output of a log that top shows follows, and is searched", absent, async (rig) => {
  const daemon = await rig.startWith(
    `[program:cat]
command=/bin/sh -c 'while read line; do printf "\\033[31m%%s\\033[0m\\033[2J\\n" "$line"; done'
startsecs=0
stdout_logfile=%(here)s/cat.out
`,
  );
  await daemon.ask("sendProcessStdin", "cat", "first\n");
  const typist = onTerminal(rig, ["top"]);
  await typist.shows(/^> cat +RUNNING/);
  typist.type("\r");
  await typist.shows(/^first$/);
  await daemon.ask("sendProcessStdin", "cat", "second\n");
  await typist.shows(/^second$/);
  typist.type("/nowhere\r");
  await typist.shows(/not found: nowhere$/);
  typist.type("\x03");
  assert.equal(await typist.ended(), 0);
  assert.match(typist.screen.bytes, LEAVE);
});

e2e("top finds the daemon again after it has ended and was started", absent, async (rig) => {
  const daemon = await rig.startWith(PROGRAMS);
  const typist = onTerminal(rig, ["top"]);
  await typist.shows(/^3 programs: /);
  await daemon.shutdown();
  await typist.shows(/^tsv top: .*; trying again$/);
  // The rig takes a line in it for the second one's.
  rmSync(daemon.log);
  await rig.start();
  await typist.shows(/^3 programs: /);
  await typist.shows(/^. web +RUNNING/);
  typist.type("q");
  assert.equal(await typist.ended(), 0);
});

e2e("top fits a terminal that is resized, and restores it after a signal", absent, async (rig) => {
  await rig.startWith(PROGRAMS);
  const pidFile = rig.path("top.pid");
  const conf = rig.path("d.conf");
  const argv = ["/bin/sh", "-c", `echo $$ > ${pidFile}; exec "${TSV}" top -c "${conf}"`];
  const env = { NO_COLOR: "1" };
  const typist = new Typist(argv, { cwd: rig.directory, mark: rig.mark, env });
  await typist.shows(/^\? help .* < > sort$/);
  typist.resize(40, 10);
  await typist.shows(/^\? help {2}q quit {2}s start {2}x stop$/);
  const start = typist.screen.bytes.lastIndexOf("\x1b[?1049h");
  await typist.shows(/^> bad/);
  for (const [, text = ""] of typist.screen.bytes.slice(start).matchAll(/\x1b\[K([^\x1b]*)/g))
    assert.ok(text.length <= 40, text);
  assert.doesNotMatch(typist.screen.bytes, /\x1b\[3\dm/);
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTERM");
  await typist.ended();
  assert.match(typist.screen.bytes, LEAVE);
});

e2e("a user who may only read is told so instead of a question", absent, async (rig) => {
  const port = await rig.findPort();
  await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${port}\n[user:ann]\npassword=look\n${PROGRAMS}`,
  );
  const server = ["-s", `http://127.0.0.1:${port}`, "-u", "ann", "-p", "look"];
  const options = { cwd: rig.directory, mark: rig.mark };
  const typist = new Typist([TSV, "top", ...server], options);
  await typist.shows(/^> bad/);
  // Permissions are asked for with the first look.
  typist.type("x");
  await typist.shows(/^cannot stop bad: not permitted: this needs the role operate$/);
  typist.type("q");
  assert.equal(await typist.ended(), 0);
});

e2e("without a terminal that can be drawn on, top and --watch say why", absent, async (rig) => {
  await rig.startWith("");
  for (const words of [["top"], ["status", "--watch"]]) {
    const { status, stdout, stderr } = await rig.tsv(...words, "-c", rig.path("d.conf"));
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^Error: .* needs a terminal for its input and output\n/);
    assert.match(stderr, /tsv status -c /);
    const typist = onTerminal(rig, words, { env: { TERM: "dumb" } });
    await typist.shows(/^Error: .* moves the cursor, which a terminal with TERM=dumb cannot/);
    assert.equal(await typist.ended(), 2);
  }
});

e2e("status --watch draws again when something changes", absent, async (rig) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/gave up: bad/);
  const typist = onTerminal(rig, ["status", "--watch"]);
  await typist.shows(/^tsv status: 3 programs, q leaves$/);
  await typist.shows(/^db +RUNNING/);
  await rig.verb("stop", "db");
  await typist.shows(/^db +STOPPED/);
  typist.type("q");
  assert.equal(await typist.ended(), 0);
  assert.match(typist.screen.bytes, LEAVE);
});

e2e("status --failed and --long are for pipes too", async (rig) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/gave up: bad/);
  await waitForText(rig.path("web.out"), /hello/);
  const failed = await rig.verb("status", "--failed");
  assert.match(failed.stdout, /^bad +FATAL +can't find command '\/no\/such'\n$/);
  assert.equal(failed.status, 3);
  const fine = await rig.verb("status", "--failed", "db");
  assert.deepEqual([fine.stdout, fine.status], ["", 0]);
  const long = await rig.verb("status", "--long", "web");
  assert.match(long.stdout, /^web RUNNING\n {2}command {4}\/bin\/sh -c .*\n {2}state +pid \d+/);
  assert.match(long.stdout, /\n {2}stdout +\S+web\.out\n/);
  const wrong = await rig.verb("status", "--check", "--long");
  assert.equal(wrong.status, 2);
});

e2e("top goes on over an upgrade of the daemon", absent || withoutNext(), async (rig) => {
  const host = new UpgradeHost(rig);
  host.takeTurns();
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/gave up: bad/);
  const typist = onTerminal(rig, ["top"]);
  await typist.shows(/^3 programs: .*2 RUNNING/);
  await host.replaced();
  // An event of the new daemon, and an action through it.
  await rig.verb("stop", "db");
  await typist.shows(/^ {2}db +STOPPED/);
  typist.type("/db\r");
  await typist.shows(/^> db +STOPPED/);
  typist.type("sy");
  await typist.shows(/^db: started$/);
  await typist.shows(/^> db +RUNNING/);
  typist.type("q");
  assert.equal(await typist.ended(), 0);
  assert.match(typist.screen.bytes, LEAVE);
});
