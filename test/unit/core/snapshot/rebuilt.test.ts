import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { Config, ServerConfig } from "../../../../src/core/config/model.ts";
import { calledLine, descriptorLine, entryLine } from "../../../../src/core/snapshot/journal.ts";
import { calledOf, type Remains, rebuilt } from "../../../../src/core/snapshot/rebuilt.ts";
import { continuedFrom, type LeftProgram } from "../../../../src/core/snapshot/recover.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { throughJson } from "../../../fakes/snapshot.ts";
import { key } from "../../services/supervisor/rig.ts";

const WEB = key("web:web");
const NOW = { mono: 100_000, wall: 1_000_000 };
const EXISTS = (): boolean => true;

function left(pid: number, over: Partial<LeftProgram> = {}): LeftProgram {
  const fds = { stdin: -1, stdout: -1, stderr: -1, unwritten: { stdout: 0, stderr: 0 } };
  return {
    entry: 0,
    pid,
    signal: 15,
    toGroup: false,
    isRecorded: true,
    isOver: false,
    ...fds,
    ...over,
  };
}

function remains(lines: readonly string[], over: Partial<Remains> = {}): Remains {
  const config = fakeConfig([fakeGroupConfig("web", [fakeProcessConfig("web")])]);
  return {
    ...{ state: `garbage\n${lines.join("")}`, config, former: [], programs: [left(7)] },
    ...{ daemonState: "RUNNING", now: NOW, offset: () => 0, exists: EXISTS },
    ...{ ageOf: () => 60_000, fileOf: () => ({ dev: 1, ino: 2 }) },
    daemon: {
      ...{ version: "1", program: "supervisord", words: [], cwd: "/", origin: "/usr/bin/tsv" },
      ...{ softFileLimit: 1024, hadUsers: false, eventLog: { epoch: "e", next: 1, events: [] } },
    },
    ...over,
  };
}

function phaseOf(of: Remains, of_: ProcessKey = WEB) {
  return rebuilt(of).recovered.snapshot.supervision.processes.get(of_)?.state.phase;
}

test("a process runs on, since its start, with its pipes", () => {
  const { recovered } = rebuilt(
    remains([entryLine(0, WEB), descriptorLine(8, { role: "stdout", owner: WEB })]),
  );
  const { supervision } = recovered.snapshot;
  const web = supervision.processes.get(WEB);
  assert.deepEqual(web?.state.phase, { kind: "RUNNING", pid: 7, watch: null });
  assert.equal(web?.state.history.startWall, NOW.wall - 60_000);
  assert.deepEqual([...supervision.pids], [[7, WEB]]);
  const { snapshot } = continuedFrom(recovered, [left(7)], EXISTS);
  assert.equal(snapshot.logs.channels[0]?.output?.fd, 8);
  throughJson(snapshot);
});

test("a process whose start was not recorded keeps its pipes", () => {
  const begun = left(7, { isRecorded: false, stdout: 8 });
  const of = remains([entryLine(0, WEB)], { programs: [begun] });
  assert.deepEqual(rebuilt(of).recovered.snapshot.descriptors, [
    { fd: 8, role: "stdout", owner: WEB },
  ]);
});

const DOWN: readonly [string, LeftProgram | null, boolean, boolean][] = [
  ["that was stopped stays down", left(0, { isOver: true }), true, false],
  ["that was to be started again is started", left(0), false, true],
  ["that was never started is started with autostart", null, true, true],
  ["that was never started stays down without autostart", null, false, false],
];
for (const [what, program, autostart, isStarted] of DOWN) {
  test(`a program ${what}`, () => {
    const config = fakeConfig([fakeGroupConfig("web", [fakeProcessConfig("web", { autostart })])]);
    const lines = program === null ? [] : [entryLine(0, WEB)];
    const of = remains(lines, { config, programs: program === null ? [] : [program] });
    assert.equal(rebuilt(of).recovered.snapshot.supervision.queued.has(WEB), isStarted);
  });
}

test("a process that was being stopped is killed in time, and not started again", () => {
  const of = remains([entryLine(0, WEB)], { programs: [left(7, { isOver: true })] });
  assert.deepEqual(phaseOf(of), { kind: "STOPPING", pid: 7, killAt: 110_000, again: null });
  assert.deepEqual(rebuilt(of).recovered.kills, []);
});

test("an event listener is started again", () => {
  const group = fakeGroupConfig("web", [fakeProcessConfig("web")]);
  const listener = {
    ...group,
    ...{ kind: "eventlistener", events: ["EVENT"], bufferSize: 10, resultHandler: "x" },
  } as Config["groups"][number];
  const of = remains([entryLine(0, WEB)], { config: fakeConfig([listener]) });
  const { recovered } = rebuilt(of);
  assert.equal(phaseOf(of)?.kind, "STOPPING");
  assert.deepEqual(
    recovered.kills.map((kill) => kind(kill)),
    ["kill web:web"],
  );
  assert.equal(recovered.snapshot.events.pools.size, 1);
});

function kind(effect: { readonly kind: string; readonly key?: ProcessKey }): string {
  return `${effect.kind} ${effect.key}`;
}

test("a shutdown continues", () => {
  const { recovered } = rebuilt(remains([entryLine(0, WEB)], { daemonState: "SHUTDOWN" }));
  assert.equal(recovered.snapshot.supervision.daemonState, "SHUTDOWN");
  assert.deepEqual(recovered.kills.map(kind), ["kill web:web"]);
});

test("a program that the configuration lacks is that of the daemon before", () => {
  const former = [fakeGroupConfig("web", [fakeProcessConfig("web")])];
  const of = remains([entryLine(0, WEB)], { config: fakeConfig([]), former });
  assert.equal(phaseOf(of)?.kind, "RUNNING");
  assert.deepEqual(rebuilt(of).recovered.snapshot.config.groups, []);
  assert.deepEqual(rebuilt(of).nameless, []);
});

const NAMELESS: readonly [string, readonly string[]][] = [
  ["no configuration has", [entryLine(0, key("old:old"))]],
  ["no line names", [entryLine(0, WEB).slice(1), entryLine(0, WEB).replace("0", "x")]],
];
for (const [what, lines] of NAMELESS) {
  test(`a process whose program ${what} is known by its pid`, () => {
    assert.deepEqual(
      rebuilt(remains(lines)).nameless.map(({ pid }) => pid),
      [7],
    );
  });
}

test("a line that cannot be read does no harm to others", () => {
  const damaged = [
    '{"entry":[0,1]}\n{"entry":7}\n{"fd":["x"]}\n{"fd":[5,"nothing","x"]}\n{"called":3}\n{"fd":',
    "\n",
  ];
  const lines = [...damaged, calledLine("/srv", "/bin/tsv"), entryLine(0, WEB)];
  const of = remains(lines);
  assert.equal(phaseOf(of)?.kind, "RUNNING");
  assert.deepEqual(rebuilt(of).recovered.snapshot.descriptors, []);
  assert.deepEqual(calledOf(of.state), ["/srv", "/bin/tsv"]);
});

test("sockets of servers and of the pid file are kept, and those of no server are closed", () => {
  const server = { kind: "unix", path: "/run/s.sock", section: "unix_http_server" } as ServerConfig;
  const other = { kind: "inet", host: "", port: 1, section: "inet_http_server" } as ServerConfig;
  const config = { ...fakeConfig([]), servers: [other, server] };
  const lines = [
    descriptorLine(5, { role: "listener", owner: "/run/s.sock" }),
    descriptorLine(6, { role: "lock", owner: "/run/s.sock" }),
    descriptorLine(9, { role: "listener", owner: "localhost:9001" }),
    descriptorLine(10, { role: "pidfile", owner: "/run/d.pid" }),
    descriptorLine(11, { role: "lock", owner: "/run/d.pid" }),
  ];
  const { recovered, unused, unserved } = rebuilt(remains(lines, { config, programs: [] }));
  const socket = { fd: 5, lockFd: 6, file: { dev: 1, ino: 2 } };
  assert.deepEqual(recovered.snapshot.servers, [{ server: 0, socket, privatePath: null }]);
  assert.deepEqual(recovered.snapshot.config.servers, [server]);
  assert.deepEqual(recovered.snapshot.pidfile, { path: "/run/d.pid", fd: 10, lockFd: 11 });
  assert.deepEqual([unused, unserved], [[9], [other]]);
});

test("files of event listeners, which are started again, are closed", () => {
  const lines = [
    descriptorLine(5, { role: "to-listener", owner: "p:p" }),
    descriptorLine(6, { role: "from-listener", owner: "p:p" }),
  ];
  const { recovered, unused } = rebuilt(remains(lines, { programs: [] }));
  assert.deepEqual([recovered.snapshot.descriptors, unused], [[], [5, 6]]);
});

test("without servers, the socket is the private one", () => {
  const line = descriptorLine(5, { role: "listener", owner: "/run/tsv/x.sock" });
  const { recovered } = rebuilt(remains([line]));
  assert.equal(recovered.snapshot.servers[0]?.privatePath, "/run/tsv/x.sock");
});

test("AUTO logs and the sockets of FastCGI programs are kept", () => {
  const url = "unix:///run/f.sock";
  const fcgiSocket = { url } as NonNullable<ReturnType<typeof fakeProcessConfig>["fcgiSocket"]>;
  const config = fakeConfig([fakeGroupConfig("web", [fakeProcessConfig("web", { fcgiSocket })])]);
  const path = "/tmp/web-stdout---supervisor-abcdefgh.log";
  const lines = [
    entryLine(0, WEB),
    descriptorLine(5, { role: "program-socket", owner: url }),
    descriptorLine(6, { role: "log", owner: path }),
  ];
  const { recovered } = rebuilt(remains(lines, { config }));
  const { snapshot } = continuedFrom(recovered, [left(7)], EXISTS);
  assert.deepEqual(snapshot.sockets, [
    { url, socket: { fd: 5, lockFd: null, file: null }, holders: [WEB] },
  ]);
  assert.deepEqual(
    snapshot.logs.channels.map(({ channel, auto }) => [channel, auto?.path]),
    [
      ["stdout", path],
      ["stderr", undefined],
    ],
  );
});
