// Added and removed groups, and the result of a reread.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { faultText } from "../../../../src/core/xmlrpc/faults.ts";
import { group, program } from "../../core/process/samples.ts";
import { answerText, badConfig } from "./rig.ts";
import { running, start, WEB, web } from "./web-rig.ts";

test("a group is added from the configuration as last read, and its autostart is done", async () => {
  const rig = web();
  assert.equal(answerText(rig.supervisor.addGroup("web")), "ALREADY_ADDED: web");
  assert.equal(answerText(rig.supervisor.addGroup("new")), "BAD_NAME: new");
  rig.rewrite(group("web"), group("new"));
  assert.equal(answerText(rig.supervisor.addGroup("new")), "BAD_NAME: new", "not read yet");
  assert.deepEqual(await rig.supervisor.reread(), {
    ok: true,
    value: { added: ["new"], changed: [], removed: [] },
  });
  assert.equal(answerText(rig.supervisor.addGroup("new")), "true");
  rig.settle();
  assert.equal(rig.state("new:new"), "STARTING");
});

test("a group is removed only when all of it is down", async () => {
  const rig = web();
  assert.equal(answerText(rig.supervisor.removeGroup("no")), "BAD_NAME: no");
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "STILL_RUNNING: web");
  void rig.supervisor.stop(WEB, false);
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "STILL_RUNNING: web");
  rig.die("web:web");
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "true");
  assert.equal(rig.supervisor.group("web"), null);
  assert.equal(rig.logs.known.size, 0);
  assert.equal(await start(rig, true), "BAD_NAME: web:web");
});

test("a process that could not be killed does not haunt the next of its name (removed-unknown)", () => {
  const rig = running();
  const stray = rig.pid("web:web");
  rig.spawner.refuseKill = () => "EPERM";
  void rig.supervisor.stop(WEB, false);
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "true");
  assert.equal(rig.descriptors.size, 0);
  assert.equal(answerText(rig.supervisor.addGroup("web")), "true");
  rig.settle();
  const next = rig.pid("web:web");
  assert.notEqual(next, stray);
  rig.spawner.die(stray);
  rig.log();
  rig.supervisor.childrenDied();
  assert.deepEqual(rig.log(), [`INFO reaped unknown pid ${stray} (exit status 0)`]);
  assert.equal(rig.state("web:web"), "RUNNING");
  assert.equal(rig.logs.attached.get(WEB), next);
  assert.equal(rig.descriptors.size, 3);
});

test("reread compares and changes nothing; a bad configuration is a fault and is not used", async () => {
  const rig = web();
  const before = rig.supervisor.config();
  rig.nextConfig = badConfig("no such section");
  const bad = await rig.supervisor.reread();
  assert.equal(bad.ok ? "ok" : faultText(bad.error), "CANT_REREAD: no such section");
  assert.equal(rig.supervisor.config(), before);
  assert.equal(rig.configured, 0);

  rig.rewrite(group("web", [program({ command: "/bin/other" })]), group("new"));
  assert.deepEqual(await rig.supervisor.reread(), {
    ok: true,
    value: { added: ["new"], changed: ["web"], removed: [] },
  });
  assert.equal(rig.configured, 1, "a daemon that dies leaves what was read");
  const [kept] = rig.supervisor.config().groups;
  rig.rewrite(group("web", [program({ command: "/bin/other" })]), group("new"));
  await rig.supervisor.reread();
  assert.equal(rig.configured, 1, "what was read is the same");
  assert.equal(rig.supervisor.config().groups[0], kept);
  rig.rewrite();
  assert.deepEqual(await rig.supervisor.reread(), {
    ok: true,
    value: { added: [], changed: [], removed: ["web"] },
  });
  assert.equal(rig.state("web:web"), "STARTING");
});

test("the warnings of a reread reach the activity log (reread-warnings)", async () => {
  const rig = web();
  const notices = [
    { level: "WARN", text: 'No file matches via include "/etc/none"' },
    { level: "INFO", text: 'Included extra file "/etc/a.conf" during parsing' },
  ] as const;
  rig.nextConfig = ok({ ...rig.supervisor.config(), notices });
  rig.log();
  assert.ok((await rig.supervisor.reread()).ok);
  assert.deepEqual(rig.log(), ['WARN No file matches via include "/etc/none"']);
});
