// FastCGI sockets in the configuration, alone and in groups, and programs that are added at run time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffGroups } from "../../../../src/core/config/diff.ts";
import { readProgramStruct } from "../../../../src/core/config/groups.ts";
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
    // Supervisor has no IPv6 here, with brackets or without.
    ["socket=tcp://::1:9000\n", /Bad socket format 'tcp:\/\/::1:9000'/],
    ["socket=tcp://[::1]:9000\n", /Bad socket format 'tcp:\/\/\[::1\]:9000'/],
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

const WORLD = fakeWorld({
  "/etc/s.conf": '[supervisord]\nenvironment=GLOBAL="g",COLOUR="red"\n',
});

function added(options: Readonly<Record<string, string>>, name = "web"): unknown {
  const config = readIn(WORLD);
  assert.ok("daemon" in config);
  const result = readProgramStruct({ group: "g", name, options }, config as Config, WORLD);
  if (!result.ok) return result.error.text;
  return result.value.processes.map((process) => [
    process.name,
    process.command,
    process.startSecs,
    process.environment,
  ]);
}

test("options, expansions, copies and the daemon's environment are those of a section", () => {
  assert.deepEqual(
    added({
      command: "/bin/%(program_name)s %(group_name)s %(ENV_GLOBAL)s %(process_num)d",
      StartSecs: "7",
      numprocs: "2",
      process_name: "%(program_name)s_%(process_num)d",
      environment: 'OWN="1"',
    }),
    [0, 1].map((n) => [
      `web_${n}`,
      `/bin/web g g ${n}`,
      7,
      { GLOBAL: "g", COLOUR: "red", OWN: "1" },
    ]),
  );
});

test("an error is the one that the file would have", () => {
  assert.equal(
    added({}),
    "program section program:web does not specify a command in section 'program:web' (file: '(added at run time)')",
  );
  assert.match(String(added({ command: "x", autostart: "perhaps" })), /^not a valid boolean value/);
  assert.match(String(added({ command: "x" }, "a:b")), /Invalid name: 'a:b'/);
});
