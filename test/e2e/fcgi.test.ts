// FastCGI programs under the built daemon: the socket's life, owner and mode, and starts without one.

import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { event } from "../rig/wait.ts";
import { FCGI_CHILD, gone, kindOf, request, withoutPython } from "./rig/fcgi.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const absent = withoutPython();

function fcgi(name: string, socket: string, more = ""): string {
  return `[fcgi-program:${name}]\ncommand=${FCGI_CHILD} ${name}\nsocket=${socket}\nstartsecs=0\n${more}\n`;
}

const POOL = "process_name=%(program_name)s_%(process_num)d\nnumprocs=2\n";

e2e("processes share a blocking socket that outlives each of them", absent, async (rig) => {
  const daemon = await rig.startWith(fcgi("app", "unix://%(here)s/app.sock", POOL));
  const path = rig.path("app.sock");
  await daemon.logged(/success: app_1/);
  assert.equal(kindOf(path), "socket 0700");
  const [name, pid, blocking] = (await request({ path })).split(" ");
  assert.deepEqual([name, blocking], ["app", "True"]);
  // The one that answers dies, the other takes over on the same socket, and it is started again.
  const { ino } = lstatSync(path);
  const [, dying] = (await request({ path }, "exit")).split(" ");
  await daemon.logged(/exited: app_\d \(exit status 3; not expected\)/);
  assert.match(await request({ path }), /^app \d+ True$/);
  await daemon.logged(/success: app_/, 3);
  assert.equal(lstatSync(path).ino, ino);
  assert.match(`${pid} ${dying}`, /^\d+ \d+$/);
  await daemon.ask("stopProcess", "app:app_0");
  assert.match(await request({ path }), /^app \d+ True$/);
  await daemon.ask("stopProcess", "app:app_1");
  await gone(path);
  assert.equal(await request({ path }), "ENOENT");
  await daemon.logged(/Closing socket unix/);
  assert.deepEqual(readFileSync(daemon.log, "utf8").match(/(?:Creating|Closing) socket unix/g), [
    "Creating socket unix",
    "Closing socket unix",
  ]);
});

e2e(
  "the socket belongs to socket_owner, or to the program's user, with socket_mode",
  absent || withoutRoot(),
  async (rig) => {
    const daemon = await rig.startWith(
      fcgi("a", "unix://%(here)s/a.sock", "socket_owner=nobody:daemon\nsocket_mode=0620\n") +
        fcgi("b", "unix://%(here)s/b.sock", "user=nobody\n"),
    );
    await daemon.logged(/success: [ab] /, 2);
    const a = lstatSync(rig.path("a.sock"));
    const b = lstatSync(rig.path("b.sock"));
    assert.equal(kindOf(rig.path("a.sock")), "socket 0620");
    assert.equal(kindOf(rig.path("b.sock")), "socket 0700");
    assert.deepEqual([a.uid, a.gid], [65534, 1]);
    assert.equal(b.uid, 65534);
    assert.match(await request({ path: rig.path("b.sock") }), /^b /);
  },
);

e2e(
  "fcgi-in-group: in a group each section has its socket, and others a pipe",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(
      `${fcgi("one", "unix://%(here)s/one.sock")}${fcgi("two", "unix://%(here)s/%(program_name)s.sock")}` +
        "[program:plain]\ncommand=cat\nstartsecs=0\n[group:g]\nprograms=one,two,plain\n",
    );
    await daemon.logged(/success: /, 3);
    assert.match(await request({ path: rig.path("one.sock") }), /^one /);
    assert.match(await request({ path: rig.path("two.sock") }), /^two /);
    assert.equal(await daemon.ask("sendProcessStdin", "g:plain", "x"), true);
    const answer = await daemon.call("supervisor.sendProcessStdin", "g:one", "x");
    assert.deepEqual(answer, { kind: "fault", code: 20, text: "NO_FILE: g:one" });
    await daemon.ask("stopProcess", "g:one");
    await gone(rig.path("one.sock"));
    assert.deepEqual(
      [kindOf(rig.path("one.sock")), kindOf(rig.path("two.sock"))],
      ["nothing", "socket 0700"],
    );
  },
);

e2e(
  "fcgi-not-stale: a socket with a listener is kept, a stale one is replaced",
  absent,
  async (rig) => {
    mkdirSync(rig.path("d"));
    const server = createServer((socket) => {
      socket.on("error", () => {}); // tsv hangs up at once when it asks whether somebody is there
      socket.end("theirs\n");
    }).listen(rig.path("taken.sock"));
    await event(server, "listening");
    try {
      const daemon = await rig.startWith(
        fcgi("taken", "unix://%(here)s/taken.sock", "startretries=0\n") +
          fcgi("dead", "unix://%(here)s/dead.sock"),
      );
      await daemon.logged(/gave up: taken/);
      await daemon.logged(/success: dead/);
      assert.match(
        String((await daemon.info("taken"))["spawnerr"]),
        /process .* is already listening on .*taken\.sock/,
      );
      assert.equal(await request({ path: rig.path("taken.sock") }), "theirs");
      // A daemon that is killed leaves the file; the next one's program gets a socket of its own.
      const child = Number((await daemon.info("dead"))["pid"]);
      await daemon.killed();
      process.kill(child, "SIGKILL");
      assert.equal(kindOf(rig.path("dead.sock")), "socket 0700");
      const next = rig.launch();
      await next.logged(/success: dead/, 2);
      assert.match(await request({ path: rig.path("dead.sock") }), /^dead /);
    } finally {
      server.close();
    }
  },
);
