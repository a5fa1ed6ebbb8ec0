// PROG-009 on hosts in memory: programs that fail by themselves.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PROGRAM_ERROR } from "../../../../../src/doctor/checks/programs/failures.ts";
import { config, FATAL, history, host, look, one, run, status } from "./rig.ts";

const LOG = "/var/log/web.err";
const failed = (changes = {}) => ({
  programs: [{ ...FATAL, stderrLog: LOG }],
  histories: [history([run(changes)])],
});
const check = (made: ReturnType<typeof host>, parts = {}, ...lines: readonly string[]) =>
  look(PROGRAM_ERROR, made, config("command=sleep 5", ...lines), parts);

describe("PROG-009", () => {
  test("the exit status and the last lines are the evidence, and what they give away is the advice", () => {
    const made = host().file(LOG, "starting\nModuleNotFoundError: No module named 'flask'\n");
    const finding = one(check(made, failed()));
    assert.equal(finding.severity, "error");
    assert.match(finding.cause, /Python cannot find the module flask/);
    assert.deepEqual(finding.evidence, [
      "exit status 1 after 0.5 s",
      `${LOG} ends with:`,
      "| starting",
      "| ModuleNotFoundError: No module named 'flask'",
    ]);
    assert.match(finding.repair.advice, /virtual environment/);
    assert.deepEqual(finding.repair.commands, ["tsv why web", "tsv start web"]);
  });

  test("control characters of a program do not reach the terminal", () => {
    const made = host().file(LOG, "\x1b[2Jno\x07\x1b]0;title\x07 config\n");
    assert.match(one(check(made, failed())).evidence.join("\n"), /no\\x07 config/);
  });

  test("a daemon that does not remember runs is good for the lines alone", () => {
    const made = host().file(LOG, "boom\nboom\n");
    const finding = one(check(made, { ...failed(), histories: null }));
    assert.deepEqual(finding.evidence, [`${LOG} ends with:`, "| boom"]);
  });

  test("a failure right after the boot is reported as one", () => {
    const { nowMs } = host().situation();
    const parts = { ...failed(), host: { bootedMs: nowMs - 610_000 } };
    assert.match(
      one(check(host(), parts)).evidence.join("\n"),
      /within two minutes after the boot/,
    );
  });

  test("an exit that Supervisor calls too quick may be a missing interpreter, which is reported under its code", () => {
    const made = host().file("/opt/run", "#!/nope\n", { mode: 0o755 });
    const parts = { ...failed(), histories: null };
    assert.deepEqual(look(PROGRAM_ERROR, made, config("command=/opt/run"), parts), []);
  });

  test("success, a command that could not be executed, a start that was not tried, and a program that runs are others'", () => {
    assert.deepEqual(check(host(), failed({ exitStatus: 0 })), []);
    assert.deepEqual(check(host(), failed({ exitStatus: 127 }), "directory=/gone"), []);
    assert.deepEqual(check(host(), { programs: [status()] }), []);
    const notSpawned = status({ state: "FATAL", spawnError: "can't find command 'x'" });
    assert.deepEqual(check(host(), { programs: [notSpawned] }), []);
    assert.equal(check(host(), failed({ exitStatus: 127 })).length, 1);
  });
});
