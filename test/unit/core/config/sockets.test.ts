// socket= and start_on= of programs: addresses, names, expansions, and what does not fit together.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import {
  listenVariables,
  parseSockets,
  socketNames,
  socketsText,
} from "../../../../src/core/config/sockets.ts";
import { fc } from "../../../property.ts";
import { fakeWorld, readIn } from "./fake-world.ts";

function read(sections: string) {
  return readIn(fakeWorld({ "/etc/s.conf": `[supervisord]\n${sections}` }));
}

function programs(sections: string): readonly ProcessConfig[] {
  const config = read(sections);
  assert.ok("daemon" in config, JSON.stringify(config));
  return config.groups.flatMap(({ processes }) => processes);
}

const WEB = "[program:web]\ncommand=/bin/web\n";

/** The first error of a web program with these lines, with its option. */
function errorOf(lines: string): string {
  const config = read(WEB + lines);
  assert.ok(!("daemon" in config), "it was read");
  return `${config.key}: ${config.text}`;
}

describe("socket=", () => {
  test("has addresses with and without names", () => {
    const text = " tcp://0.0.0.0:80, six=tcp://[::1]:81 ,adm-1=unix:///run/a.sock,";
    const parsed = parseSockets(text);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value, [
      { name: null, url: "tcp://0.0.0.0:80", address: { kind: "tcp", host: "0.0.0.0", port: 80 } },
      { name: "six", url: "tcp://[::1]:81", address: { kind: "tcp", host: "::1", port: 81 } },
      {
        name: "adm-1",
        url: "unix:///run/a.sock",
        address: { kind: "unix", path: "/run/a.sock" },
      },
    ]);
    assert.deepEqual(socketNames(parsed.value), [
      ["socket_fd", 3],
      ["socket_fd_six", 4],
      ["socket_fd_adm-1", 5],
    ]);
  });

  for (const [text, reason] of [
    ["8000", /write tcp:\/\/HOST:PORT or unix/],
    ["tcp://:8000", /HOST:PORT/],
    ["tcp://h:0", /port from 1 to 65535/],
    ["tcp://h:65536", /port from 1 to 65535/],
    ["unix://run/a", /unix:\/\/\/PATH/],
    ["a b=tcp://h:1", /not a valid socket/],
    ["tcp://h:1, tcp://H:1", /listed twice/],
    ["a=tcp://h:1, a=tcp://h:2", /the name a/],
    [Array.from({ length: 17 }, (_, n) => `tcp://h:${n + 1}`).join(","), /at most 16/],
  ] as const) {
    test(`refuses ${text.slice(0, 30)}`, () => {
      const parsed = parseSockets(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.error, reason);
    });
  }

  test("is read as it is written", () => {
    const host = fc.constantFrom("127.0.0.1", "localhost", "[::1]", "h.example");
    const tcp = fc.tuple(host, fc.integer({ min: 1, max: 65_535 }));
    const url = fc.oneof(
      tcp.map(([name, port]) => `tcp://${name}:${port}`),
      fc.stringMatching(/^[\w./-]{1,20}$/).map((path) => `unix:///${path}`),
    );
    const name = fc.option(fc.stringMatching(/^[\w.-]{1,12}$/), { nil: null });
    const unique = fc.uniqueArray(fc.tuple(name, url), {
      maxLength: 16,
      comparator: ([a, u], [b, v]) => u === v || (a !== null && a === b),
    });
    fc.assert(
      fc.property(unique, (items) => {
        const text = items.map(([a, u]) => (a === null ? u : `${a}=${u}`)).join(", ");
        const parsed = parseSockets(text);
        assert.ok(parsed.ok, text);
        assert.equal(socketsText(parsed.value), text);
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSockets(text)));
  });

  test("gives descriptors to command and environment, and variables to the start", () => {
    const [web] = programs(
      "[program:web]\ncommand=/bin/web %(socket_fd)s %(socket_fd_adm)d\nenvironment=FD=%(socket_fd)d\n" +
        "socket=tcp://h:1, adm=tcp://h:2\n",
    );
    assert.ok(web);
    assert.equal(web.command, "/bin/web 3 4");
    assert.equal(web.environment["FD"], "3");
    const { LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID } = listenVariables(web);
    assert.deepEqual([LISTEN_FDS, LISTEN_FDNAMES], ["2", "web:adm"]);
    assert.match(LISTEN_PID ?? "", /^0{7,}$/);
  });

  test("may differ from process to process", () => {
    const many = programs(
      `${WEB}process_name=%(process_num)d\nnumprocs=2\nsocket=tcp://h:80%(process_num)02d\n`,
    );
    assert.deepEqual(
      many.map(({ sockets }) => sockets.map(({ url }) => url)),
      [["tcp://h:8000"], ["tcp://h:8001"]],
    );
  });

  test("is absent without it, with all that it gives", () => {
    const [web] = programs(WEB);
    assert.ok(web);
    assert.deepEqual([web.sockets, web.startOn, web.autostart], [[], null, true]);
    assert.deepEqual(listenVariables(web), {});
    assert.match(errorOf("environment=A=%(socket_fd)d\n"), /socket_fd/);
  });

  test("of a FastCGI program and of an event listener is none of these", () => {
    const all = programs(
      "[fcgi-program:app]\ncommand=/bin/app\nsocket=tcp://h:1\nsocket_backlog=5\n" +
        "[eventlistener:l]\ncommand=/bin/l\nevents=TICK\nsocket=nonsense\nstart_on=connect\n",
    );
    const [app, listener] = ["app", "l"].map((name) =>
      all.find(({ programName }) => programName === name),
    );
    assert.deepEqual([app?.sockets, app?.socketBacklog], [[], null]);
    assert.equal(app?.fcgiSocket?.backlog, 5);
    assert.deepEqual([listener?.sockets, listener?.startOn], [[], null]);
  });
});

describe("options of sockets", () => {
  test("start_on=connect implies autostart=false, which may be given", () => {
    const at = (lines: string) => programs(`${WEB}socket=tcp://h:1\nstart_on=connect\n${lines}`)[0];
    assert.deepEqual([at("")?.startOn, at("")?.autostart], ["connect", false]);
    assert.equal(at("autostart=true\n")?.autostart, true);
  });

  for (const [lines, error] of [
    ["start_on=connect\n", /^start_on: start_on=connect requires socket=/],
    ["start_on=boot\nsocket=tcp://h:1\n", /^start_on: /],
    ["start_on=connect\nsocket=tcp://h:1\nschedule=@daily\n", /^start_on: .*schedule/],
    ["socket=tcp://h:1\nsocket_mode=0600\n", /^socket_mode: socket_mode is for unix sockets/],
    ["socket=tcp://h:1\nsocket_owner=root\n", /^socket_owner: socket_owner is for unix sockets/],
    ["socket=tcp://h:1\nsocket_backlog=0\n", /^socket_backlog: must be at least 1/],
    ["socket=tcp://h:1\nready_check=fd:3\n", /^ready_check: descriptor 3 .*fd:4/],
  ] as const) {
    test(`do not include ${lines.replaceAll("\n", " ")}`, () => {
      assert.match(errorOf(lines), error);
    });
  }
});
