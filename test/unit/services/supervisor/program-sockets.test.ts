// The sockets of socket=: open while their program is defined, passed to every process, and watched for a connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupConfig, ProcessConfig } from "../../../../src/core/config/model.ts";
import { group, program } from "../../core/process/samples.ts";
import { answerText, key, Rig, tick } from "./rig.ts";

const TCP = {
  name: null,
  url: "tcp://h:1",
  address: { kind: "tcp", host: "h", port: 1 },
} as const;
const UNIX = {
  name: "adm",
  url: "unix:///s",
  address: { kind: "unix", path: "/s" },
} as const;

function web(changes: Partial<ProcessConfig> = {}, count = 1): GroupConfig {
  const processes = Array.from({ length: count }, (_, n) =>
    program({
      name: `web${n}`,
      programName: "web",
      command: "/bin/web",
      startSecs: 0,
      sockets: [TCP, UNIX],
      origin: { file: "test.conf", section: "program:web", line: 1 },
      ...changes,
    }),
  );
  return group("web", processes);
}

const urls = (rig: Rig): string[] => [...rig.sockets.live.values()];

test("each process gets the sockets from descriptor 3 on, and the variables", () => {
  const rig = new Rig(web({}, 2)).begin();
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
  const fds = [...rig.sockets.live.keys()];
  for (const { spec } of rig.spawner.children.values()) {
    assert.deepEqual(
      spec.passed,
      fds.map((source, index) => ({ target: 3 + index, source })),
    );
    assert.equal(spec.stdinFd, null);
    assert.equal(spec.listens, true);
    assert.ok(spec.env.includes("LISTEN_FDNAMES=web:adm"));
    assert.equal(spec.env.filter((each) => each.startsWith("LISTEN_PID=")).length, 1);
  }
});

test("its environment is shown with the variables of its sockets", async () => {
  const rig = new Rig(web()).begin();
  for (const isOfNext of [false, true]) {
    const view = await rig.supervisor.environment(key("web:web0"), isOfNext);
    const shown = view?.layers.filter(({ source }) => source === "socket");
    assert.deepEqual(
      shown?.map(({ variables }) => variables),
      [
        {
          ...{ LISTEN_FDS: "2", LISTEN_FDNAMES: "web:adm" },
          ...(isOfNext ? {} : { LISTEN_PID: String(rig.pid("web:web0")) }),
        },
      ],
    );
  }
});

test("they stay open when all processes are down, and close with the group", async () => {
  const rig = new Rig(web({}, 2)).begin();
  for (const name of ["web:web0", "web:web1"]) {
    void rig.supervisor.stop(key(name), false);
    rig.die(name, { signal: 15 });
  }
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
  void rig.supervisor.start(key("web:web0"), false);
  rig.settle();
  assert.equal(rig.state("web:web0"), "RUNNING");
  assert.equal(rig.sockets.opened, 2);
  void rig.supervisor.stop(key("web:web0"), false);
  rig.die("web:web0", { signal: 15 });
  rig.supervisor.removeGroup("web");
  assert.deepEqual(urls(rig), []);
  assert.deepEqual([...rig.descriptors.keys()], []);
});

test("a program without autostart has its socket, too", () => {
  const rig = new Rig(web({ autostart: false })).begin();
  assert.equal(rig.state("web:web0"), "STOPPED");
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
});

test("an address that is taken is a failed start, retried until it is free", () => {
  const rig = new Rig(web());
  rig.sockets.refuse = ({ url }) => (url === TCP.url ? "process 7 is already listening." : null);
  rig.begin();
  assert.equal(rig.state("web:web0"), "BACKOFF");
  const error = rig.supervisor.info(key("web:web0"))?.spawnErr;
  assert.equal(error, "Could not create socket tcp://h:1: process 7 is already listening");
  rig.sockets.refuse = () => null;
  rig.advance(1000);
  assert.equal(rig.state("web:web0"), "RUNNING");
});

test("apply changes nothing of a group whose new address is taken", async () => {
  const other = { ...TCP, url: "tcp://h:2" };
  const rig = new Rig(web()).begin();
  const pid = rig.pid("web:web0");
  rig.rewrite(web({ sockets: [other, UNIX], umask: 0o27 }));
  rig.sockets.refuse = ({ url }) => (url === other.url ? "taken." : null);
  const applied = await rig.supervisor.apply([]);
  assert.ok(applied.ok);
  assert.deepEqual(
    applied.value.map(({ name, outcome, error }) => [name, outcome, error]),
    [["web0", "failed", "web is as it was. Could not create socket tcp://h:2: taken"]],
  );
  assert.equal(rig.pid("web:web0"), pid);
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
  rig.sockets.refuse = () => null;
  const again = rig.supervisor.apply([]);
  for (let n = 0; n < 20 && urls(rig).length < 3; n += 1) await tick();
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url, other.url]);
  await tick();
  rig.die("web:web0", { signal: 15 });
  assert.ok((await again).ok);
  assert.notEqual(rig.pid("web:web0"), pid);
  assert.deepEqual(urls(rig), [UNIX.url, other.url]);
});

test("apply does not wait for a disk, and closes the socket that opens after all", async () => {
  const other = { ...UNIX, url: "unix:///other" };
  const rig = new Rig(web()).begin();
  const pid = rig.pid("web:web0");
  rig.rewrite(web({ sockets: [TCP, other] }));
  rig.sockets.isStalled = true;
  rig.sources.isLate = true;
  const applied = await rig.supervisor.apply([]);
  assert.ok(applied.ok);
  assert.deepEqual(
    applied.value.map(({ outcome, error }) => [outcome, error]),
    [["failed", "web is as it was. Its sockets were not open after 5 seconds"]],
  );
  rig.sockets.release();
  assert.equal(rig.pid("web:web0"), pid);
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
});

test("a check of sockets opens and closes those that are new, and changes nothing", async () => {
  const other = { ...TCP, url: "tcp://h:2" };
  const rig = new Rig(web()).begin();
  rig.rewrite(web({ sockets: [other, UNIX] }), group("new", []));
  await rig.supervisor.reread();
  assert.deepEqual(await rig.supervisor.checkSockets("web"), { ok: true, value: true });
  assert.equal(rig.sockets.opened, 3);
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
  rig.sockets.refuse = () => "taken.";
  const refused = await rig.supervisor.checkSockets("web");
  assert.equal(answerText(refused), "FAILED: Could not create socket tcp://h:2: taken");
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
  assert.equal(answerText(await rig.supervisor.checkSockets("none")), "BAD_NAME: none");
});

/** What a plan says of sockets, by process: problems, then addresses that are not tried. */
async function planned(rig: Rig): Promise<readonly (readonly unknown[])[]> {
  const plan = await rig.supervisor.plan([]);
  assert.ok(plan.ok);
  return plan.value.map(({ name, problems, untried }) => [name, problems, untried]);
}

test("a plan tries new addresses, opens none, and says which it has not tried", async () => {
  const other = { ...TCP, url: "tcp://h:2" };
  const files = { ...UNIX, name: null, url: "unix:///files" };
  const rig = new Rig(web()).begin();
  rig.rewrite(web({ sockets: [other, files, UNIX] }));
  assert.deepEqual(await planned(rig), [["web0", [], [files.url]]]);
  rig.sockets.refuse = ({ url }) => (url === other.url ? "taken." : null);
  const problem = "Could not create socket tcp://h:2: taken";
  assert.deepEqual(await planned(rig), [["web0", [problem], []]]);
  assert.equal(rig.sockets.opened, 2);
  assert.deepEqual(urls(rig), [TCP.url, UNIX.url]);
});

test("a plan finds an address that another program keeps, and one that moves is no problem", async () => {
  const rig = new Rig(group("a", [named("a", { sockets: [TCP] })])).begin();
  const b = group("b", [named("b", { sockets: [TCP] })]);
  rig.rewrite(group("a", [named("a")]), b);
  assert.deepEqual(await planned(rig), [
    ["a", [], []],
    ["b", [], []],
  ]);
  const held = (name: string) => [
    `Could not create socket tcp://h:1: it is the socket of [program:${name}] already. Give each section one of its own`,
  ];
  rig.rewrite(group("a", [named("a", { sockets: [TCP] })]), b);
  assert.deepEqual(await planned(rig), [["b", held("a"), []]]);
  // Not even where both would open it.
  const free = { ...TCP, url: "tcp://h:9" };
  rig.rewrite(
    ...["a", "b"].map((name) => group(name, [named(name, { sockets: [free] })])),
    group("c", [named("c", { sockets: [TCP] })]),
  );
  assert.deepEqual(
    (await planned(rig)).map(([name, problems]) => [name, (problems as string[]).length]),
    [
      ["a", 0],
      ["b", 1],
      ["c", 0],
    ],
  );
});

test("owner, mode and backlog change while the socket is open", async () => {
  const rig = new Rig(web()).begin();
  const pid = rig.pid("web:web0");
  rig.rewrite(web({ socketMode: 0o660, socketBacklog: 5 }));
  await rig.supervisor.apply([]);
  assert.equal(rig.pid("web:web0"), pid);
  assert.equal(rig.sockets.opened, 2);
  assert.deepEqual(
    rig.sockets.adjusted.map(({ url, mode, backlog }) => [url, mode, backlog]),
    [
      [TCP.url, 0o660, 5],
      [UNIX.url, 0o660, 5],
    ],
  );
});

test("a second section with the address of the first fails and names it", () => {
  const twin = program({
    name: "twin",
    command: "/bin/twin",
    sockets: [TCP],
    origin: { file: "test.conf", section: "program:twin", line: 9 },
  });
  const rig = new Rig(web(), group("twin", [twin])).begin();
  assert.equal(rig.state("twin:twin"), "BACKOFF");
  assert.match(rig.supervisor.info(key("twin:twin"))?.spawnErr ?? "", /\[program:web\] already/);
});

/** A program whose section has its name. */
function named(name: string, changes: Partial<ProcessConfig> = {}): ProcessConfig {
  const origin = { file: "test.conf", section: `program:${name}`, line: 1 };
  return program({
    ...{ name, programName: name, command: `/bin/${name}`, startSecs: 0, origin },
    ...changes,
  });
}

/** Applies, and lets each process that is stopped exit. @returns the outcome of each process, or its error */
async function applied(rig: Rig): Promise<readonly string[]> {
  const answer = rig.supervisor.apply([]);
  for (let n = 0; n < 20; n += 1) {
    await tick();
    for (const { config, group: name, state } of rig.supervisor
      .groups()
      .flatMap((g) => g.processes))
      if (state === "STOPPING") rig.die(`${name}:${config.name}`, { signal: 15 });
  }
  const result = await answer;
  assert.ok(result.ok);
  return result.value.map(({ name, outcome, error }) =>
    error === "" ? `${name} ${outcome}` : error,
  );
}

const OTHER = { ...TCP, url: "tcp://h:2" };

test("an open socket is passed on between groups, between programs of one, and to a new name", async () => {
  const old = named("old", { sockets: [TCP] });
  const rig = new Rig(group("old", [old])).begin();
  const [fd] = rig.sockets.live.keys();
  const moves: readonly (readonly GroupConfig[])[] = [
    [group("new", [named("new", { sockets: [TCP], socketBacklog: 7 })])],
    [group("new", [named("new"), named("next", { sockets: [TCP] })])],
    [group("new", [named("new", { sockets: [TCP] }), named("next")])],
    [group("new", [named("new2", { sockets: [TCP] }), named("next")])],
    [group("g", [named("new2", { sockets: [TCP] })])],
  ];
  for (const groups of moves) {
    rig.rewrite(...groups);
    const outcomes = await applied(rig);
    assert.deepEqual(
      outcomes.filter((each) => !/ (up|removed|done)$/.test(each)),
      [],
    );
    assert.deepEqual([...rig.sockets.live.keys()], [fd]);
    const states = rig.supervisor.groups().flatMap(({ processes }) => processes);
    assert.ok(states.every(({ state }) => state === "RUNNING"));
  }
  assert.equal(rig.sockets.opened, 1);
  assert.deepEqual(
    rig.sockets.adjusted.map(({ backlog }) => backlog),
    [7, null],
  );
  rig.rewrite();
  await applied(rig);
  assert.deepEqual(urls(rig), []);
});

test("two programs swap their sockets, in two groups and in one", async () => {
  const pair = (one: typeof TCP, two: typeof TCP): readonly ProcessConfig[] => [
    named("one", { sockets: [one] }),
    named("two", { sockets: [two] }),
  ];
  const apart = (processes: readonly ProcessConfig[]): readonly GroupConfig[] =>
    processes.map((each) => group(each.name, [each]));
  const other = OTHER as unknown as typeof TCP;
  for (const grouped of [apart, (all: readonly ProcessConfig[]) => [group("g", all)]]) {
    const rig = new Rig(...grouped(pair(TCP, other))).begin();
    const fds = [...rig.sockets.live.keys()];
    rig.rewrite(...grouped(pair(other, TCP)));
    assert.deepEqual(await applied(rig), ["one up", "two up"]);
    assert.deepEqual([...rig.sockets.live.keys()], fds);
    const passed = [...rig.spawner.children.values()].map(({ spec }) => spec.passed?.[0]?.source);
    assert.deepEqual(passed.slice(-2), [...fds].reverse());
  }
});

test("a socket stays where it is if its program cannot change, and nothing is stopped", async () => {
  const web = group("web", [named("web", { sockets: [TCP] })]);
  const rig = new Rig(web, group("adm", [named("adm")])).begin();
  const pids = [rig.pid("web:web"), rig.pid("adm:adm")];
  rig.sockets.refuse = ({ url }) => (url === OTHER.url ? "taken." : null);
  rig.rewrite(
    group("web", [named("web", { sockets: [OTHER] })]),
    group("adm", [named("adm", { sockets: [TCP] })]),
  );
  const [first = "", second = ""] = await applied(rig);
  assert.match(first, /h:2: taken/);
  assert.match(second, /\[program:web\]/);
  assert.deepEqual([rig.pid("web:web"), rig.pid("adm:adm")], pids);
  assert.deepEqual(urls(rig), [TCP.url]);
  assert.equal(answerText(await rig.supervisor.checkSockets("adm")).slice(0, 6), "FAILED");
});

test("a refused change leaves a process the socket that it could not have before", async () => {
  const rig = new Rig();
  rig.sockets.refuse = () => "taken.";
  const first = named("first", { autostart: false, sockets: [TCP] });
  rig.supervisor.begin();
  const rest = named("rest", { autostart: false });
  rig.rewrite(group("g", [first, rest]));
  await rig.supervisor.reread();
  rig.supervisor.addGroup("g");
  assert.deepEqual(urls(rig), []);
  rig.sockets.refuse = () => null;
  rig.rewrite(group("g", [named("second", { sockets: [TCP] }), first, rest]));
  const [error = ""] = await applied(rig);
  assert.match(error, /\[program:second\] already/);
  assert.deepEqual(urls(rig), [TCP.url]);
  assert.equal(rig.supervisor.process("g", "second"), null);
});

const LAZY = { startOn: "connect", autostart: false } as const;

/** A connection, as long as one is watched for. @returns whether it is */
function connect(rig: Rig): boolean {
  const [fd = -1] = rig.sockets.live.keys();
  const watch = rig.pipes.watched.get(fd);
  watch?.handler.readable?.(fd);
  rig.settle();
  return watch !== undefined;
}

test("a connection starts all processes that await one, and none is watched for while they run", () => {
  const rig = new Rig(web(LAZY, 2)).begin();
  assert.equal(rig.state("web:web0"), "STOPPED");
  const { description } = rig.supervisor.info(key("web:web0")) ?? {};
  assert.equal(description, "waits for a connection on tcp://h:1 and 1 more");
  assert.ok(connect(rig));
  assert.deepEqual([rig.state("web:web0"), rig.state("web:web1")], ["RUNNING", "RUNNING"]);
  assert.equal(connect(rig), false);
  rig.advance(2000).die("web:web0", { exitCode: 0 });
  assert.ok(connect(rig));
  assert.equal(rig.state("web:web0"), "RUNNING");
});

test("a stop ends the wait, also of a program that is down", async () => {
  const rig = new Rig(web(LAZY)).begin();
  assert.ok((await rig.supervisor.stop(key("web:web0"), true)).ok);
  assert.equal(connect(rig), false);
  void rig.supervisor.start(key("web:web0"), false);
  rig.advance(2000).die("web:web0", { exitCode: 0 });
  assert.ok(connect(rig));
});

test("a program whose socket cannot be opened is started without a connection, to fail and be retried", () => {
  const rig = new Rig(web(LAZY));
  rig.sockets.refuse = () => "taken.";
  rig.begin();
  assert.equal(rig.state("web:web0"), "BACKOFF");
});

test("so is a program whose socket another section has", () => {
  const twin = named("twin", { ...LAZY, sockets: [TCP] });
  const rig = new Rig(web(), group("twin", [twin])).begin();
  assert.equal(rig.state("twin:twin"), "BACKOFF");
  assert.match(rig.supervisor.info(key("twin:twin"))?.spawnErr ?? "", /\[program:web\]/);
});
