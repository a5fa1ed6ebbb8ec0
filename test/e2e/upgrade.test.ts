// The daemon replaced by another version of tsv while its programs run.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lstatSync, writeFileSync } from "node:fs";
import { FCGI_CHILD, kindOf, request, withoutPython } from "./rig/fcgi.ts";
import { call, type Endpoint, open } from "./rig/http.ts";
import { CHILD } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf, waitForChange, waitForText } from "./rig/watch.ts";
import type { Value } from "./rig/xmlrpc.ts";
import {
  assertCounts,
  commandLine,
  counter,
  LOG_MS,
  OPEN_BY_CHANCE,
  openCount,
  ownMemoryKb,
  pidsOf,
  stopCounter,
  UpgradeHost,
  untilLastLine,
  wholeLog,
} from "./upgrade/host.ts";
import { NEXT_VERSION, withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext();

function mkfifo(path: string): void {
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
}

/**
 * More than a pipe holds at a time, until there is a file `stop`; on a slow machine it is over sooner.
 * @param end the file that gets the last number
 */
const flood = (end: string): string =>
  `i=0; while [ ! -e stop ] && [ $i -lt 3000000 ]; do seq $((i+1)) $((i+20000)); i=$((i+20000)); sleep 0.1; done; echo $i done >${end}; exec sleep 1000`;

e2e(
  "ten upgrades and downgrades in a row under load lose and double no line",
  absent,
  async (rig) => {
    const host = new UpgradeHost(rig);
    host.takeTurns();
    const daemon = await host.start(`
[program:counter]
command=/bin/sh -c '${counter(1001)}'
directory=%(here)s
stdout_logfile=%(here)s/counter.log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=500

[program:flood]
command=/bin/sh -c '${flood("flooded")}'
directory=%(here)s
stdout_logfile=%(here)s/flood.log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=100

[program:formatted]
command=/bin/sh -c '${flood("formatted")}'
directory=%(here)s
stdout_logfile=%(here)s/formatted.log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=100
log_format=prefix
log_timestamp=none
`);
    await daemon.logged(/spawned: /, 3);
    const before = await pidsOf(daemon);
    const words = commandLine(daemon.pid);
    const counts: number[] = [];
    const memory: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      host.turn();
      await host.replaced();
      assert.deepEqual(await pidsOf(daemon), before);
      assert.equal(await daemon.ask("getPID"), daemon.pid);
      counts.push(openCount(daemon.pid));
      memory.push(ownMemoryKb(daemon.pid));
    }
    assert.equal(commandLine(daemon.pid), words);
    await daemon.logged(new RegExp(`tsv ${NEXT_VERSION} was upgraded from `), 5);
    const counted = await stopCounter(rig);
    const wait = { timeoutMs: LOG_MS };
    const [, flooded = ""] = await waitForText(rig.path("flooded"), /(\d+) done/, wait);
    await untilLastLine(rig, "flood.log", flooded);
    const [, formatted = ""] = await waitForText(rig.path("formatted"), /(\d+) done/, wait);
    await untilLastLine(rig, "formatted.log", `formatted | ${formatted}`);
    assert.equal(assertCounts(wholeLog(rig, "counter.log"), "counter"), counted);
    assert.equal(assertCounts(wholeLog(rig, "flood.log"), "flood"), Number(flooded));
    const lines = wholeLog(rig, "formatted.log").replace(/^formatted \| /gm, "");
    assert.equal(assertCounts(lines, "formatted"), Number(formatted));
    // What each of them lost would be nine by now.
    const spread = Math.max(...counts) - Math.min(...counts);
    assert.ok(spread <= OPEN_BY_CHANCE, `descriptors: ${counts.join(" ")}`);
    // One that is looked at before it has collected garbage says little; what is carried on and on is in all of the later ones.
    const [first = 0, ...others] = memory;
    assert.ok(Math.min(...others.slice(-5)) < first * 1.5, `own memory: ${memory.join(" ")} KB`);
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

// A `read <go` may open the pipe while the previous writer still has it open: at the end of the file it reads again.
e2e("operations in progress are finished by the successor", absent, async (rig) => {
  const host = new UpgradeHost(rig);
  for (const name of ["go", "read"]) mkfifo(rig.path(name));
  const daemon = await host.start(`
[program:talker]
command=${CHILD}
stdout_logfile=%(here)s/talker.log
stdout_capture_maxbytes=1MB
startsecs=0

[program:reader]
command=/bin/sh -c 'read -r go <read; exec head -c 400000 >got'
directory=%(here)s
startsecs=0

[program:terminal]
command=/bin/cat
tty=true
stdout_logfile=%(here)s/terminal.log
startsecs=0

[eventlistener:pool]
command=/bin/sh -c 'echo READY; while read -r header; do read -r type; read -r payload; echo "$header $payload" >>events; until read -r go <go; do :; done; printf "RESULT 2\\nOKREADY\\n"; done'
directory=%(here)s
events=PROCESS_COMMUNICATION,REMOTE_COMMUNICATION
startsecs=0
`);
  await daemon.logged(/success: /, 4);
  const before = await pidsOf(daemon);
  const say = (name: string, text: string): Promise<unknown> =>
    daemon.ask("sendProcessStdin", name, text);
  const print = (text: string): Promise<unknown> => say("talker", `printf '${text}'\n`);
  const letGo = (name: string): void => writeFileSync(rig.path(name), "go\n");

  await daemon.ask("sendRemoteCommEvent", "first", "1\n");
  await waitForText(rig.path("events"), /serial:0 .* 1\n/);
  await daemon.ask("sendRemoteCommEvent", "second", "2\n");
  await print("before <!--XSUPERVISOR:BEG");
  await say("reader", "x".repeat(400_000));
  await waitForText(rig.path("talker.log"), /before $/);

  host.install();
  await host.replaced();
  assert.deepEqual(await pidsOf(daemon), before);
  await print("IN-->captured\\n<!--XSUPER");
  await daemon.ask("readProcessStdoutLog", "talker", 0, 0);
  await host.replaced();
  await print("VISOR:END--> after\\n");
  await say("terminal", "typed\n");
  letGo("read");
  letGo("go");
  await waitForText(rig.path("events"), /serial:1 .* 2\n/);
  letGo("go");
  await waitForText(rig.path("events"), /serial:2 .* captured\n/);
  letGo("go");
  await waitForText(rig.path("talker.log"), /before {2}after\n$/);
  await waitForText(rig.path("terminal.log"), /typed\r\ntyped\r\n/);
  await daemon.logged(/exited: reader/);
  assert.equal(textOf(rig.path("got")), "x".repeat(400_000));
  const pools = await daemon.call("tsv.getEventPools");
  assert.ok(pools.kind === "result");
  const [pool] = pools.value as readonly Readonly<Record<string, Value>>[];
  const { accepted, dropped, rejected } = pool ?? {};
  assert.deepEqual({ accepted, dropped, rejected }, { accepted: 3, dropped: 0, rejected: 0 });
});

e2e(
  "sockets of the daemon and of FastCGI programs answer all the time",
  absent || withoutPython(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    const port = await rig.findPort();
    const web = rig.path("web.sock");
    const daemon = await host.start(`
[inet_http_server]
port=127.0.0.1:${port}

[fcgi-program:web]
command=/usr/bin/python3 ${FCGI_CHILD} web
socket=unix://%(here)s/web.sock
startsecs=0
`);
    await daemon.logged(/success: web/);
    assert.match(await request({ path: web }), /web/);
    const file = lstatSync(rig.path("d.sock")).ino;
    const kept = await open(daemon.endpoint);
    let isOver = false;
    const failures: string[] = [];
    let answers = 0;
    const hammer = async (to: Endpoint): Promise<void> => {
      while (!isOver || (answers <= 20 && failures.length === 0)) {
        try {
          const answer = await call(to, "supervisor.getPID");
          if (answer.kind === "result" && answer.value === daemon.pid) answers += 1;
          else failures.push(JSON.stringify(answer));
        } catch (error) {
          failures.push(String(error));
        }
      }
    };
    const inet = { host: "127.0.0.1", port };
    const clients = [daemon.endpoint, daemon.endpoint, inet, inet].map(hammer);
    for (let n = 0; n < 3; n += 1) {
      host.install();
      await host.replaced();
    }
    isOver = true;
    await Promise.all(clients);
    kept.destroy();
    assert.deepEqual(failures, []);
    assert.ok(answers > 20, `${answers} answers`);
    assert.equal(lstatSync(rig.path("d.sock")).ino, file, "the file of the socket is the same");
    assert.match(await request({ path: web }), /web/);
    await daemon.ask("stopProcess", "web:web");
    await waitForChange(rig.directory, () => kindOf(web) === "nothing" || undefined, "no web.sock");
    await daemon.shutdown();
    assert.equal(kindOf(rig.path("d.sock")), "nothing");
    assert.equal(kindOf(rig.path("d.pid")), "nothing");
  },
);
