// Listeners of all kinds under the built executable: those that work, and those that must not harm anybody.

import assert from "node:assert/strict";
import { join } from "node:path";
import { pool, waitForEvents } from "./events/records.ts";
import type { Daemon } from "./rig/daemon.ts";
import { ROOT } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { residentKb } from "./rig/usage.ts";
import { textOf, waitForText } from "./rig/watch.ts";
import type { Value } from "./rig/xmlrpc.ts";

type Struct = Readonly<Record<string, Value>>;

async function pools(daemon: Daemon): Promise<Map<string, Struct>> {
  const answer = await daemon.call("tsv.getEventPools");
  if (answer.kind !== "result") throw new Error(JSON.stringify(answer));
  return new Map((answer.value as Struct[]).map((each) => [String(each["name"]), each]));
}

e2e("a listener written in sh gets its events", async (rig) => {
  const script = join(ROOT, "test/e2e/events/listener.sh");
  const daemon = await rig.startWith(`
[eventlistener:sh]
command=/bin/sh ${script} %(here)s/sh.events
events=REMOTE_COMMUNICATION
`);
  await daemon.ask("sendRemoteCommEvent", "greeting", "hello\nworld");
  await daemon.ask("sendRemoteCommEvent", "second", "");
  await waitForText(rig.path("sh.events"), /\|\n/, { times: 2 });
  assert.equal(
    textOf(rig.path("sh.events")),
    "ver:3.0 server:supervisor serial:0 pool:sh poolserial:0 eventname:REMOTE_COMMUNICATION len:25\n" +
      "type:greeting\nhello\nworld|\n" +
      "ver:3.0 server:supervisor serial:1 pool:sh poolserial:1 eventname:REMOTE_COMMUNICATION len:12\n" +
      "type:second\n|\n",
  );
});

e2e(
  "a pool that does not read a flood drops the oldest, reports it once and counts; memory is bounded (event-overflow)",
  async (rig) => {
    const daemon = await rig.startWith(`
${pool("hung", "PROCESS_LOG", "hang", "buffer_size=5")}
${pool("silent", "PROCESS_LOG", "--greet READ ok", "buffer_size=1000000")}
[program:flood]
command=sh -c 'echo first; read -r go; yes | head -c 100000000; echo done >&2; sleep 1000'
startsecs=0
autostart=false
stdout_logfile=NONE
stderr_logfile=%(here)s/flood.err
stdout_events_enabled=true
`);
    await daemon.logged(/success: /, 2);
    const before = residentKb(daemon.pid);
    await daemon.ask("startProcess", "flood");
    // A listener hangs once it has an event; until then the flood must not come.
    await waitForEvents(rig.path("hung.events"), ({ payload }) => /first/.test(payload), "first");
    await daemon.ask("sendProcessStdin", "flood", "go\n");
    await waitForText(rig.path("flood.err"), /done/);
    const all = await pools(daemon);
    const hung = all.get("hung") ?? {};
    const silent = all.get("silent") ?? {};
    assert.equal(hung["waiting"], 5);
    assert.ok(Number(hung["dropped"]) > 100);
    assert.equal(
      Number(hung["accepted"]),
      Number(hung["dropped"]) + Number(hung["waiting"]) + Number(hung["processed"]) + 1,
    );
    assert.ok(Number(silent["dropped"]) > 0, "by size");
    const lines = textOf(daemon.log).match(/event buffer overflowed, discarding event/g) ?? [];
    assert.equal(lines.length, 2, "one for each pool");
    const grown = residentKb(daemon.pid) - before;
    assert.ok(grown < 200 * 1024, `grew by ${grown} KB`);
    assert.equal((await daemon.shutdown()).status, 0);
    assert.match(
      textOf(daemon.log),
      /pool hung event buffer overflowed, discarded \d+ more events/,
    );
  },
);
