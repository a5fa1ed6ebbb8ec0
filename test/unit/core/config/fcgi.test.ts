// FastCGI sockets in the configuration: alone, in groups, and which differences count as a change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffGroups } from "../../../../src/core/config/diff.ts";
import type { Config } from "../../../../src/core/config/model.ts";
import { fakeWorld, readIn } from "./fake-world.ts";

function read(sections: string): Config {
  const config = readIn(fakeWorld({ "/etc/s.conf": `[supervisord]\n${sections}` }));
  assert.ok("daemon" in config, JSON.stringify(config));
  return config;
}

const APP = "[fcgi-program:app]\ncommand=/bin/app\n";

function sockets(config: Config): readonly string[] {
  return config.groups.flatMap(({ name, processes }) =>
    processes.map((process) => `${name}:${process.name} ${process.fcgiSocket?.url ?? "pipe"}`),
  );
}

test("each process has the socket of its section, also in a group with others", () => {
  const two = `${APP}socket=unix:///run/%(program_name)s.sock\nprocess_name=%(process_num)d\nnumprocs=2\n`;
  assert.deepEqual(sockets(read(two)), [
    "app:0 unix:///run/app.sock",
    "app:1 unix:///run/app.sock",
  ]);
  const grouped = `${two}[program:web]\ncommand=/bin/web\n[group:g]\nprograms=app,web\n`;
  assert.deepEqual(sockets(read(grouped)), [
    "g:0 unix:///run/app.sock",
    "g:1 unix:///run/app.sock",
    "g:web pipe",
  ]);
});

test("a wrong socket in a group is a notice, because Supervisor does not look at it there", () => {
  for (const [socket, reason] of [
    ["", /requires a "socket" line/],
    ["socket=nope\n", /Bad socket format 'nope'/],
    ["socket=tcp://h:1\nsocket_backlog=0\n", /Invalid socket_backlog value 0/],
  ] as const) {
    const config = read(`${APP}${socket}[group:g]\nprograms=app\n`);
    assert.deepEqual(sockets(config), ["g:app pipe"]);
    const text = config.notices.find(({ text }) => text.includes("FastCGI"))?.text ?? "";
    assert.match(text, /^\[fcgi-program:app\] in \[group:g\] runs without its FastCGI socket: /);
    assert.match(text, reason);
  }
});

test("another address is a change, also in a group; another owner, mode or queue is none", () => {
  for (const group of ["", "[group:g]\nprograms=app\n"]) {
    const at = (socket: string): Config => read(`${APP}socket=${socket}\n${group}`);
    const before = at("unix:///run/a.sock").groups;
    const changed = (socket: string): readonly string[] =>
      diffGroups(before, at(socket).groups).changed;
    assert.equal(changed("unix:///run/b.sock").length, 1);
    assert.deepEqual(changed("unix:///run/a.sock\nsocket_mode=0777\nsocket_backlog=5"), []);
  }
});
