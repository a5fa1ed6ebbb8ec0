import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { NotifySocket } from "../../e2e/rig/notify-socket.ts";
import { compiled } from "../../rig/compiled.ts";
import { gone } from "../../rig/gone.ts";
import { until } from "../../rig/wait.ts";
import { KeptDaemon } from "./life.ts";

const CLD = { exited: 1, killed: 2 };
const SIGKILL = 9;

async function start(t: TestContext, environment?: Record<string, string>): Promise<KeptDaemon> {
  const kept = await KeptDaemon.start(environment);
  t.after(() => kept.close());
  return kept;
}

/** What a process has open, number to file. */
function descriptors(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`;
  return new Map(readdirSync(folder).map((fd) => [Number(fd), readlinkSync(join(folder, fd))]));
}

/** The pids of the children of a process, those that are not reaped included. */
function childrenOf(pid = 0): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").map(Number);
}

test("a daemon runs as a child, with the words and the signal mask of the keeper", async (t) => {
  const kept = await start(t);
  const { pid, hello } = await kept.life();
  assert.equal(hello, `life ${pid} of ${kept.keeper.pid}, 3 words, two words, TERM free`);
});

test("the keeper ends as a daemon that never became ready", async (t) => {
  const exits = await start(t);
  (await exits.life()).life.orders("exit 7");
  assert.deepEqual(await exits.end(), { code: 7, signal: null });
});

test("the keeper dies of the signal of a daemon that never became ready", async (t) => {
  const kept = await start(t);
  (await kept.life()).life.orders("die 6");
  assert.deepEqual(await kept.end(), { code: null, signal: "SIGABRT" });
});

test("the keeper ends with the status that a ready daemon announces", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  await life.does("end 4");
  life.orders("exit 0");
  assert.deepEqual(await kept.end(), { code: 4, signal: null });
});

for (const end of ["die 9", "die 11", "exit 0", "exit 1"]) {
  test(`a ready daemon that ends by "${end}" has a successor`, async (t) => {
    const kept = await start(t);
    const first = await kept.ready();
    first.life.orders(end);
    const second = await kept.ready();
    assert.notEqual(second.pid, first.pid);
    second.life.orders("head");
    const [, code] = await second.life.line(/^deaths 1 fallback 0 code (\d) status \d+$/);
    assert.equal(Number(code), end.startsWith("die") ? CLD.killed : CLD.exited);
  });
}

test("a successor has the descriptors of the one before at their numbers, and no others", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  for (const [name, number] of [
    ["a", 12],
    ["b", 300],
    ["c", 13],
  ] as const) {
    writeFileSync(join(kept.directory, name), `text of ${name}\n`);
    assert.equal(await life.does(`keep ${join(kept.directory, name)} ${number}`), 0);
  }
  await life.does("drop 13");
  life.orders("die 9");
  const next = await kept.ready();
  for (const [number, text] of [
    [12, "text of a"],
    [300, "text of b"],
  ] as const) {
    next.life.orders(`read ${number}`);
    await next.life.line(new RegExp(`^${text}$`));
  }
  assert.equal(await next.life.does("read 13"), -9);
  // Kept over a second death too, and replaced by number.
  await next.life.does(`keep ${join(kept.directory, "c")} 12`);
  next.life.orders("die 9");
  const third = await kept.ready();
  third.life.orders("read 12");
  await third.life.line(/^text of c$/);
});

test("the successor of a daemon without a state has nothing of it", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  const path = join(kept.directory, "a");
  writeFileSync(path, "text of a\n");
  assert.equal(await life.does(`keep ${path} 12`), 0);
  await life.does("program 0 0 15 0");
  await life.does("stateless");
  life.orders("die 9");
  const next = await kept.life();
  assert.equal(await next.life.does("read 12"), -9);
  next.life.orders("head");
  await next.life.line(/^deaths 1 fallback 0 code 2 status 9$/);
});

for (const numbers of [
  [9, 10, 11],
  [11, 10, 9],
  [10, 11, 9],
  [40, 9, 10],
]) {
  test(`descriptors that come together get their numbers: ${numbers.join(", ")}`, async (t) => {
    const kept = await start(t);
    const { life } = await kept.ready();
    for (const name of ["a", "b", "c"])
      writeFileSync(join(kept.directory, name), `text of ${name}\n`);
    assert.equal(await life.does(`three ${kept.directory} ${numbers.join(" ")}`), 0);
    life.orders("die 9");
    const next = await kept.ready();
    for (const [at, number] of numbers.entries()) {
      next.life.orders(`read ${number}`);
      await next.life.line(new RegExp(`^text of ${"abc"[at]}$`));
    }
  });
}

test("a close that waits does not hold the keeper up, and leaves no zombie", async (t) => {
  const kept = await start(t);
  const { life, pid } = await kept.ready();
  assert.equal(await life.does("linger 40"), 0);
  assert.equal(await life.does("aside 40"), 0);
  const program = await life.does("spawn exit 0");
  await life.line(new RegExp(`^dead ${program} `));
  await life.does("reap");
  assert.equal(childrenOf(kept.keeper.pid).length, 2, "the close has not waited");
  await until(() => childrenOf(kept.keeper.pid).length === 1, { what: "the end of the close" });
  assert.deepEqual(childrenOf(kept.keeper.pid), [pid]);
});

test("the numbers of the keeper's own descriptors are taken in a daemon, and refused", async (t) => {
  const kept = await start(t);
  const { life, pid } = await kept.ready();
  const open = descriptors(pid);
  for (const number of [3, 4, 5, 6, 7, 8]) assert.ok(open.has(number), `${number} is free`);
  for (const number of [3, 7, 8]) await life.does(`keep /dev/null ${number}`);
  life.orders("die 9");
  await kept.ready();
});

test("a limit on descriptors that a daemon raises does not hold the keeper", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  const before = await life.does("limit");
  life.orders("die 9");
  const next = await kept.ready();
  assert.equal(await next.life.does("limit"), before);
});

test("signals reach the daemon, also those that come between two", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
    ["SIGQUIT", 3],
    ["SIGHUP", 1],
    ["SIGUSR1", 10],
    ["SIGUSR2", 12],
  ] as const) {
    kept.keeper.kill(signal);
    await life.line(new RegExp(`^signal ${number}$`));
  }
  life.orders("die 9");
  const next = await kept.life();
  kept.keeper.kill("SIGHUP");
  kept.keeper.kill("SIGTERM");
  await until(() => /^SigQ.*\n(?:.*\n)*ShdPnd:\t0+$/m.test(statusOf(kept)), {
    what: "the keeper to have read its signals",
    left: () => statusOf(kept),
  });
  assert.deepEqual(next.life.lines, []);
  await next.life.does("ready");
  await next.life.line(/^signal 1$/);
  await next.life.line(/^signal 15$/);
});

function statusOf(kept: KeptDaemon): string {
  return readFileSync(`/proc/${kept.keeper.pid}/status`, "utf8");
}

test("a program is a child of the keeper, and its exit is reported until it is recorded", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  const [one, two] = [await life.does("spawn exit 3"), await life.does("spawn kill -9 $$")];
  const [, first] = await life.line(/^dead (\d+) /);
  // The second waits for the first to be recorded.
  assert.deepEqual(life.lines, []);
  assert.equal(stateOf(Number(first)), "Z");
  life.orders("die 9");
  const next = await kept.ready();
  const seen = new Map<number, string>();
  for (let i = 0; i < 2; i++) {
    const [, pid, rest = ""] = await next.life.line(/^dead (\d+) (.*)$/);
    seen.set(Number(pid), rest);
    await next.life.does("reap");
  }
  assert.deepEqual(
    seen,
    new Map([
      [one, `${CLD.exited} 3 1`],
      [two, `${CLD.killed} ${SIGKILL} 1`],
    ]),
  );
  await gone(one, two);
});

test("an exit without a daemon waits for the next one", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  const pid = await life.does("spawn read line < gate; exit 5".replace("gate", gate(kept)));
  life.orders("die 9");
  const next = await kept.life();
  writeFileSync(join(kept.directory, "gate"), "go\n");
  await until(() => stateOf(pid) === "Z", { what: "the exit of the program" });
  assert.deepEqual(next.life.lines, []);
  await next.life.does("ready");
  await next.life.line(new RegExp(`^dead ${pid} ${CLD.exited} 5 1$`));
});

/** A FIFO, which a program waits at. */
function gate(kept: KeptDaemon): string {
  const path = join(kept.directory, "gate");
  execFileSync("mkfifo", [path]);
  return path;
}

function stateOf(pid: number): string {
  return /^State:\t(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

test("what was not reported is not reaped", async (t) => {
  const kept = await start(t);
  const { life } = await kept.life();
  const pid = await life.does("spawn exit 0");
  await until(() => stateOf(pid) === "Z", { what: "the exit of the program" });
  await life.does("reap");
  await life.does("ready");
  await life.line(new RegExp(`^dead ${pid} `));
  assert.equal(stateOf(pid), "Z");
  await life.does("reap");
  await gone(pid);
});

test("many exits come together, each once, and stay zombies until they are recorded", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  const path = gate(kept);
  const pids: number[] = [];
  while (pids.length < 100) {
    const pid = await life.does(`spawn read line < ${path}`);
    await life.does(`program ${pids.length} ${pid} 15 0`);
    pids.push(pid);
  }
  writeFileSync(path, "go\n".repeat(pids.length));
  await until(() => pids.every((pid) => stateOf(pid) === "Z"), { what: "all exits" });
  const reported: number[] = [];
  const packets: number[] = [];
  while (reported.length < pids.length) {
    const [, first] = await life.line(/^dead (\d+) /);
    // The rest of a packet is printed before the next answer.
    await life.does("packet 0");
    const all = [first, ...life.lines.map((line) => /^dead (\d+) /.exec(line)?.[1])].map(Number);
    life.lines.length = 0;
    assert.deepEqual(
      all.map((pid) => stateOf(pid)),
      all.map(() => "Z"),
    );
    reported.push(...all);
    packets.push(all.length);
    await life.does("reap");
  }
  assert.deepEqual(new Set(reported), new Set(pids));
  assert.equal(reported.length, pids.length);
  assert.ok(packets.length < pids.length / 4, `${packets.length} packets`);
  await gone(...pids);
});

test("descriptors are dropped with exits that are recorded", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  for (const number of [40, 41, 42]) await life.does(`keep /dev/null ${number}`);
  await until(() => descriptors(kept.keeper.pid ?? 0).has(42), { what: "the descriptors" });
  await life.does("reap 40 42");
  await until(() => !descriptors(kept.keeper.pid ?? 0).has(42), { what: "the drop" });
  const open = descriptors(kept.keeper.pid ?? 0);
  assert.deepEqual([open.has(40), open.has(41)], [false, true]);
});

test("an upgrade executes the other executable once the daemon has ended", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  await life.does(`replace ${compiled("test/integration/keeper/puppet-daemon.c")}`);
  await life.does("end 0");
  life.orders("exit 0");
  const next = await kept.ready();
  next.life.orders("head");
  await next.life.line(/^deaths 0 fallback 0 /);
});

for (const [what, executable] of [
  ["cannot be executed", "/etc/hostname"],
  ["exits before it is ready", "/bin/false"],
] as const) {
  test(`the old executable continues where the new one ${what}`, async (t) => {
    const kept = await start(t);
    const { life } = await kept.ready();
    const pid = await life.does("spawn exec sleep 100");
    await life.does(`replace ${executable}`);
    await life.does("end 0");
    life.orders("exit 0");
    const next = await kept.ready();
    next.life.orders("head");
    await next.life.line(/^deaths 1 fallback 1 /);
    assert.equal(stateOf(pid), "S");
    next.life.orders("die 9");
    await (await kept.ready()).life.does("ready");
    process.kill(pid, "SIGKILL");
  });
}

test("a daemon that crashes before its upgrade is followed by the same executable", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  await life.does("replace /bin/false");
  life.orders("die 9");
  const next = await kept.ready();
  next.life.orders("head");
  await next.life.line(/^deaths 1 fallback 0 /);
});

test("after five deaths within a minute, programs are stopped and the keeper fails", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  const marks = ["term", "usr1", "deaf"].map((name) => join(kept.directory, name));
  const traps = [
    `trap 'echo > ${marks[0]}; exit' TERM; echo > ${marks[0]}.up; while :; do sleep 0.05; done`,
    `trap 'echo > ${marks[1]}; exit' USR1; echo > ${marks[1]}.up; while :; do sleep 0.05; done`,
  ];
  const pids: number[] = [];
  for (const trap of traps) pids.push(await life.does(`spawn ${trap}`));
  for (const mark of marks.slice(0, 2))
    await until(() => existsSync(`${mark}.up`), { what: `${mark}.up` });
  await life.does(`program 0 ${pids[0]} 15 0`);
  await life.does(`program 1 0 15 0`);
  await life.does(`program 2 ${pids[1]} 10 1`);
  life.orders("die 9");
  for (let death = 2; death <= 5; death++) (await kept.ready()).life.orders("die 11");
  assert.deepEqual(await kept.end(), { code: 3, signal: null });
  await gone(...pids);
  for (const mark of marks.slice(0, 2)) assert.ok(existsSync(mark), mark);
  assert.match(kept.stderr, /died again and again within a minute/);
});

test("a daemon does not outlive its keeper", async (t) => {
  const kept = await start(t);
  const { pid } = await kept.ready();
  kept.keeper.kill("SIGKILL");
  await gone(pid);
});

for (const prefix of ["", "@"]) {
  test(`the service manager hears its main process, at ${prefix || "/"}`, async (t) => {
    const path = `${prefix}/tmp/tsv-keeper-notify-${process.pid}`;
    const socket = await NotifySocket.open(path);
    t.after(() => socket.close());
    const kept = await start(t, { NOTIFY_SOCKET: path });
    const { life } = await kept.ready();
    await life.does("notify READY=1");
    assert.equal((await socket.heard(/^READY=1$/)).pid, kept.keeper.pid);
  });
}

test("the keeper gives up the rights that the daemon gives up", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root has rights to give up");
  const kept = await start(t);
  const { life } = await kept.ready();
  await life.does("rights 65534 65533 65532");
  life.orders("die 9");
  await kept.ready();
  const [, uid, gid, groups] =
    /^Uid:\t(.*)\n.*Gid:\t(.*)\n(?:.*\n)*?Groups:\t(.*?) ?$/m.exec(statusOf(kept)) ?? [];
  assert.deepEqual(
    [uid, gid, groups],
    ["65534\t65534\t65534\t65534", "65533\t65533\t65533\t65533", "65532"],
  );
});

test("packets that say nothing known are ignored", async (t) => {
  const kept = await start(t);
  const { life } = await kept.ready();
  assert.equal(await life.does("packet 99"), 0);
  assert.equal(await life.does("packet 0"), 0);
  await life.does("ready");
  assert.equal(kept.keeper.exitCode, null);
});
