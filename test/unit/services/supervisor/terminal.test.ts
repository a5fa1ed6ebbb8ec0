// Programs on a terminal as supervision sees them, and those who wait for the end of a run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { answerText, key, Rig } from "./rig.ts";
import { running, WEB } from "./web-rig.ts";

const SIZE = { rows: 50, columns: 132 };

test("a program on a terminal is started on one, and both numbers of our side are listed", () => {
  const rig = running({ tty: true, redirectStderr: true });
  assert.equal(rig.spawner.children.get(100)?.spec.tty, true);
  assert.deepEqual(
    [...rig.descriptors.values()].map(({ role, owner }) => `${role} ${owner}`),
    ["stdin web:web", "stdout web:web"],
  );
  assert.equal(rig.logs.known.get(WEB)?.isTerminal, true);
  rig.die("web:web");
  assert.equal(rig.descriptors.size, 0);
});

test("the size of its window is set through our side", () => {
  const rig = running({ tty: true, redirectStderr: true });
  assert.equal(answerText(rig.supervisor.resize(WEB, SIZE)), "true");
  assert.deepEqual([...rig.spawner.sizes], [[10, SIZE]]);
});

test("a size is refused where there is no terminal, no program or no such name", () => {
  const pipes = running();
  assert.equal(
    answerText(pipes.supervisor.resize(WEB, SIZE)),
    "NO_FILE: web runs without a terminal; tty=true gives it one",
  );
  pipes.die("web:web");
  assert.equal(answerText(pipes.supervisor.resize(WEB, SIZE)), "NOT_RUNNING: web");
  assert.equal(answerText(pipes.supervisor.resize(key("a:b"), SIZE)), "BAD_NAME: a:b");
});

test("a terminal that refuses a size is named with the reason", () => {
  const rig = running({ tty: true, redirectStderr: true });
  rig.spawner.resize = () => "EIO";
  assert.equal(answerText(rig.supervisor.resize(WEB, SIZE)), "FAILED: web: EIO");
});

test("why there is no terminal is the reason for which the program does not start", () => {
  const config = fakeProcessConfig("web", { tty: true });
  const rig = new Rig(fakeGroupConfig("web", [config]));
  rig.spawner.refuse = () => ({ stage: "terminal", errno: "ENXIO", detail: "install node-pty" });
  rig.begin();
  assert.equal(
    rig.supervisor.info(WEB)?.spawnErr,
    "couldn't give 'web' a terminal: install node-pty",
  );
});

test("the end of a run is reported once, although the program is restarted", () => {
  const rig = running({ autorestart: "always" });
  let ends = 0;
  rig.supervisor.whenRunEnds(WEB, () => {
    ends += 1;
  });
  const forget = rig.supervisor.whenRunEnds(WEB, () => assert.fail("was forgotten"));
  forget();
  assert.equal(ends, 0);
  rig.die("web:web");
  assert.equal(ends, 1);
  rig.advance(5000);
  rig.die("web:web");
  assert.equal(ends, 1);
});

test("a run that is over already, or that never was, has ended", () => {
  const rig = running({ autorestart: "never" });
  rig.die("web:web");
  const told: string[] = [];
  rig.supervisor.whenRunEnds(WEB, () => told.push("over"));
  rig.supervisor.whenRunEnds(key("a:b"), () => told.push("never"));
  assert.deepEqual(told, ["over", "never"]);
});
