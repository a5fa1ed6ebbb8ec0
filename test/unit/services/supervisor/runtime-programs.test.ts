// Programs added and removed at run time, as the service answers for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok } from "../../../../src/core/base/result.ts";
import type { Dependency } from "../../../../src/core/config/value-types.ts";
import { group, program } from "../../core/process/samples.ts";
import { answerText, key, Rig } from "./rig.ts";

const STRUCT = { group: "web", name: "extra", options: { command: "/bin/web" } };

function rigWith(...names: readonly string[]): Rig {
  const rig = new Rig(group("web", [program({ startSecs: 0 })])).begin();
  const processes = names.map((name) => program({ name, startSecs: 0 }));
  rig.nextPrograms = ok({ processes, notices: [{ level: "WARN", text: "something about it" }] });
  return rig;
}

test("an added program gets logs and starts, and its notices are logged", async () => {
  const rig = rigWith("a", "b");
  rig.log();
  assert.equal(answerText(await rig.supervisor.addProgram(STRUCT)), "true");
  rig.settle();
  assert.deepEqual([rig.state("web:a"), rig.state("web:b")], ["RUNNING", "RUNNING"]);
  assert.ok(rig.logs.known.has(key("web:a")));
  assert.equal(rig.log()[0], "WARN something about it");
});

test("the configuration shows it until the file is read again, and the reread finds the group changed", async () => {
  const rig = rigWith("a");
  await rig.supervisor.addProgram(STRUCT);
  const names = (): string[] =>
    rig.supervisor.config().groups.flatMap(({ processes }) => processes.map(({ name }) => name));
  assert.deepEqual(names(), ["web", "a"]);
  const changes = await rig.supervisor.reread();
  assert.deepEqual(changes.ok ? changes.value.changed : [], ["web"]);
  assert.deepEqual(names(), ["web"]);
});

test("a program that cannot be added is a fault that names it", async () => {
  const rig = rigWith("a", "web");
  assert.equal(answerText(await rig.supervisor.addProgram(STRUCT)), "BAD_NAME: web");
  assert.equal(rig.state("web:a"), "absent");
  assert.equal(
    answerText(await rig.supervisor.addProgram({ ...STRUCT, group: "no" })),
    "BAD_NAME: group: no",
  );
  rig.nextPrograms = err({
    rule: "value",
    text: "not a valid boolean value: 'x'",
    file: null,
    line: null,
    section: null,
    key: null,
  });
  assert.equal(
    answerText(await rig.supervisor.addProgram(STRUCT)),
    "INCORRECT_PARAMETERS: not a valid boolean value: 'x'",
  );
});

test("a process is removed with its logs once it is stopped; its start that is still to come is not lost on it", async () => {
  const rig = rigWith("a");
  await rig.supervisor.addProgram(STRUCT);
  assert.equal(answerText(rig.supervisor.removeProcess(key("web:a"))), "true");
  rig.settle();
  assert.equal(rig.state("web:a"), "absent");
  assert.ok(!rig.logs.known.has(key("web:a")));
  assert.equal(answerText(rig.supervisor.removeProcess(key("web:a"))), "BAD_NAME: web:a");
  assert.equal(answerText(rig.supervisor.removeProcess(key("web:web"))), "STILL_RUNNING: web");
});

test("twiddler-listeners: a pool of event listeners takes no programs", async () => {
  const pool = group("pool", [program({ name: "ear" })]);
  const rig = new Rig({
    ...pool,
    kind: "eventlistener",
    events: ["EVENT"],
    bufferSize: 10,
    resultHandler: "",
  });
  rig.begin();
  assert.equal(
    answerText(await rig.supervisor.addProgram({ ...STRUCT, group: "pool" })),
    "INCORRECT_PARAMETERS: group pool is a pool of event listeners, which takes no other programs",
  );
});

test("a program that makes the dependencies wrong does not join", async () => {
  const rig = rigWith();
  const add = async (name: string, ...needs: readonly Dependency[]): Promise<string> => {
    const process = program({ name, programName: name, autostart: false, dependsOn: needs });
    rig.nextPrograms = ok({ processes: [process], notices: [] });
    return answerText(await rig.supervisor.addProgram(STRUCT));
  };
  const running = (name: string): Dependency => ({ name, condition: "running" });
  const unknown = /^INCORRECT_PARAMETERS: depends_on names wbe, .*did you mean web\?/;
  assert.match(await add("a", running("wbe")), unknown);
  assert.match(await add("a", running("web:*")), /form a cycle: web:a -> web:a/);
  assert.equal(rig.state("web:a"), "absent");
  assert.equal(await add("a", running("web")), "true");
});
