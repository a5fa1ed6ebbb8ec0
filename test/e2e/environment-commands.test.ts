// env_command of real programs. A command that fails, floods or hangs is reported, and disturbs no other program.

import assert from "node:assert/strict";
import { gone } from "../rig/gone.ts";
import { isAlive } from "../rig/is-alive.ts";
import { environmentOf, ONCE, printing, startError } from "./rig/printing.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

/** As in src/host/processes/env-commands.ts. */
const MOST_AT_ONCE = 16;

e2e("a command that hangs is killed with all that it has started", async (rig) => {
  const script = "echo asking the vault >&2; sleep 1000 & echo $! $$ >%(here)s/pids; wait";
  const daemon = await rig.startWith(
    [
      printing("good"),
      printing("web", `env_command=/bin/sh -c '${script}'`, "env_command_timeout=2s", ONCE.trim()),
    ].join("\n"),
  );
  await environmentOf(rig, daemon, "good");
  const { pid } = await daemon.info("good");
  assert.match(
    await startError(daemon, "web"),
    /^env_command: no exit within 2s: it was killed: asking the vault \(the host failed, /,
  );
  const pids = textOf(rig.path("pids")).trim().split(" ");
  assert.equal(pids.length, 2);
  await gone(...pids);
  assert.equal((await daemon.info("good"))["pid"], pid);
  await daemon.shutdown();
  assert.doesNotMatch(textOf(daemon.log), /reaped unknown/);
});

e2e("a command that fails or floods fails the start", async (rig) => {
  const daemon = await rig.startWith(
    [
      printing("floods", "env_command=yes A=1", ONCE.trim()),
      printing(
        "fails",
        "env_command=/bin/sh -c 'echo A=1; echo token=hunter2 denied >&2; exit 3'",
        ONCE.trim(),
      ),
      printing("wrong", "env_command=/bin/echo no variables here", ONCE.trim()),
      printing("absent", "env_command=no-such-vault", ONCE.trim()),
    ].join("\n"),
  );
  assert.equal(
    await startError(daemon, "floods"),
    "env_command: it printed more than 1 MB, and was killed",
  );
  const failed = await startError(daemon, "fails");
  assert.match(failed, /^env_command: exit status 3: token=.* denied$/);
  assert.doesNotMatch(failed, /hunter2/);
  assert.match(await startError(daemon, "wrong"), /^env_command: line 1, column 1 of its output: /);
  assert.equal(
    await startError(daemon, "absent"),
    "env_command: can't find command 'no-such-vault'",
  );
});

e2e(
  "commands that hang take at most half of the places, the next ones wait, and no other program does",
  async (rig) => {
    const many = 100;
    const hanging = [
      "[program:hangs]",
      "command=/bin/cat",
      `numprocs=${many}`,
      "process_name=%(process_num)s",
      "env_command=/bin/sh -c 'echo $$ >>%(here)s/begun; exec sleep 1000'",
      "env_command_timeout=10m",
      ONCE,
    ].join("\n");
    const daemon = await rig.startWith(`${printing("good")}\n${hanging}`);
    await environmentOf(rig, daemon, "good");
    const { pid } = await daemon.info("good");
    // They are answered when the commands have ended.
    const starts = Array.from({ length: many }, (_, number) =>
      daemon.call("supervisor.startProcess", `hangs:${number}`),
    );
    const begun = (): string[] => textOf(rig.path("begun")).split("\n").filter(Boolean);
    while (begun().length < MOST_AT_ONCE) await daemon.ask("getState");
    // Programs start beside them.
    await daemon.ask("stopProcess", "good");
    await daemon.ask("startProcess", "good");
    assert.notEqual((await daemon.info("good"))["pid"], pid);
    // Each that ends lets the next one begin.
    const ended = new Set<string>();
    while (ended.size < many) {
      const alive = begun().filter((pid) => isAlive(Number(pid)));
      assert.ok(alive.length <= MOST_AT_ONCE, `${alive.length} at once`);
      for (const each of alive.filter((one) => !ended.has(one))) {
        process.kill(Number(each), "SIGTERM");
        ended.add(each);
      }
      await daemon.ask("getState");
    }
    for (const answer of await Promise.all(starts)) {
      assert.deepEqual([answer.kind, answer.kind === "fault" && answer.code], ["fault", 50]);
    }
    for (let number = 0; number < many; number += 1) {
      const { spawnerr } = await daemon.info(`hangs:${number}`);
      assert.equal(spawnerr, "env_command: killed by SIGTERM");
    }
    assert.equal((await daemon.info("good"))["statename"], "RUNNING");
  },
);

e2e("nothing is shown of a line whose beginning was not kept: it may be a secret", async (rig) => {
  rig.write("cut.sh", `head -c 5000 /dev/zero | tr "\\0" x >&2; echo "$LONG end" >&2; exit 3\n`);
  const daemon = await rig.startWith(
    printing("cut", "env_command=/bin/sh %(here)s/cut.sh", ONCE.trim()),
    { env: { LONG: `${"y".repeat(4080)}ostrich` } },
  );
  assert.equal(await startError(daemon, "cut"), "env_command: exit status 3");
});

e2e("output without end, and pipes that a child keeps open, hold nothing up", async (rig) => {
  const daemon = await rig.startWith(
    [
      printing("good"),
      printing(
        "talks",
        "env_command=/bin/sh -c 'yes without end >&2'",
        "env_command_timeout=2s",
        ONCE.trim(),
      ),
      printing(
        "keeps",
        "env_command=/bin/sh -c 'sleep 1000 & echo $! >%(here)s/kept; echo A=1'",
        "env_command_timeout=1m",
        ONCE.trim(),
      ),
    ].join("\n"),
  );
  await environmentOf(rig, daemon, "good");
  const { pid } = await daemon.info("good");
  const said = await startError(daemon, "talks");
  assert.match(said, /^env_command: no exit within 2s: it was killed: .*without end/);
  assert.ok(said.length < 1000, "the end of it alone");
  // The exit of the command counts, not the end of its output.
  await daemon.ask("startProcess", "keeps");
  assert.equal((await environmentOf(rig, daemon, "keeps")).get("A"), "1");
  const kept = textOf(rig.path("kept")).trim();
  await gone(kept);
  assert.equal((await daemon.info("good"))["pid"], pid);
});
