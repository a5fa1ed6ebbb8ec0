// CONF-018: plugins that are Python code.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PYTHON_PLUGIN } from "../../../../../src/doctor/checks/config/conf-018-python-plugin.ts";
import { findings, fixed } from "./looking.ts";

describe("CONF-018", () => {
  test("a misspelt name of what is built in is corrected", () => {
    const text = (name: string): string =>
      `[supervisord]\n[rpcinterface:t]\nsupervisor.rpcinterface_factory = ${name}\n`;
    assert.equal(
      fixed(PYTHON_PLUGIN, text("supervisor_twiddler.rpcinterface:make_twidler_rpcinterface")),
      text("supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface").replace(" = ", "="),
    );
  });

  test("other Python code is reported, as a plugin and as a result handler", () => {
    const [plugin] = findings(
      PYTHON_PLUGIN,
      "[supervisord]\n[rpcinterface:x]\nsupervisor.rpcinterface_factory=my.code:make\n",
    );
    assert.deepEqual([plugin?.severity, plugin?.repair.class], ["warning", "C"]);
    const [replaced] = findings(
      PYTHON_PLUGIN,
      "[supervisord]\n[ctlplugin:q]\nsupervisor.ctl_factory=supervisor_quick:make_quick_controllerplugin\n",
    );
    assert.deepEqual([replaced?.severity, replaced?.repair.class], ["warning", "C"]);
    assert.match(JSON.stringify(replaced?.repair), /tsv start/);
    const [handler] = findings(
      PYTHON_PLUGIN,
      "[supervisord]\n[eventlistener:e]\ncommand=e\nevents=TICK_5\nresult_handler=my:handler\n",
    );
    assert.equal(handler?.severity, "error");
  });

  test("built-in factories and modules are healthy", () => {
    const text =
      "[supervisord]\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n" +
      "[rpcinterface:y]\nsupervisor.rpcinterface_factory=/srv/y.mjs:make\n";
    assert.deepEqual(findings(PYTHON_PLUGIN, text), []);
  });
});
