// Decisions of operators: tsv scale, enable, disable and stop --disable, what they change, and what they last over.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { until } from "../rig/wait.ts";
import { Deaths } from "./deaths/deaths.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const PROGRAM = "command=sleep 1000\nstartsecs=0\n";
const WEB = `[program:web]\n${PROGRAM}process_name=%(program_name)s_%(process_num)d\nnumprocs=2\nnumprocs_max=4\n`;
const ONE = `[program:one]\n${PROGRAM}`;
const NEEDS = `[program:needs]\n${PROGRAM}depends_on=one\n`;

/** The sections, with a directory of decisions in that of the rig. */
const stateful = (rig: Rig, ...sections: readonly string[]): string =>
  `[supervisord]\nstate_directory=${rig.path("state")}\n${sections.join("")}`;

async function tsv(rig: Rig, ...words: readonly string[]) {
  return await rig.command([TSV, ...words, "-c", rig.path("d.conf")]);
}

/** Runs a verb that must succeed. @returns its lines */
async function done(rig: Rig, ...words: readonly string[]): Promise<readonly string[]> {
  const { status, stdout, stderr } = await tsv(rig, ...words);
  assert.equal(status, 0, stdout + stderr);
  return stdout.trimEnd().split("\n");
}

/** `name STATE` of all processes, and pids by name. */
async function seen(daemon: Daemon) {
  const all = (await daemon.ask("getAllProcessInfo")) as readonly Record<string, unknown>[];
  return {
    states: all.map(({ name, statename }) => `${String(name)} ${String(statename)}`).join(", "),
    pids: new Map(all.map(({ name, pid }) => [String(name), Number(pid)])),
  };
}

/** Waits for the states of all processes. */
async function reach(daemon: Daemon, states: string): Promise<void> {
  const are = async () => (await seen(daemon)).states === states;
  await until(are, { what: states });
}

const layerOf = (rig: Rig): string => {
  const [name = ""] = readdirSync(rig.path("state"));
  return `${rig.path("state")}/${name}`;
};

e2e("scale adds and removes processes, and the others keep their pids (operator)", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, WEB, ONE));
  const before = (await seen(daemon)).pids;
  assert.ok(!existsSync(rig.path("state")), "nothing was decided");
  assert.deepEqual(await done(rig, "scale", "web=4"), [
    "web: 4 processes instead of 2, 2 in the file",
  ]);
  const grown = await seen(daemon);
  assert.equal(
    grown.states,
    "one RUNNING, web_0 RUNNING, web_1 RUNNING, web_2 RUNNING, web_3 RUNNING",
  );
  for (const name of ["one", "web_0", "web_1"])
    assert.equal(grown.pids.get(name), before.get(name));
  assert.deepEqual(await done(rig, "scale", "web=4"), [
    "web: has 4 processes already, 2 in the file",
  ]);
  const why = await tsv(rig, "why", "web:web_0");
  assert.match(why.stdout, /scaled +4 processes by tsv scale, where its file has 2/);
  await done(rig, "scale", "web=1");
  const shrunk = await seen(daemon);
  assert.equal(shrunk.states, "one RUNNING, web_0 RUNNING");
  assert.equal(shrunk.pids.get("web_0"), before.get("web_0"));
  await done(rig, "scale", "--reset", "web");
  const reset = await seen(daemon);
  assert.equal(reset.states, "one RUNNING, web_0 RUNNING, web_1 RUNNING");
  assert.equal(reset.pids.get("web_0"), before.get("web_0"));
});

e2e("new processes of a program without autostart start if others of it run", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, `${WEB}autostart=false\n`));
  await done(rig, "scale", "web=3");
  assert.equal((await seen(daemon)).states, "web_0 STOPPED, web_1 STOPPED, web_2 STOPPED");
  await done(rig, "start", "web:web_0");
  await done(rig, "scale", "web=4");
  assert.equal(
    (await seen(daemon)).states,
    "web_0 RUNNING, web_1 STOPPED, web_2 STOPPED, web_3 RUNNING",
  );
});

e2e("a disabled program runs on, is not started again, and enable starts it", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, ONE, NEEDS));
  await reach(daemon, "needs RUNNING, one RUNNING");
  const { pids } = await seen(daemon);
  assert.deepEqual(await done(rig, "disable", "one"), ["one: disabled"]);
  assert.equal((await seen(daemon)).pids.get("one"), pids.get("one"));
  assert.deepEqual(await done(rig, "disable", "one"), ["one: is disabled already: nothing to do"]);
  await done(rig, "stop", "one");
  const { description } = await daemon.info("one");
  assert.equal(description, "disabled");
  await tsv(rig, "restart", "needs");
  assert.equal((await daemon.info("needs"))["description"], "blocked: one is disabled");
  const why = await tsv(rig, "why", "one");
  assert.match(why.stdout, /disabled by an operator since \d{4}-\d\d-\d\dT[\d:]+Z/);
  assert.match(why.stdout, /tsv enable (?:-c \S+ )?one/);
  const avail = await done(rig, "avail");
  assert.match(avail.join("\n"), /^one +in use +disabled/m);
  assert.deepEqual(await done(rig, "enable", "one"), ["one: enabled"]);
  await until(async () => (await seen(daemon)).states === "needs RUNNING, one RUNNING", {
    what: "the start of needs",
  });
  assert.deepEqual(await done(rig, "enable", "one"), ["one: is enabled already: nothing to do"]);
});

e2e("stop --disable stops all processes of a program, and it stays down", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, WEB, ONE));
  await done(rig, "stop", "--disable", "web", "one");
  assert.equal((await seen(daemon)).states, "one STOPPED, web_0 STOPPED, web_1 STOPPED");
  const again = await done(rig, "stop", "--disable", "web");
  assert.deepEqual(again, ["web: is disabled already: nothing to do"]);
  await done(rig, "start", "one");
  await done(rig, "reload");
  await daemon.logged(/supervisord started with pid/, 2);
  await until(async () => (await seen(daemon)).states.startsWith("one STOPPED"), {
    what: "the daemon after its restart",
  });
});

e2e(
  "decisions last over an update, a restart of the daemon, its death and a new start",
  async (rig) => {
    const daemon = await rig.startWith(stateful(rig, WEB, ONE));
    await done(rig, "scale", "web=3");
    await done(rig, "stop", "--disable", "one");
    const decided = "one STOPPED, web_0 RUNNING, web_1 RUNNING, web_2 RUNNING";
    const isDecided = async (of: Daemon, what: string): Promise<void> => {
      const isSo = async () => (await seen(of).catch(() => null))?.states === decided;
      await until(isSo, { what });
    };
    await done(rig, "update");
    await isDecided(daemon, "the state after an update");
    const { pids } = await seen(daemon);
    const deaths = new Deaths(daemon);
    deaths.kill();
    await deaths.answers();
    await isDecided(daemon, "the state after a death");
    assert.deepEqual((await seen(daemon)).pids, pids);
    await done(rig, "reload");
    await daemon.logged(/supervisord started with pid/, 2);
    await isDecided(daemon, "the state after a reload");
    await daemon.shutdown();
    unlinkSync(daemon.log);
    const next = await rig.start();
    await isDecided(next, "the state after a start");
    assert.deepEqual(await done(rig, "scale", "web=3"), [
      "web: has 3 processes already, 2 in the file",
    ]);
  },
);

e2e("decisions last over an upgrade", withoutNext(), async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(stateful(rig, WEB, ONE));
  await done(rig, "scale", "web=3");
  await done(rig, "disable", "one");
  const { pids } = await seen(daemon);
  host.install();
  await host.replaced();
  assert.deepEqual((await seen(daemon)).pids, pids);
  assert.deepEqual(await done(rig, "disable", "one"), ["one: is disabled already: nothing to do"]);
});

e2e("what cannot be decided is refused with the reason, and changes nothing", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, WEB, ONE));
  const before = await seen(daemon);
  const refused = [
    [["scale", "web=5"], 1, /more than numprocs_max=4/],
    [
      ["scale", "one=2"],
      1,
      /add\s+process_name=%\(program_name\)s_%\(process_num\)02d to \[program:one\]/,
    ],
    [["scale", "web:web_0=3"], 1, /one of 2 processes of web\n +Use: tsv scale web=3/],
    [["disable", "web:web_0"], 1, /one of 2 processes of web\n +Use: tsv disable web/],
    [["scale", "nosuch=3"], 1, /no such program or group: nosuch/],
    [["enable", "nosuch"], 1, /no such program or group: nosuch/],
    [["scale", "web=0"], 2, /tsv scale NAME=NUMBER/],
    [["scale", "web"], 2, /tsv scale NAME=NUMBER/],
    [["disable"], 2, /tsv disable NAME/],
  ] as const;
  for (const [words, status, text] of refused) {
    const outcome = await tsv(rig, ...words);
    assert.equal(outcome.status, status, words.join(" ") + outcome.stderr);
    assert.match(outcome.stderr, text);
    for (const line of outcome.stderr.split("\n")) assert.ok(line.length <= 80, line);
  }
  assert.deepEqual(await seen(daemon), before);
  assert.ok(!existsSync(rig.path("state")));
  const broken = rig.configure(`${stateful(rig, WEB)}[program:x]\n`);
  const outcome = await tsv(rig, "scale", "web=3");
  assert.equal(outcome.status, 1);
  assert.ok(!existsSync(rig.path("state")), broken);
});

e2e("a state directory that cannot be used is an error, and nothing changes", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, WEB));
  writeFileSync(rig.path("state"), "");
  const file = await tsv(rig, "scale", "web=3");
  assert.equal(file.status, 1);
  assert.match(file.stderr.replace(/\s+/g, " "), /state is not a directory.*state_directory=/);
  unlinkSync(rig.path("state"));
  mkdirSync(rig.path("state"));
  chmodSync(rig.path("state"), 0o777);
  const open = await tsv(rig, "scale", "web=3");
  assert.match(open.stderr.replace(/\s+/g, " "), /chmod go-w/);
  assert.equal((await seen(daemon)).states, "web_0 RUNNING, web_1 RUNNING");
  assert.deepEqual(readdirSync(rig.path("state")), []);
});

e2e(
  "a layer that is broken, open to others or a symlink is ignored with a warning",
  withoutRoot(),
  async (rig) => {
    rig.configure(stateful(rig, WEB));
    const first = await rig.start();
    await done(rig, "scale", "web=3");
    await first.shutdown();
    const path = layerOf(rig);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    assert.equal(statSync(rig.path("state")).mode & 0o777, 0o755);
    const text = readFileSync(path, "utf8");
    const faults: readonly (readonly [make: () => void, warning: RegExp])[] = [
      [() => writeFileSync(path, "[program:web]\nnumprocs\n"), /:2 is no line of a configuration/],
      [() => writeFileSync(path, "[program:web]\nnumprocs=many\n"), /must be a number from 1/],
      [() => writeFileSync(path, "[program:web]\nnumprocs=9\n"), /more than numprocs_max=4/],
      [() => writeFileSync(path, "[program:web]\ncommand=id\n"), /\(command\) is no decision/],
      [() => chmodSync(path, 0o666), /chmod go-w/],
      [() => chownSync(path, 1, 1), /chown root/],
      [
        () => {
          unlinkSync(path);
          symlinkSync("/etc/passwd", path);
        },
        /is a symlink/,
      ],
    ];
    for (const [make, warning] of faults) {
      make();
      unlinkSync(first.log);
      const daemon = await rig.start();
      await reach(daemon, "web_0 RUNNING, web_1 RUNNING");
      await daemon.logged(warning);
      const check = await rig.command([TSV, "check", "-v", rig.path("d.conf")]);
      assert.match(check.stdout + check.stderr, warning);
      await daemon.shutdown();
      unlinkSync(path);
      writeFileSync(path, text);
    }
  },
);

e2e("a decision about a program that is gone is kept, and check remarks on it", async (rig) => {
  const daemon = await rig.startWith(stateful(rig, WEB, ONE));
  await done(rig, "disable", "one");
  rig.configure(stateful(rig, WEB));
  await done(rig, "update");
  await done(rig, "scale", "web=3");
  assert.match(readFileSync(layerOf(rig), "utf8"), /\[program:one\]\nenabled = false/);
  const check = await rig.command([TSV, "check", "-v", rig.path("d.conf")]);
  assert.match(check.stdout + check.stderr, /there is no \[program:one\]/);
  rig.configure(stateful(rig, WEB, ONE));
  await done(rig, "update");
  assert.match((await seen(daemon)).states, /^one STOPPED/);
});
