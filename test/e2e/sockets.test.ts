// socket= and start_on= under the built daemon: no connection is refused, whatever happens to processes and daemon.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "../rig/free-port.ts";
import { event, until } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { kindOf, request, withoutPython } from "./rig/fcgi.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { Load } from "./rig/load.ts";
import { ROOT } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const absent = withoutPython();
const SERVER = join(ROOT, "test/e2e/rig/socket-server.py");
const DRAINING = join(ROOT, "test/e2e/rig/draining-server.py");

function web(socket: string, more = ""): string {
  return `[program:web]\ncommand=${SERVER}\nsocket=${socket}\nstartsecs=0\n${more}\n`;
}

/** @returns pid, words and leaked descriptors of the process that answers, or why none does */
async function answer(port: number, path = "/"): Promise<readonly string[]> {
  const text = await request({ port, host: "127.0.0.1" }, `GET ${path} HTTP/1.0\r\n\r`);
  return /^HTTP\/1\.[01] 200/.test(text) ? (text.split("\r\n\r\n")[1] ?? "").split(" ") : [text];
}

async function verb(rig: Rig, name: string, ...words: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await rig.verb(name, ...words);
  assert.equal(status, 0, `${name} ${words.join(" ")}: ${stdout}${stderr}`);
}

async function pids(daemon: Daemon, names: readonly string[]): Promise<readonly unknown[]> {
  return await Promise.all(names.map(async (name) => (await daemon.info(name))["pid"]));
}

e2e(
  "program-sockets: no request fails through restarts, apply, upgrade and death",
  absent,
  async (rig) => {
    const port = await freePort();
    const eight = (word: string): string =>
      web(
        `tcp://127.0.0.1:${port}`,
        `process_name=%(process_num)d\nnumprocs=8\nenvironment=WORD=${word}`,
      ).replace(SERVER, DRAINING);
    const names = Array.from({ length: 8 }, (_, n) => `web:${n}`);
    const daemon = await rig.startWith(eight("one"));
    await daemon.logged(/success: \d entered/, 8);
    await using load = new Load(port);
    await load.goesOn();
    let before = await pids(daemon, names);
    const areAllNew = async (): Promise<void> => {
      const after = await pids(daemon, names);
      assert.ok(after.every((pid) => Number(pid) > 0 && !before.includes(pid)));
      before = after;
      await load.goesOn();
    };
    await verb(rig, "restart", "web:*");
    await areAllNew();
    await verb(rig, "restart", "--rolling", "web:*");
    await areAllNew();
    rig.configure(eight("two"));
    await verb(rig, "apply");
    await areAllNew();
    assert.equal((await answer(port))[1], "two");
    await verb(rig, "upgrade");
    await load.goesOn();
    process.kill(daemon.process, "SIGKILL");
    await load.goesOn();
    await until(async () => (await daemon.ask("getState").catch(() => null)) !== null, {
      what: "the next daemon",
    });
    assert.deepEqual(await pids(daemon, names), before);
    await verb(rig, "restart", "web:*");
    await areAllNew();
    await load.end();
    assert.deepEqual(load.failures, []);
  },
);

e2e("no request fails while a socket moves, and none is lost in a swap", absent, async (rig) => {
  const [port, other] = [await freePort(), await freePort()];
  const program = (name: string, at = 0): string =>
    `[program:${name}]\ncommand=${SERVER}\nstartsecs=0\nenvironment=WORD=${name}\n` +
    `${at === 0 ? "" : `socket=tcp://127.0.0.1:${at}`}\n`;
  const grouped = "[group:g]\nprograms=one,two\n";
  const daemon = await rig.startWith(program("old", port));
  await daemon.logged(/success: old/);
  await using load = new Load(port);
  await load.goesOn();
  const moves: readonly (readonly [answers: string, config: string])[] = [
    ["new", program("new", port)],
    ["one", program("one", port) + program("two", other) + grouped],
    ["two", program("one", other) + program("two", port) + grouped],
    ["one", program("one", port) + program("two", other)],
    ["two", program("one", other) + program("two", port)],
  ];
  for (const [word, config] of moves) {
    rig.configure(config);
    await verb(rig, "apply");
    await load.goesOn();
    assert.equal((await answer(port))[1], word);
  }
  assert.equal((await answer(other))[1], "one");
  await load.end();
  assert.deepEqual(load.failures, []);
  const ctl = async (): Promise<string> => {
    const { stdout } = await rig.run(TSV_BY_NAME, "supervisorctl", ["-c", daemon.config, "update"]);
    return stdout;
  };
  // one is replaced first, and cannot be before two has left the socket.
  rig.configure(program("one", port) + program("two"));
  assert.match(await ctl(), /^two: updated process group\none: stopped$/m);
  assert.equal((await answer(port))[1], "one");
});

e2e("the program has these descriptors and no others, and their names", absent, async (rig) => {
  const port = await freePort();
  const command = `${SERVER} %(socket_fd)d %(socket_fd_adm)s`;
  const daemon = await rig.startWith(
    `[program:web]\ncommand=${command}\nsocket=tcp://127.0.0.1:${port}, adm=unix://%(here)s/adm.sock\n` +
      "startsecs=0\nsocket_mode=0660\n",
  );
  await daemon.logged(/success: web/);
  const [pid, ...words] = await answer(port);
  assert.equal(Number(pid), (await daemon.info("web"))["pid"]);
  assert.deepEqual(words, ["", "web:adm", "3", "4", "0"]);
  assert.equal(kindOf(rig.path("adm.sock")), "socket 0660");
  rig.write("d.conf", readFileSync(daemon.config, "utf8").replace("mode=0660", "mode=0600"));
  await verb(rig, "apply");
  await until(() => kindOf(rig.path("adm.sock")) === "socket 0600", { what: "the new mode" });
  assert.equal((await answer(port))[0], pid);
});

e2e("a connection waits for a stopped program, and ends with its removal", absent, async (rig) => {
  const port = await freePort();
  const daemon = await rig.startWith(web(`tcp://127.0.0.1:${port}`));
  await daemon.logged(/success: web/);
  await daemon.ask("stopProcess", "web");
  const waiting = answer(port);
  await daemon.ask("startProcess", "web");
  assert.equal(Number((await waiting)[0]), (await daemon.info("web"))["pid"]);
  await daemon.ask("stopProcess", "web");
  await daemon.ask("removeProcessGroup", "web");
  assert.deepEqual(await answer(port), ["ECONNREFUSED"]);
});

e2e("a connection starts a program, again after each expected exit", absent, async (rig) => {
  const port = await freePort();
  const lazy = web(`tcp://127.0.0.1:${port}`, "start_on=connect");
  const daemon = await rig.startWith(lazy);
  const status = async (): Promise<unknown> => (await daemon.info("web"))["description"];
  const waits = `waits for a connection on tcp://127.0.0.1:${port}`;
  assert.equal(await status(), waits);
  assert.equal((await answer(port, "/quit")).length, 4);
  await daemon.logged(/exited: web \(exit status 0; expected\)/);
  assert.equal(await status(), waits);
  assert.equal((await rig.verb("status", "--check", "web")).status, 0);
  // The predecessor watched for it.
  await verb(rig, "upgrade");
  process.kill(daemon.process, "SIGKILL");
  assert.equal((await answer(port)).length, 4);
  const why = await rig.verb("why", "web");
  assert.match(why.stdout.replaceAll(/\s+/g, " "), /by a connection to its socket/);
  await daemon.ask("stopProcess", "web");
  const unheard = answer(port);
  assert.match(String(await status()), /^\w{3} \d\d /);
  await daemon.ask("startProcess", "web");
  assert.equal((await unheard).length, 4);
  await answer(port, "/quit");
  await daemon.logged(/exited: web/, 2);
  rig.configure(web(`tcp://127.0.0.1:${port}`));
  await verb(rig, "apply");
  assert.notEqual(await status(), waits);
});

e2e("an address that is taken is told, and what runs goes on", absent, async (rig) => {
  const [port, other] = [await freePort(), await freePort()];
  const holder = createServer().listen(port, "127.0.0.1");
  await event(holder, "listening");
  const daemon = await rig.startWith(web(`tcp://127.0.0.1:${port}`, "startretries=0"));
  await daemon.logged(/gave up: web/);
  const error = String((await daemon.info("web"))["spawnerr"]);
  assert.match(
    error,
    new RegExp(`^Could not create socket tcp://127.0.0.1:${port}: process \\d+ `),
  );
  assert.match(error, /Stop it, or choose another address; ss -ltnp shows who listens$/);
  rig.configure(web(`tcp://127.0.0.1:${other}`));
  await verb(rig, "apply");
  const [pid] = await answer(other);
  rig.configure(web(`tcp://127.0.0.1:${port}`));
  const planned = await rig.verb("apply", "--plan");
  assert.equal(planned.status, 7, planned.stdout);
  assert.match(planned.stdout, /^ {2}cannot be applied now: Could not create socket tcp:/m);
  const refused = await rig.verb("apply");
  assert.equal(refused.status, 7, refused.stdout);
  assert.match(refused.stdout, /^web: failed: web is as it was\. Could not create socket/m);
  assert.match(refused.stdout.replace(/\s+/g, " "), / ss -ltnp shows who listens $/);
  for (const line of `${planned.stdout}${refused.stdout}`.split("\n"))
    assert.ok(line.length <= 80, line);
  assert.equal((await answer(other))[0], pid);
  const updated = await rig.run(TSV_BY_NAME, "supervisorctl", ["-c", daemon.config, "update"]);
  assert.match(updated.stdout, /^web: ERROR \(Could not create socket .*\); it is as it was$/m);
  assert.equal((await answer(other))[0], pid);
  holder.close();
  await event(holder, "close");
  await verb(rig, "apply");
  assert.equal((await answer(port)).length, 4);
  assert.deepEqual(await answer(other), ["ECONNREFUSED"]);
});
