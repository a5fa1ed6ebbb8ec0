// CONF-014: options and sections that there are not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UNKNOWN_NAME } from "../../../../../src/doctor/checks/config/conf-014-unknown-name.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\ncommand=a\n";

describe("CONF-014", () => {
  test("a misspelt option gets its name, and the line stays as it is", () => {
    assert.equal(
      fixed(UNKNOWN_NAME, `${S}  AutoStrat = false ; why\n`.replace("  A", "A")),
      `${S}autostart = false ; why\n`,
    );
  });

  test("a misspelt section gets its header", () => {
    assert.equal(
      fixed(UNKNOWN_NAME, "[supervisord]\n[progam:x] ; x\ncommand=a\n"),
      "[supervisord]\n[program:x] ; x\ncommand=a\n",
    );
    assert.equal(
      fixed(UNKNOWN_NAME, "[supervisord]\n[Program:x]\ncommand=a\n"),
      "[supervisord]\n[program:x]\ncommand=a\n",
    );
  });

  test("a name that is there already is not written twice", () => {
    const [finding] = findings(UNKNOWN_NAME, `${S}autostart=true\nautostrat=false\n`);
    assert.equal(finding?.severity, "warning");
    assert.equal(finding.repair.class, "C");
    assert.equal(findings(UNKNOWN_NAME, `${S}[programs]\n`)[0]?.repair.class, "C");
  });

  test("a name without a similar one is only a note", () => {
    const found = findings(UNKNOWN_NAME, `${S}00=/tmp\nmy_own_note=x\n[tool:black]\nx=1\n`);
    assert.deepEqual(new Set(found.map(({ severity }) => severity)), new Set(["info"]));
    assert.equal(found.length, 3);
  });

  test("keys of plugins are theirs", () => {
    const text = `${S}dependent_startup=true\n[ctlplugin:x]\nsupervisor.ctl_factory=supervisor_quick:make_quick_controllerplugin\nz=1\n`;
    assert.deepEqual(findings(UNKNOWN_NAME, text), []);
  });
});
