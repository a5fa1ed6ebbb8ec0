// FastCGI programs under the built daemon: the socket's life, owner and mode, and starts without one.

import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { event } from "../rig/wait.ts";
import { FCGI_CHILD, gone, kindOf, request, withoutPython } from "./rig/fcgi.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
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

e2e("a TCP socket by name, with its own backlog", absent, async (rig) => {
  const port = await rig.findPort();
  const daemon = await rig.startWith(fcgi("app", `tcp://LocalHost:${port}`, "socket_backlog=5"));
  await daemon.logged(new RegExp(`Creating socket tcp://localhost:${port}`));
  assert.match(await request({ host: "127.0.0.1", port }), /^app \d+ True$/);
  await daemon.ask("stopProcess", "app");
  assert.equal(await request({ host: "127.0.0.1", port }), "ECONNREFUSED");
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
  "fcgi-in-group: a member without a usable socket runs, and the log reports it",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(
      "[fcgi-program:a]\ncommand=cat\nstartsecs=0\n[group:g]\nprograms=a\n",
    );
    await daemon.logged(/success: a /);
    await daemon.logged(
      /CRIT \[fcgi-program:a\] in \[group:g\] runs without its FastCGI socket: .*requires a "socket" line/,
    );
    assert.equal(await daemon.ask("sendProcessStdin", "g:a", "x"), true);
  },
);

e2e(
  "fcgi-spawn-error: a socket that cannot be made is the spawn error, and the daemon runs on",
  absent,
  async (rig) => {
    const server = createServer().listen(0, "127.0.0.1");
    await event(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    rig.write("data", "somebody's");
    const retries = "startretries=0\n";
    const daemon = await rig.startWith(
      fcgi("file", "unix://%(here)s/data", retries) +
        fcgi("lost", "unix://%(here)s/no/such/x.sock", retries) +
        fcgi("port", `tcp://127.0.0.1:${port}`, retries) +
        fcgi("good", "unix://%(here)s/good.sock") +
        fcgi("same", "unix://%(here)s/good.sock", retries),
    );
    try {
      await daemon.logged(/gave up/, 4);
      await daemon.logged(/success: good/);
      const reason = async (name: string): Promise<string> =>
        String((await daemon.info(name))["spawnerr"]);
      assert.match(
        await reason("file"),
        /Could not create FastCGI socket unix:.*data is a plain file \(owned by .*\), not a socket/,
      );
      assert.match(await reason("lost"), /The directory .*no\/such does not exist .*create it/);
      assert.match(
        await reason("port"),
        new RegExp(`process ${process.pid} .*is already listening on .*127.0.0.1:${port}`),
      );
      assert.match(await reason("same"), /it is the socket of \[fcgi-program:good\] already/);
      assert.equal(readFileSync(rig.path("data"), "utf8"), "somebody's");
      assert.match(await request({ path: rig.path("good.sock") }), /^good /);
    } finally {
      server.close();
    }
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

e2e(
  "update moves a group to another socket, and nothing is left of the first",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(fcgi("app", "unix://%(here)s/one.sock"));
    await daemon.logged(/success: app/);
    rig.configure(fcgi("app", "unix://%(here)s/two.sock", "socket_mode=0777\n"));
    const { stdout } = await rig.ctl(TSV_BY_NAME, "update");
    assert.equal(stdout, "app: stopped\napp: updated process group\n");
    await daemon.logged(/success: app/, 2);
    await gone(rig.path("one.sock"));
    assert.deepEqual(
      ["one", "two"].map((name) => kindOf(rig.path(`${name}.sock`))),
      ["nothing", "socket 0777"],
    );
    assert.match(await request({ path: rig.path("two.sock") }), /^app /);
    // As in Supervisor, only the address counts as a change.
    rig.configure(fcgi("app", "unix://%(here)s/two.sock", "socket_mode=0700\n"));
    assert.equal((await rig.ctl(TSV_BY_NAME, "update")).stdout, "");
  },
);
