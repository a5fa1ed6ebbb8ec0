// PROG-019 on hosts in memory: programs that were given up, and that nothing keeps from starting any more.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GIVEN_UP } from "../../../../../src/doctor/checks/programs/failures.ts";
import { config, host, look, one, status } from "./rig.ts";

const SPAWN_ERROR = "couldn't exec /opt/run: ENOENT";
const FATAL = status({ state: "FATAL", spawnError: SPAWN_ERROR });
const healthy = () => host().file("/opt/run", "#!/bin/sh\n", { mode: 0o755 });
const check = (made: ReturnType<typeof host>, changes = {}, parts = {}, ...lines: string[]) =>
  look(GIVEN_UP, made, config("command=/opt/run", ...lines), {
    programs: [{ ...FATAL, ...changes }],
    ...parts,
  });

describe("PROG-019", () => {
  test("a program that could be started now is started after a yes", () => {
    const finding = one(check(healthy()));
    assert.equal(finding.severity, "error");
    assert.equal(finding.symptom, `FATAL ${SPAWN_ERROR}`);
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(finding.repair.commands, ["tsv start web"]);
    const [planned] = finding.repair.steps;
    assert.ok(planned?.step.kind === "command");
    assert.deepEqual(planned.step.argv.slice(1), [
      "ctl",
      "-c",
      "/etc/tsv/tsv.conf",
      "start",
      "web",
    ]);
  });

  for (const spawnError of [
    "can't find command 'run'",
    "command at '/opt/run' is not executable",
    "no permission to run command '/opt/run'",
    "couldn't chdir to /srv/app: ENOENT",
    "unknown error making dispatchers for 'web': EACCES",
  ]) {
    test(`${spawnError}: it is as it has to be now`, () => {
      assert.equal(one(check(healthy(), { spawnError })).symptom, `FATAL ${spawnError}`);
    });
  }

  test("while another error remains, its own check reports it", () => {
    assert.deepEqual(check(host()), []);
    assert.deepEqual(check(host().file("/opt/run", "#!/bin/sh\r\n", { mode: 0o755 })), []);
    assert.deepEqual(check(healthy(), {}, {}, "directory=/srv/none"), []);
    const log = healthy()
      .directory("/var/log/app")
      .mount("/var/log/app", { options: ["ro"] });
    assert.deepEqual(check(log, {}, {}, "stdout_logfile=/var/log/app/web.log"), []);
  });

  test("programs that exit, are retried, run, or fail for another reason are not reported", () => {
    assert.deepEqual(check(healthy(), { spawnError: "Exited too quickly (process log ...)" }), []);
    assert.deepEqual(check(healthy(), { state: "BACKOFF" }), []);
    assert.deepEqual(check(healthy(), { state: "RUNNING", spawnError: "" }), []);
    assert.deepEqual(check(healthy(), { spawnError: "too many open files to spawn 'web'" }), []);
  });

  test("a daemon that would start something else than the file says has to read it first", () => {
    const known = (command: string) => ({ known: [{ group: "web", name: "web", command }] });
    assert.deepEqual(check(healthy(), {}, known("/opt/old")), []);
    assert.equal(check(healthy(), {}, known("/opt/run")).length, 1);
  });
});
