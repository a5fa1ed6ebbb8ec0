// Remarks of `tsv check` on factories that tsv cannot have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import { RPC_FACTORIES } from "../../../../../src/core/plugins/known.ts";
import { fakeWorld } from "../fake-world.ts";

function check(kind: "rpc" | "ctl", factory: string): readonly string[] {
  const [section, key] =
    kind === "rpc" ? ["rpcinterface", "rpcinterface_factory"] : ["ctlplugin", "ctl_factory"];
  const text = `[supervisord]\nuser=root\n[${section}:x]\nsupervisor.${key}=${factory}\n`;
  return checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text })).map(formatProblem);
}

test("built-in factories, modules and unknown values cause no warning", () => {
  for (const factory of [...RPC_FACTORIES, "./x.mjs:make", "%(ENV_COLOUR)s"]) {
    assert.deepEqual(check("rpc", factory), [], factory);
  }
});

test("a Python factory is reported with its line and a suggestion", () => {
  assert.deepEqual(check("ctl", "a:b"), [
    "/etc/s.conf:4: warning: [ctlplugin:x] supervisor.ctl_factory: a:b is a Python factory, which tsv cannot load: " +
      "what it provides will be missing (write a JavaScript module in its place, see docs/plugins.md)",
  ]);
  assert.match(
    check("rpc", "supervisor_twiddler.rpcinterface:make_twiddler")[0] ?? "",
    /\(did you mean supervisor_twiddler\.rpcinterface:make_twiddler_rpcinterface\?\)$/,
  );
});

test("a plugin that tsv replaces is accepted, with its replacement", () => {
  for (const [kind, factory, replacement] of [
    ["rpc", "supervisor_cache.rpcinterface:make_cache_rpcinterface", /keep the values in a file/],
    ["ctl", "supervisor_quick:make_quick_controllerplugin", /tsv start 'web\*'/],
  ] as const) {
    const [problem = ""] = check(kind, factory);
    assert.match(problem, /warning: .* is accepted, but what it provides is not part of tsv/);
    assert.match(problem, replacement);
  }
});

test("an option named like a JavaScript property is an ordinary option", () => {
  const options = "toString=a:b\nconstructor=a:b\n__proto__=a:b\n";
  const text = `[supervisord]\nuser=root\n[ctlplugin:x]\nsupervisor.ctl_factory=a:b\n${options}`;
  const problems = checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text }));
  assert.deepEqual(
    problems.map(({ line }) => line),
    [4],
  );
});
