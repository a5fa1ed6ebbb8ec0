// All checks of programs together: silent about ordinary setups, quick about large ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PROGRAM_CHECKS } from "../../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../../src/doctor/checks/examine.ts";
import { config, host, NOW_S, status } from "./rig.ts";

const SERVICE = { file: { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false } };

test("a host with ordinary programs that run has nothing worse than worth knowing", () => {
  const made = host().directory("/opt/app", { uid: 1000, gid: 1000 });
  const text = config("command=python3 app.py", "directory=/opt/app", "user=pi", "priority=5");
  made.run(700, ["/usr/bin/python3", "app.py"], { parent: 50, cwd: "/opt/app", uid: 1000 });
  const programs = [status({ pid: 700 })];
  const { findings, unknown } = examineHost(
    PROGRAM_CHECKS,
    made.facts(text, { service: SERVICE, programs, histories: [], pools: [] }),
  );
  assert.deepEqual(
    findings.filter(({ severity }) => severity !== "info"),
    [],
  );
  assert.deepEqual(unknown, []);
});

test("a stopped program that could not be started is started after the repair", () => {
  const made = host().file("/opt/run.sh", "#!/bin/sh\n", { mode: 0o644 });
  const commandsFor = (state: string): readonly string[] => {
    const parts = { service: SERVICE, programs: [status({ state })], histories: [], pools: [] };
    const { findings } = examineHost(
      PROGRAM_CHECKS,
      made.facts(config("command=/opt/run.sh"), parts),
    );
    return findings.find(({ code }) => code === "PROG-002")?.repair.commands ?? [];
  };
  assert.deepEqual(commandsFor("STOPPED"), ["chmod 0755 /opt/run.sh", "tsv start web"]);
  assert.deepEqual(commandsFor("BACKOFF"), ["chmod 0755 /opt/run.sh"]);
});

test("without a configuration there is nothing to look at, and one that cannot be read hides all", () => {
  const seen = (text: string | null): ReturnType<typeof examineHost> =>
    examineHost(PROGRAM_CHECKS, host().facts(text));
  const none = seen(null);
  assert.deepEqual([none.findings, none.unknown], [[], []]);
  const wrong = seen("[supervisord]\n[program:web]\nnumprocs=x\n");
  assert.deepEqual(wrong.findings, []);
  assert.deepEqual(wrong.skipped, [
    { area: "programs", why: "the configuration has errors: tsv check" },
  ]);
});

test("a configuration that only root can read is not reported as wrong", () => {
  const made = host();
  made.uid = 1000;
  const facts = made.facts("[supervisord]\n[program:web]\nnumprocs=x\n");
  made.readHead = () => null;
  assert.deepEqual(
    examineHost(PROGRAM_CHECKS, facts).skipped.map(({ why }) => why),
    ["the configuration cannot be read by this user"],
  );
});

test("a thousand programs cost no check more than half a second of this slow machine", () => {
  const made = host();
  const sections = Array.from({ length: 1000 }, (_, i) => {
    made.run(1000 + i, ["/usr/bin/sleep", String(i)], { parent: 50 });
    return `[program:p${i}]\ncommand=sleep ${i}\nuser=pi\ndirectory=/home/pi\n`;
  });
  const programs = sections.map((_, i) =>
    status({ group: `p${i}`, name: `p${i}`, pid: 1000 + i, start: NOW_S - 10 }),
  );
  const facts = made.facts(`[supervisord]\n${sections.join("")}`, {
    ...{ service: SERVICE, programs, histories: [], pools: [] },
  });
  for (const check of PROGRAM_CHECKS) {
    // Of the processor, so that a busy machine is not taken for a slow check.
    const begun = process.cpuUsage();
    const said = check.look(facts);
    const { user, system } = process.cpuUsage(begun);
    const spent = (user + system) / 1000;
    assert.ok(spent < 500, `${check.code} took ${Math.round(spent)} ms`);
    assert.ok(
      said.every((one) => "unknown" in one || one.severity === "info"),
      check.code,
    );
  }
});
